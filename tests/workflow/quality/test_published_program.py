"""The recipe ``published`` against the published program itself (CryoVesNet 0.5.1) on the same simulated tomograms.

``python -m pytest -m long -s tests/workflow/quality/test_published_program.py`` prints both, step by step.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.published.network_input import edge_aligned_weights
from cryoves_app.analysis.published.rescaled_map import RescaledMap
from cryoves_app.analysis.published.segments import (
    LabelledSegment,
    choose_threshold,
    label_segments,
    remove_segments,
    split_segments,
)
from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.analysis.segmentation.candidates import ball_px
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import load_model
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline
from cryoves_app.workflow.quality.simulation import SimulationRequest, write_simulation
from tests.phantoms import grey_source

RECIPE = BUILT_IN["published"]
LABELS, SPLIT, SPHERES, FINAL = "first labels", "split and removed", "spheres", "final"


@dataclass(frozen=True)
class Row:
    """What there is after one step; the bias is of diameters."""

    found: int
    true: int
    missed: int
    false: int
    delta_d: float
    bias_nm: float
    delta_c_nm: float

    @classmethod
    def of(cls, spheres: Sequence[Sphere], truth: Sequence[Sphere]) -> Row:
        scores = compare(spheres, truth)
        away = [spheres[m.predicted].radius_nm - truth[m.true].radius_nm for m in scores.matches]
        assert scores.delta_d is not None
        assert scores.delta_c_nm is not None
        return cls(
            len(spheres),
            scores.true_positives,
            len(scores.false_negatives),
            len(scores.false_positives),
            scores.delta_d,
            2 * float(np.mean(away)),
            scores.delta_c_nm,
        )

    def __str__(self) -> str:
        return (
            f"{self.found:4d} {self.true:4d} {self.missed:4d} {self.false:4d} {self.delta_d:6.3f} "
            f"{self.bias_nm:+6.2f} {self.delta_c_nm:5.2f}"
        )

    def agrees_with(self, other: Row) -> bool:
        counts = zip(
            (self.found, self.true, self.missed, self.false),
            (other.found, other.true, other.missed, other.false),
            strict=True,
        )
        return (
            all(abs(a - b) <= 3 for a, b in counts)
            and abs(self.delta_d - other.delta_d) <= 0.01
            and abs(self.bias_nm - other.bias_nm) <= 0.1
            and abs(self.delta_c_nm - other.delta_c_nm) <= 0.1
        )


EASY = SimulationRequest("benchmark-easy", 1, (200, 400, 400), 2.2, 90)
HARD = SimulationRequest("benchmark-hard", 2, (200, 400, 400), 2.2, 90)
FINE = SimulationRequest("benchmark-easy", 3, (270, 540, 540), 1.469, 75)
#: What the published program with its ``weights.h5`` has after its steps.
PROGRAM = {
    EASY: {
        LABELS: Row(316, 84, 6, 232, 0.027, 0.99, 1.85),
        SPLIT: Row(103, 89, 1, 14, 0.018, 0.31, 0.83),
        SPHERES: Row(100, 89, 1, 11, 0.030, -0.28, 1.13),
        FINAL: Row(91, 88, 2, 3, 0.028, -0.17, 1.08),
    },
    HARD: {
        SPLIT: Row(103, 86, 4, 17, 0.064, -2.54, 1.28),
        SPHERES: Row(99, 86, 4, 13, 0.033, -0.64, 1.10),
        FINAL: Row(91, 84, 6, 7, 0.034, -0.75, 1.10),
    },
    FINE: {
        SPLIT: Row(85, 73, 2, 12, 0.037, -1.34, 1.02),
        SPHERES: Row(82, 71, 4, 11, 0.022, 0.74, 0.71),
        FINAL: Row(72, 70, 5, 2, 0.023, 0.65, 0.71),
    },
}


def as_spheres(segments: Iterable[LabelledSegment], voxel_nm: float) -> list[Sphere]:
    """Balls of the segments' volumes about their centroids."""
    return [
        Sphere(
            *(float(c) * voxel_nm for c in s.centre_px),
            float(np.cbrt(s.volume_px / ball_px(1, 1))) * voxel_nm,
        )
        for s in segments
    ]


def steps_of_recipe(tomogram: Path, truth: Sequence[Sphere], weights: Path, cache: Path) -> dict[str, Row]:
    volume = open_volume(tomogram)
    options = EngineOptions(precision="f32")  # the few first labels more or less of bf16 would show
    result = Pipeline(volume, RECIPE, load_model(weights), cache, options).run()
    probability = np.load(result.map.path, mmap_mode="r")
    axes = [edge_aligned_weights(n, m) for n, m in zip(probability.shape, volume.shape, strict=True)]
    voxel, settings = volume.voxel_size_nm, RECIPE.instances
    rescaled = RescaledMap(probability, axes, voxel)
    threshold, _ = choose_threshold(
        rescaled, grey_source(np.asarray(volume.data), voxel), settings, Progress()
    )
    first = label_segments(rescaled, threshold)
    split = split_segments(first, rescaled, threshold, settings, Progress())
    smallest = settings.smallest_fraction * ball_px(RECIPE.input.expected_radius_nm, voxel)
    spheres = {
        LABELS: as_spheres(first.values(), voxel),
        SPLIT: as_spheres(remove_segments(split, smallest, settings), voxel),
        SPHERES: list(result.stages["fit"]),
        FINAL: [v.sphere for v in result.vesicles.accepted],
    }
    return {step: Row.of(found, truth) for step, found in spheres.items()}


def beside(request_: SimulationRequest, ours: Mapping[str, Row]) -> Iterator[str]:
    """The lines of the table."""
    yield f"\n{request_.preset}, seed {request_.seed}: found, true, missed, false, δd, bias nm, Δc nm"
    for step, row in ours.items():
        yield f"{step:18} recipe  {row}"
        if step in PROGRAM[request_]:
            yield f"{'':18} program {PROGRAM[request_][step]}"


@pytest.mark.long
@pytest.mark.parametrize("request_", PROGRAM, ids=lambda r: f"{r.preset}-{r.seed}")
def test_every_step_has_what_the_published_program_has(
    request_: SimulationRequest, shared_data: Path, tmp_path: Path
) -> None:
    files, _ = write_simulation(request_, tmp_path, "tomogram", Progress())
    truth = [v.sphere for v in read_vesicles(files.truth)]
    weights = shared_data / "cryovesnet_weights" / "weights.h5"
    ours = steps_of_recipe(files.tomogram, truth, weights, tmp_path / "cache")
    sys.stdout.write("\n".join(beside(request_, ours)) + "\n")
    assert all(ours[step].agrees_with(row) for step, row in PROGRAM[request_].items())
