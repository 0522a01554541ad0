"""What a dataset's card says of grey values, looks and label volumes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.network_input.look import GreyLook, measure_look
from cryoves_app.cli.main import main
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.workflow.training.dataset_card import describe_dataset
from cryoves_app.workflow.training.grey_card import Learner
from cryoves_app.workflow.training.mask_card import describe_masks
from cryoves_app.workflow.training.order import MaskTruth

SHAPE = (60, 100, 100)


def noise(blur_px: float) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    values = ndimage.gaussian_filter(np.random.default_rng(0).normal(size=SHAPE), blur_px)
    return (50 + 8 * values / values.std()).astype(np.float32)  # type: ignore[return-value]


def tomogram(folder: Path, blur_px: float) -> None:
    write_map(folder / "a.mrc", noise(blur_px), VolumeInfo(SHAPE, np.dtype(np.float32), 2.2))
    write_vesicles(folder / "a_truth.csv", [Vesicle(1, 60.0, 100.0, 100.0, 20.0)], 2.2)


def learner(blur_px: float) -> Learner:
    """One that learned noise of this blur, smoothed as each input is."""
    image = ndimage.gaussian_filter(noise(blur_px), 1.0)
    look = measure_look((image - image.mean()) / image.std())
    return Learner("mine", 2.2, look)


def test_grey_values_and_another_look_are_told(tmp_path: Path) -> None:
    tomogram(tmp_path, 0.0)
    (same,) = describe_dataset([tmp_path], 0.0, learner(0.0)).rows
    assert same.grey == "50 ± 8"
    assert same.note == ""
    (other,) = describe_dataset([tmp_path], 0.0, learner(2.0)).rows
    assert other.note.startswith("noise and blur differ ")
    assert other.note.endswith("-fold from what “mine” learned")
    (unknown,) = describe_dataset([tmp_path], 0.0, Learner()).rows
    assert unknown.note == ""


def test_a_tomogram_without_numbers_is_told(tmp_path: Path) -> None:
    tomogram(tmp_path, 0.0)
    write_map(
        tmp_path / "a.mrc", np.full(SHAPE, np.nan, np.float32), VolumeInfo(SHAPE, np.dtype(np.float32), 2.2)
    )
    (row,) = describe_dataset([tmp_path], 0.0, learner(0.0)).rows
    assert "holds no number" in row.note


def labelled(folder: Path, name: str, label: int, shape: tuple[int, int, int] = SHAPE) -> None:
    labels = np.zeros(shape, np.uint16)
    labels[:15] = label
    write_mrc_labels(folder / f"a_{name}.mrc", labels, VolumeInfo(shape, labels.dtype, 2.2))


def test_a_mask_is_described_by_its_label_volume(tmp_path: Path) -> None:
    tomogram(tmp_path, 0.0)
    labelled(tmp_path, "membrane", 2)
    card = describe_masks([tmp_path], 0.0, Learner(), MaskTruth(2, "membrane"))
    (row,) = card.rows
    assert row.cells() == ("a.mrc", "a_membrane.mrc", "learned", "25 %", "2", "2.2 nm", "50 ± 8", "")
    assert card.usable
    other = describe_masks([tmp_path], 0.0, Learner(), MaskTruth(1, "membrane"))
    assert not other.usable
    assert other.rows[0].note == "label 1 is not there"


def test_labels_of_another_shape_cannot_be_used(tmp_path: Path) -> None:
    tomogram(tmp_path, 0.0)
    labelled(tmp_path, "regions", 1, (50, 100, 100))
    card = describe_masks([tmp_path], 0.0, Learner(), MaskTruth())
    assert "another shape" in card.rows[0].problem
    assert card.sentence().endswith("1 tomogram cannot be used.")
    assert not card.usable


def test_the_check_of_a_mask_reads_its_label_volumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tomogram(tmp_path, 0.0)
    labelled(tmp_path, "wall", 5)
    words = [
        "train",
        str(tmp_path),
        "-o",
        str(tmp_path / "m"),
        "--check",
        "--kind",
        "mask",
        "--hold-out",
        "0",
    ]
    assert main([*words, "--masks", "wall", "--label", "5", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert (row["truth"], row["share"]) == ("a_wall.mrc", 0.25)
    assert main([*words, "--masks", "wall", "--label", "4"]) == 1
    assert "label 4 is not there" in capsys.readouterr().out


def test_a_look_has_a_fixed_size() -> None:
    assert Learner().look is None
    with pytest.raises(ValueError, match="fixed number"):
        GreyLook((), ())
