"""The train command, as a user types it; the network learns in the worker process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cryoves_app.cli.main import main
from tests.cli import program
from tests.needs import needs_training

SMALL = [
    "--preset",
    "benchmark-easy",
    "--shape",
    "56,64,64",
    "--voxel-size",
    "22",
    "--vesicles",
    "4",
    "--name",
    "t",
]
SHORT = ["--patches", "4", "--patch-size", "16", "--batch", "2", "--filters", "2", "--threads", "1", "--json"]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    assert main(["simulate", "-o", str(tmp_path / "data"), "--seed", "70", "--count", "2", *SMALL]) == 0
    return tmp_path / "data"


@needs_training
def test_trains_stops_at_the_epochs_and_goes_on(dataset: Path, tmp_path: Path) -> None:
    model, data = tmp_path / "model", tmp_path / "user"
    train = ["train", dataset, "-o", model, "--hold-out", "0.5", *SHORT]
    first = program.run(*train, "--epochs", "1", data=data)
    assert first.returncode == 0, first.stderr
    again = program.run(*train, "--epochs", "2", "--resume", data=data)
    assert again.returncode == 0, again.stderr
    history = json.loads(again.stdout)["history"]
    assert [row["epoch"] for row in history] == [1, 2]
    assert history[0] == json.loads(first.stdout)["history"][0]
    card = json.loads((model / "card.json").read_text(encoding="utf-8"))
    assert card["training"]["tomograms"] == ["t_70.mrc"]
    assert set(card["scores"]) == {"loss", "dice", "f1"}
    assert {p.name for p in model.iterdir()} == {
        "card.json",
        "curves.png",
        "history.csv",
        "model.onnx",
        "model.weights.h5",
    }
    taken = program.run(*train, data=data)
    assert taken.returncode == 1
    assert "exists already" in taken.stderr.splitlines()[-1]
    kept = program.run("model", "import", model, "--name", "mine", data=data)
    assert kept.returncode == 0, kept.stderr


@needs_training
def test_an_empty_dataset_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    result = program.run("train", tmp_path / "data", "-o", tmp_path / "model", data=tmp_path)
    assert result.returncode == 1
    (sentence,) = result.stderr.splitlines()
    assert "is empty" in sentence
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith("model")] == []
    assert "is empty" in (tmp_path / "cryoves-cli.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "wrong",
    [["--patch-size", "20"], ["--hold-out", "1"], ["--loss", "mse"], ["--epochs", "0"], ["--patience", "-1"]],
)
def test_wrong_usage(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["train", str(tmp_path), "-o", str(tmp_path / "m"), *wrong])
    assert stop.value.code == 2
