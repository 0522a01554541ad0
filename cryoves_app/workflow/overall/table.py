"""All figures of the program in one table: accuracy, processor time and memory by size and by number of vesicles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from math import prod
from pathlib import Path

from cryoves_app import __version__
from cryoves_app.domain.arrays import Shape
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import read_settings
from cryoves_app.domain.recipe import Recipe
from cryoves_app.storage.replacing import replacing
from cryoves_app.workflow.health.computer import machine_in_words
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain, to_plain
from cryoves_app.workflow.overall.network_speed import NetworkSpeed, measure_network
from cryoves_app.workflow.overall.window import window_latencies
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.quality.benchmark import BenchmarkRow, BenchmarkRun, run_benchmark
from cryoves_app.workflow.quality.simulation import SimulationRequest

ACCURACY, BY_SIZE, BY_COUNT, NETWORK, WINDOW = "accuracy", "size", "vesicles", "network", "window"
_WHAT = "a table of a benchmark"
_MB = 1e6
#: Seeds that no preset's accuracy takes: kept tomograms are told apart by them.
_FIRST_OF_SIZES, _FIRST_OF_VESICLES = 60_101, 60_201


class FigureUnit(StrEnum):
    """What a figure counts; this also says how it is written, and how much of it is chance."""

    GIVEN = "given"
    COUNT = "count"
    SHARE = "share of 1"
    DIAMETER = "share of the diameter"
    NM = "nm"
    SECONDS = "s"
    SECONDS_PER_MEGAVOXEL = "s per megavoxel"
    MEGABYTES = "MB"
    MEGABYTES_PER_MEGAVOXEL = "MB per megavoxel"
    MILLISECONDS = "ms"
    SPEED = "GFLOP/s"
    RATIO = "ratio"


_Values = Mapping[str, tuple[FigureUnit, float | None]]


@dataclass(frozen=True)
class Figure:
    """One measured value: in which part of the table, of what, and which; ``None`` where it is not defined."""

    part: str
    of: str
    name: str
    unit: FigureUnit
    value: float | None


@dataclass(frozen=True)
class OverallTable:
    """All figures of one day, one version and one computer."""

    cryoves: str
    measured: str
    machine: str
    model: str
    recipe: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class OverallPlan:
    """What is measured.

    Attributes
    ----------
    presets
        Tomograms whose accuracy counts.
    sizes
        Tomograms of so many voxels, with the same number of vesicles.
    vesicles
        Numbers of vesicles, in tomograms of one size.
    """

    presets: tuple[SimulationRequest, ...]
    sizes: tuple[Shape, ...] = ((64, 160, 160), (100, 256, 256), (128, 416, 416))
    vesicles: tuple[int, ...] = (100, 500, 2000)
    vesicles_in: Shape = (128, 416, 416)

    def quick(self) -> OverallPlan:
        """A plan of minutes: the largest tomograms are left out, the others are small."""
        presets = tuple(_small(request) for request in self.presets)
        return OverallPlan(presets, self.sizes[:2], (20, 50, 100), self.sizes[1])

    def requests(self) -> Iterator[tuple[str, str, SimulationRequest]]:
        """What is simulated, with its part of the table and its name there."""
        for request in self.presets:
            yield ACCURACY, f"{request.preset} {request.seed}", request
        for seed, shape in enumerate(self.sizes, start=_FIRST_OF_SIZES):
            yield BY_SIZE, _megavoxels(shape), SimulationRequest("benchmark-easy", seed, shape, 2.2, 20)
        for seed, count in enumerate(self.vesicles, start=_FIRST_OF_VESICLES):
            request = SimulationRequest("benchmark-easy", seed, self.vesicles_in, 2.2, count)
            yield BY_COUNT, str(count), request


def _small(request: SimulationRequest) -> SimulationRequest:
    count = None if request.preset == "no-vesicles" else request.n_vesicles or 15
    shape, voxel_nm = request.shape or (64, 200, 200), request.voxel_size_nm or 2.2
    return replace(request, shape=shape, voxel_size_nm=voxel_nm, n_vesicles=count)


def measure_all(
    plan: OverallPlan,
    model: str,
    recipe: Recipe,
    options: EngineOptions,
    progress: Progress,
    tomograms: Path | None = None,
) -> OverallTable:
    """Do all runs of a plan, one after the other.

    Raises
    ------
    CryoVesError
        For an unknown model, and whatever prevents a result.
    """
    wanted = list(plan.requests())
    runs = [BenchmarkRun(request, model, recipe, options) for _, _, request in wanted]
    rows = run_benchmark(runs, progress, tomograms)
    figures = [
        figure
        for (part, of, request), row in zip(wanted, rows, strict=True)
        for figure in _figures(part, of, request, row)
    ]
    figures += _network_figures(measure_network(model, options))
    figures += [
        Figure(WINDOW, what, "median ms", FigureUnit.MILLISECONDS, value)
        for what, value in window_latencies().items()
    ]
    today = date.today().isoformat()
    return OverallTable(__version__, today, machine_in_words(), model, recipe.name, tuple(figures))


def _network_figures(speed: NetworkSpeed) -> list[Figure]:
    values = {
        "GFLOP/s": (FigureUnit.SPEED, speed.network),
        "matrices GFLOP/s": (FigureUnit.SPEED, speed.matrices),
        "share": (FigureUnit.RATIO, speed.network / speed.matrices),
    }
    return [Figure(NETWORK, speed.engine, name, unit, value) for name, (unit, value) in values.items()]


def write_overall(path: Path, table: OverallTable) -> None:
    """Keep a table, so that a later one can be compared with it.

    Raises
    ------
    CryoVesError
        If it cannot be written.
    """
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(to_plain(table), indent=1) + "\n", encoding="utf-8")


def read_overall(path: Path) -> OverallTable:
    """A kept table.

    Raises
    ------
    CryoVesError
        If it cannot be read.
    """
    try:
        return from_plain(OverallTable, read_settings(path, _WHAT))
    except NotUnderstood as error:
        raise CryoVesError(f"{path} could not be read as {_WHAT}: it holds {error}.") from error


def _figures(part: str, of: str, request: SimulationRequest, row: BenchmarkRow) -> Iterable[Figure]:
    values = _accuracy(row) if part == ACCURACY else _cost(row, _voxels(request) if part == BY_SIZE else None)
    return [Figure(part, of, name, unit, value) for name, (unit, value) in values.items()]


def _accuracy(row: BenchmarkRow) -> _Values:
    found = row.result
    figures = found.to_dict()
    return {
        "true": (FigureUnit.GIVEN, float(found.true_positives + len(found.false_negatives))),
        "false": (FigureUnit.COUNT, float(len(found.false_positives))),
        "F1": (FigureUnit.SHARE, figures["f1"]),
        "δd": (FigureUnit.DIAMETER, figures["delta_d"]),
        "Δc nm": (FigureUnit.NM, figures["delta_c_nm"]),
        "Dice": (FigureUnit.SHARE, figures["dice"]),
        "mask Dice": (FigureUnit.SHARE, row.scores.mask_dice),
    }


def _cost(row: BenchmarkRow, voxels: int | None) -> _Values:
    cost = row.scores.cost
    seconds, megabytes = cost.cpu_s, cost.peak_memory_bytes / _MB
    by_step = _cpu_by_step(row)
    peaks = {step: size / _MB for step, size in row.scores.step_peaks.items() if step in by_step}
    return {
        "CPU s": (FigureUnit.SECONDS, seconds),
        "peak MB": (FigureUnit.MEGABYTES, megabytes),
        **(_per_megavoxel(seconds, megabytes, voxels) if voxels else {}),
        **{f"{step} CPU s": (FigureUnit.SECONDS, value) for step, value in by_step.items()},
        **{f"{step} MB": (FigureUnit.MEGABYTES, value) for step, value in peaks.items()},
    }


def _per_megavoxel(seconds: float, megabytes: float, voxels: int) -> _Values:
    million = voxels / 1e6
    return {
        "CPU s per Mvoxel": (FigureUnit.SECONDS_PER_MEGAVOXEL, seconds / million),
        "MB per Mvoxel": (FigureUnit.MEGABYTES_PER_MEGAVOXEL, megabytes / million),
    }


def _cpu_by_step(row: BenchmarkRow) -> dict[str, float]:
    """Steps that are done for several scales are counted together."""
    seconds: dict[str, float] = {}
    for step in row.scores.steps:
        seconds[step.name] = seconds.get(step.name, 0.0) + step.cpu_s
    return seconds


def _voxels(request: SimulationRequest) -> int:
    return prod(request.shape or ())


def _megavoxels(shape: Sequence[int]) -> str:
    return f"{prod(shape) / 1e6:.1f} Mvoxel"
