"""Grey values as programs leave them: a part of the sample, damaged, gives the vesicles of the part as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline, PipelineResult
from tests.cli.program import ROOT

SAMPLE = ROOT / "resources" / "sample"
VOXEL_NM = 2.2
SHAPE = (96, 128, 128)
Grey = NDArray[Any]
Damage = Callable[[Grey], tuple[Grey, NDArray[np.bool_]]]


@dataclass(frozen=True)
class Part:
    grey: NDArray[np.float32]
    truth: tuple[Sphere, ...]  # of the whole sample, some of it outside


@pytest.fixture(scope="module")
def part() -> Part:
    """A quarter of the sample."""
    grey = np.asarray(open_volume(SAMPLE / "sample.mrc").data, np.float32)[:, :128, :128]
    truth = [v.sphere for v in read_vesicles(SAMPLE / "sample_truth.csv")]
    return Part(grey, tuple(truth))


def _emptied(grey: Grey) -> tuple[Grey, NDArray[np.bool_]]:
    """A border and wedges of zero far from the other values, and single hot voxels."""
    y, x = np.ogrid[:128, :128]
    lost = np.broadcast_to((x + y < 60) | (x + y > 215) | (y < 8), SHAPE)
    damaged = np.where(lost, 0, grey * 20 + 20000)
    damaged.reshape(-1)[np.random.default_rng(5).integers(0, grey.size, 60)] = 32767 * 40
    return damaged.astype(np.int32).astype(np.float32), lost


def _uneven(grey: Grey) -> tuple[Grey, NDArray[np.bool_]]:
    """A ramp of grey, and contrast that fades within 30 slices."""
    fading = np.interp(np.arange(96), [0, 33, 63, 95], [1, 1, 0.2, 0.2]).astype(np.float32)
    ramp = np.linspace(-10, 10, 128, dtype=np.float32) * grey.std()
    return ramp + grey * fading[:, None, None], np.zeros(SHAPE, bool)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_emptied, {NoteKind.NO_DATA}),
        (_uneven, {NoteKind.RAMP}),
    ],
)
def test_what_is_not_covered_is_found(
    damage: Damage, told: set[NoteKind], part: Part, tmp_path: Path
) -> None:
    grey, lost = damage(part.grey)
    result = found_in(grey, tmp_path)
    assert share_found(result, lost, part) >= 0.95
    kinds = {note.kind for note in result.notes} & {NoteKind.NO_DATA, NoteKind.RAMP, NoteKind.CONTRAST}
    assert kinds == told


def found_in(grey: Grey, folder: Path) -> PipelineResult:
    volume = Volume(VolumeInfo(SHAPE, grey.dtype, VOXEL_NM), grey)
    return Pipeline(volume, Recipe(), load_model("default"), folder, EngineOptions(threads=1)).run()


def share_found(result: PipelineResult, lost: NDArray[np.bool_], part: Part) -> float:
    """F1 over the vesicles that are not covered; those that are partly may be found or not."""
    whole = [s for s in part.truth if _covered_share(s, lost) < 0.02]
    assert len(whole) >= 8
    found = [v.sphere for v in result.vesicles.accepted]
    scores = compare(found, whole)
    strange = [found[k] for k in scores.false_positives if not _is_one_of(found[k], part.truth)]
    return 2 * scores.true_positives / (len(whole) + scores.true_positives + len(strange))


def _covered_share(sphere: Sphere, lost: NDArray[np.bool_]) -> float:
    """The share of a sphere without data, or outside."""
    if not all(0 <= c < n * VOXEL_NM for c, n in zip(sphere.centre_nm, SHAPE, strict=True)):
        return 1.0
    z, y, x = (np.arange(-12, 13) + round(c / VOXEL_NM) for c in sphere.centre_nm)
    away = [(a * VOXEL_NM - c) ** 2 for a, c in zip((z, y, x), sphere.centre_nm, strict=True)]
    ball = away[0][:, None, None] + away[1][:, None] + away[2] <= sphere.radius_nm**2
    padded = np.pad(lost, 24, constant_values=True)
    return float(padded[np.ix_(z + 24, y + 24, x + 24)][ball].mean())


def _is_one_of(sphere: Sphere, truth: tuple[Sphere, ...]) -> bool:
    return bool(compare([sphere], truth).true_positives)


def _at(covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    return np.broadcast_to(covered, SHAPE)


Z, Y, X = np.ogrid[:96, :128, :128]
NOWHERE = np.zeros(SHAPE, bool)
HALF, CORNER = _at(X > 70), _at(X + Y < 90)
THIN, ROUND = _at((Z < 20) | (Z > 80)), _at((X - 64) ** 2 + (Y - 64) ** 2 > 58**2)
TURNED = _at(
    (np.abs((X - 64) * np.cos(0.5) + (Y - 64) * np.sin(0.5)) > 48)
    | (np.abs((Y - 64) * np.cos(0.5) - (X - 64) * np.sin(0.5)) > 38)
)
BAR = _at((Y >= 110) & (Y < 116) & (X >= 20) & (X < 80))
FADE = np.interp(np.arange(96), [0, 33, 63, 95], [1, 1, 0.5, 0.5]).astype(np.float32)[:, None, None]
RAMP = np.linspace(-1, 1, 128, dtype=np.float32)


def _noise(grey: Grey, seed: int = 1) -> Grey:
    return np.random.default_rng(seed).normal(grey.mean(), grey.std(), SHAPE).astype(np.float32)


def _beads(grey: Grey) -> Grey:
    for z, y, x in ((30, 40, 100), (60, 100, 30), (70, 20, 20)):
        grey = np.where((Z - z) ** 2 + (Y - y) ** 2 + (X - x) ** 2 < 49, -4000, grey)
    return grey


#: What is made of the grey values, and where nothing is left of them.
MORE: dict[str, tuple[Callable[[Grey], Grey], NDArray[np.bool_]]] = {
    "lamella masked with the mean": (lambda g: np.where(HALF, g.mean(), g), HALF),
    "lamella masked with zero": (lambda g: np.where(HALF, 0, g + 500), HALF),
    "outer slices of next to nothing": (lambda g: np.where(THIN, g * 0.001 + 3, g), THIN),
    "round mask of a fill value": (lambda g: np.where(ROUND, -1e30, g), ROUND),
    "scale bar burnt in": (lambda g: np.where(BAR, 255, np.clip(g + 128, 0, 255)), BAR),
    "turned in a larger box": (lambda g: np.where(TURNED, 0, g * 3 + 3000), TURNED),
    "corner filled with noise": (lambda g: np.where(CORNER, _noise(g), g), CORNER),
    "gold": (_beads, NOWHERE),
    "bright in a border of zero": (lambda g: np.where(HALF, 0, 500 - g), HALF),
    "bright, of 8 bits": (lambda g: np.clip(120 - g, 0, 255), NOWHERE),
    "bright on a ramp": (lambda g: 100 * RAMP - g, NOWHERE),
    "steep ramp": (lambda g: g + 13 * g.std() * RAMP, NOWHERE),
    "tiny numbers": (lambda g: g * np.float32(1e-25), NOWHERE),
    "huge numbers": (lambda g: g * np.float32(1e25), NOWHERE),
    "half the contrast at one end in constant noise": (lambda g: g * FADE + _noise(g), NOWHERE),
}


@pytest.mark.long
@pytest.mark.parametrize("damage", MORE)
def test_so_it_is_with_other_damage(damage: str, part: Part, tmp_path: Path) -> None:
    damaged, lost = MORE[damage]
    result = found_in(damaged(part.grey).astype(np.float32), tmp_path)
    assert share_found(result, lost, part) >= 0.95


@pytest.mark.long
def test_what_fades_into_the_noise_is_told(part: Part, tmp_path: Path) -> None:
    """A fifth of the contrast at one end: beside the others those membranes are too faint for the fits."""
    grey = part.grey * (0.2 + 0.8 * (2 * FADE - 1))
    result = found_in((grey + _noise(part.grey)).astype(np.float32), tmp_path)
    assert NoteKind.FAINT in {note.kind for note in result.notes}
