"""The simulate command, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cryoves_app.cli.main import main

SMALL = ["--preset", "benchmark-easy", "--shape", "50,90,90", "--voxel-size", "22", "--vesicles", "3"]


def test_writes_one_set_of_files_for_each_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new" / "folder"
    assert main(["simulate", "-o", str(out), "--seed", "5", "--count", "2", "--json", *SMALL]) == 0
    results = json.loads(capsys.readouterr().out)
    assert [r["vesicles"] for r in results] == [3, 3]
    assert sorted(p.name for p in out.glob("*.mrc") if "labels" not in p.name) == [
        "benchmark-easy_5.mrc",
        "benchmark-easy_6.mrc",
    ]


def test_a_second_run_refuses_in_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["simulate", "-o", str(tmp_path), "--name", "t", *SMALL]
    assert main(command) == 0
    assert main(command) == 1
    assert "exists already" in capsys.readouterr().err.splitlines()[-1]
    assert main([*command, "--force"]) == 0


def test_masks_are_named_in_the_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = ["--shape", "46,60,60", "--voxel-size", "22", "--vesicles", "2"]
    assert main(["simulate", "-o", str(tmp_path), "--name", "t", "--masks", "--json", *size]) == 0
    (result,) = json.loads(capsys.readouterr().out)
    assert [Path(p).name for p in result["masks"]] == ["t_inside.mrc", "t_membrane.mrc", "t_mitochondria.mrc"]
    assert all(Path(p).is_file() for p in result["masks"])


@pytest.mark.parametrize(
    "wrong", [["--shape", "3,4"], ["--tilt-range", "95"], ["--seed", "-1"], ["--preset", "medium"]]
)
def test_wrong_usage(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["simulate", "-o", str(tmp_path), *wrong])
    assert stop.value.code == 2
