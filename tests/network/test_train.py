import math
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.network import checkpoint
from cryoves_app.network.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from cryoves_app.network.dataset import UNKNOWN_TARGET
from cryoves_app.network.train import TrainSettings
from cryoves_app.network.weights import Weights
from tests.network.conftest import TensorFlowAnswers
from tests.small_disk import small_disk


def test_stopping_and_resuming_gives_the_same_losses(tensorflow_answers: TensorFlowAnswers) -> None:
    runs = tensorflow_answers.numbers["training"]
    assert runs["stopped"]
    assert runs["resumed"] == pytest.approx(runs["straight"], abs=1e-6)
    assert len(runs["resumed"]) == 4


def test_training_makes_the_loss_smaller(tensorflow_answers: TensorFlowAnswers) -> None:
    losses = tensorflow_answers.numbers["training"]["straight"]
    assert losses[-1] < losses[0] - 0.1


def test_bfloat16_learns_as_float32_does(tensorflow_answers: TensorFlowAnswers) -> None:
    runs = tensorflow_answers.numbers["training"]
    assert runs["mixed"] == pytest.approx(runs["straight"], rel=0.03)


@pytest.mark.parametrize("name", ["a", "folded"])
def test_the_plain_keras_network_is_csbdeeps(tensorflow_answers: TensorFlowAnswers, name: str) -> None:
    found = tensorflow_answers.numbers["plain_model"][name]
    assert found["kept"]
    assert found["sizes"][0] == found["sizes"][1]
    assert found["difference"] <= 1e-6


def test_losses_are_what_they_are_called(tensorflow_answers: TensorFlowAnswers) -> None:
    target = np.load(tensorflow_answers.folder / "target.npy")
    _check_losses(tensorflow_answers, "all", target, np.ones(target.shape, bool))


def test_losses_leave_out_what_is_not_known(tensorflow_answers: TensorFlowAnswers) -> None:
    target = np.load(tensorflow_answers.folder / "half_known.npy")
    known = target != UNKNOWN_TARGET
    assert 0 < known.sum() < known.size
    _check_losses(tensorflow_answers, "half", target, known)


def _check_losses(answers: TensorFlowAnswers, name: str, target: np.ndarray, known: np.ndarray) -> None:
    found = answers.numbers["losses"][name]
    t = target[known]
    p = 1 / (1 + np.exp(-np.load(answers.folder / "logits.npy").astype(float)[known]))
    bce = -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p))
    weighted = -np.mean(10 * t * np.log(p) + (1 - t) * np.log(1 - p))
    dice = 2 * np.sum(p * t) / (np.sum(p * p) + np.sum(t))
    assert found["bce"] == pytest.approx(bce, rel=1e-5)
    assert found["weighted-bce"] == pytest.approx(weighted, rel=1e-5)
    assert found["dice"] == pytest.approx(dice, rel=1e-5)
    assert found["bce-dice"] == pytest.approx(bce + 1 - dice, rel=1e-5)


def test_the_learning_rate_falls_from_first_to_last() -> None:
    settings = TrainSettings(epochs=11, learning_rate=1e-2, final_learning_rate=1e-4)
    rates = [settings.rate(epoch) for epoch in range(11)]
    assert rates == sorted(rates, reverse=True)
    assert (rates[0], rates[-1]) == (pytest.approx(1e-2), pytest.approx(1e-4))
    assert rates[5] == pytest.approx((1e-2 + 1e-4) / 2)


def _checkpoint(weights: Weights) -> Checkpoint:
    return Checkpoint(
        {"seed": 1}, [{"epoch": 1, "loss": 0.5}], math.inf, 0, weights, [np.arange(3), np.array(2)]
    )


def test_a_checkpoint_survives_writing(tmp_path: Path, weights: Weights) -> None:
    save_checkpoint(tmp_path, _checkpoint(weights))
    again = load_checkpoint(tmp_path)
    assert again.history == [{"epoch": 1, "loss": 0.5}]
    assert again.best.sha256() == weights.sha256()
    assert [a.tolist() for a in again.state] == [[0, 1, 2], 2]


def test_a_missing_or_damaged_checkpoint_is_told(tmp_path: Path, weights: Weights) -> None:
    with pytest.raises(CryoVesError, match="no training to resume"):
        load_checkpoint(tmp_path)
    save_checkpoint(tmp_path, _checkpoint(weights))
    path = tmp_path / checkpoint.STATE
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CryoVesError, match="damaged"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        (b"(3,)", b"(9e9"),
        (b"(3,), }", b"(10**9,"),
        (b"'<i8'", b"'|O8'"),
        (b"history", b"mystery"),
        (b"0.5}]", b"[[[[["),
    ],
)
def test_a_checkpoint_that_holds_something_else_is_told(
    tmp_path: Path, weights: Weights, written: bytes, instead: bytes
) -> None:
    save_checkpoint(tmp_path, _checkpoint(weights))
    with zipfile.ZipFile(tmp_path / checkpoint.STATE) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    assert any(written in content for content in entries.values())
    with zipfile.ZipFile(tmp_path / checkpoint.STATE, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content.replace(written, instead))
    with pytest.raises(CryoVesError, match=r"The checkpoint in .* is damaged; start the training anew"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("room", ["none for the weights", "none for the state"])
def test_a_full_disk_is_told_and_leaves_the_last_checkpoint(
    tmp_path: Path, weights: Weights, room: str
) -> None:
    with small_disk(tmp_path / "full", megabytes=2) as place:
        save_checkpoint(place, _checkpoint(weights))
        before = {path.name: path.read_bytes() for path in place.iterdir()}
        _fill(place, leaving=0 if room == "none for the weights" else 24_000)
        with pytest.raises(CryoVesError, match=r"the disk is full\. .* go on with --resume"):
            save_checkpoint(place, _checkpoint(weights))
        (place / "filling").unlink()
        assert {path.name: path.read_bytes() for path in place.iterdir()} == before
        assert load_checkpoint(place).best.sha256() == weights.sha256()


def _fill(place: Path, leaving: int) -> None:
    with (place / "filling").open("wb") as stream:
        while (free := shutil.disk_usage(place).free) > leaving:
            stream.write(bytes(min(1 << 16, free - leaving)))
            stream.flush()
