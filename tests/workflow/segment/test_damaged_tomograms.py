"""Grey values as programs leave them: a part of the sample, damaged, gives the vesicles of the part as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.analysis.evaluation import compare
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import NoteKind
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.segment.engine_options import EngineOptions
from cryoves_app.workflow.segment.pipeline import Pipeline
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
    volume = Volume(VolumeInfo(SHAPE, grey.dtype, VOXEL_NM), grey)
    result = Pipeline(volume, Recipe(), load_model("default"), tmp_path, EngineOptions(threads=1)).run()
    covered = {s: _covered_share(s, lost) for s in part.truth}
    whole = [s for s, share in covered.items() if share < 0.02]
    assert len(whole) >= 8
    found = [v.sphere for v in result.vesicles.accepted]
    scores = compare(found, whole)
    strange = [found[k] for k in scores.false_positives if not _is_one_of(found[k], part.truth)]
    assert 2 * scores.true_positives / (len(whole) + scores.true_positives + len(strange)) >= 0.95
    kinds = {note.kind for note in result.notes} & {NoteKind.NO_DATA, NoteKind.RAMP, NoteKind.CONTRAST}
    assert kinds == told


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
