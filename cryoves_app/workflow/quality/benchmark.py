"""Accuracy, time and memory on simulated tomograms, for models and recipes side by side.

Each run gets a worker process of its own, so that its processor time and peak memory are its own, too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import product
from pathlib import Path

import numpy as np

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.scores.evaluation import Evaluation, compare, soft_dice
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.reading import exists
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import load_model
from cryoves_app.storage.removal import remove_file
from cryoves_app.storage.temporary import local_folder
from cryoves_app.workflow.common.resources_used import Cost, Meter
from cryoves_app.workflow.jobs.messages import Order
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline, PipelineResult
from cryoves_app.workflow.quality.simulation import (
    SimulatedFiles,
    SimulationRequest,
    is_simulation,
    write_simulation,
)
from cryoves_app.workflow.quality.step_memory import StepMemory

#: Stages that are scored, in the order of the run; the last one is the result.
STAGES = ("split", "fit", "result")


@dataclass(frozen=True)
class BenchmarkRun:
    """One tomogram with one model and recipe."""

    request: SimulationRequest
    model: str
    recipe: Recipe
    options: EngineOptions

    @property
    def tomogram(self) -> str:
        return f"{self.request.preset}_{self.request.seed}"


@dataclass(frozen=True)
class BenchmarkCost:
    """Seconds of the clock, of all processors, and of those in the network alone; the process's peak memory."""

    wall_s: float
    cpu_s: float
    network_cpu_s: float
    peak_memory_bytes: int


@dataclass(frozen=True)
class BenchmarkScores:
    """How good one run was: Dice of the network's map, and scores after each stage; and what it cost.

    ``step_peaks`` is the most memory that the process held in each step, in bytes.
    """

    mask_dice: float
    stages: Mapping[str, Evaluation]
    cost: BenchmarkCost
    steps: tuple[StepReport, ...] = field(default=(), repr=False)
    step_peaks: Mapping[str, int] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class BenchmarkOrder(Order[BenchmarkScores], kind="benchmark"):
    """A simulated tomogram and its true vesicles as files, and what is tried on it."""

    tomogram: str
    truth: str
    model: str
    recipe: Recipe
    engine: str
    device: str
    threads: int
    precision: str = "auto"


@dataclass(frozen=True)
class BenchmarkRow:
    """What came out of one run."""

    tomogram: str
    model: str
    recipe: str
    scores: BenchmarkScores

    @property
    def result(self) -> Evaluation:
        return self.scores.stages[STAGES[-1]]

    def to_dict(self) -> JsonObject:
        """The row for a report."""
        scores = self.scores
        return {
            "tomogram": self.tomogram,
            "model": self.model,
            "recipe": self.recipe,
            "mask_dice": scores.mask_dice,
            "stages": {stage: found.to_dict() for stage, found in scores.stages.items()},
            "cost": asdict(scores.cost),
            "steps": [asdict(step) for step in scores.steps],
            "step_peaks": dict(scores.step_peaks),
        }


def all_runs(
    requests: Sequence[SimulationRequest],
    models: Sequence[str],
    recipes: Sequence[Recipe],
    options: EngineOptions,
) -> list[BenchmarkRun]:
    """Every tomogram with every model and recipe, tomogram by tomogram."""
    return [BenchmarkRun(request, m, r, options) for request, m, r in product(requests, models, recipes)]


def run_benchmark(
    runs: Sequence[BenchmarkRun],
    progress: Progress,
    tomograms: Path | None = None,
    on_row: Callable[[BenchmarkRow], None] = lambda row: None,
) -> list[BenchmarkRow]:
    """Do all runs, one after the other.

    Parameters
    ----------
    tomograms
        Folder in which simulated tomograms are kept and found again; a temporary one if ``None``.
    on_row
        Called with each finished run.

    Raises
    ------
    CryoVesError
        For an unknown model, and whatever prevents a result.
    """
    for name in {run.model for run in runs}:
        load_model(name)  # an unknown one is told before anything is simulated
    rows = []
    with _folder(tomograms) as folder:
        for number, run in enumerate(runs):
            files = _tomogram(run.request, folder, progress)
            progress.start(
                "segmenting", f"{run.tomogram}, {run.model}, {run.recipe.name} ({number + 1}/{len(runs)})"
            )
            rows.append(_in_worker(run, files, progress))
            on_row(rows[-1])
            if tomograms is None and (number + 1 == len(runs) or runs[number + 1].request != run.request):
                _remove(files)
    return rows


def benchmark_job(order: BenchmarkOrder, context: JobContext) -> BenchmarkScores:
    """The job in the worker: run the pipeline on a file and score its stages against the truth."""
    volume = open_volume(Path(order.tomogram))
    truth = [v.sphere for v in read_vesicles(Path(order.truth))]
    options = EngineOptions(order.engine, order.device, order.threads, order.precision)
    with local_folder() as cache:
        meter = Meter()
        pipeline = Pipeline(volume, order.recipe, load_model(order.model), cache.path, options)
        with StepMemory(context.progress) as memory:
            result = pipeline.run(memory.progress)
        cost = meter.read()
        return BenchmarkScores(
            _mask_dice(result, truth),
            _stage_scores(result, truth, (volume.shape, volume.voxel_size_nm)),
            _cost(cost, result),
            result.steps,
            memory.peak_bytes,
        )


def means(rows: Sequence[BenchmarkRow], stage: str, score: str) -> float | None:
    """Unweighted mean of a score over tomograms; those without it are left out."""
    values = [row.scores.stages[stage].to_dict()[score] for row in rows]
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _in_worker(run: BenchmarkRun, files: SimulatedFiles, progress: Progress) -> BenchmarkRow:
    options = run.options
    order = BenchmarkOrder(
        str(files.tomogram), str(files.truth), run.model, run.recipe,
        options.engine, options.device, options.threads, options.precision,
    )  # fmt: skip

    def tell(step: str, fraction: float, message: str) -> None:
        progress.report(fraction, f"{run.tomogram}, {run.model}, {run.recipe.name}: {step}")

    with WorkerProcess(options.threads) as worker:
        return BenchmarkRow(run.tomogram, run.model, run.recipe.name, worker.run(order, tell))


def _stage_scores(
    result: PipelineResult, truth: list[Sphere], grid: tuple[tuple[int, int, int], float]
) -> dict[str, Evaluation]:
    accepted = tuple(v.sphere for v in result.vesicles if v.status is Status.ACCEPTED)
    spheres = {**result.stages, STAGES[-1]: accepted}
    return {stage: compare(spheres[stage], truth, grid=grid) for stage in STAGES}


def _mask_dice(result: PipelineResult, truth: list[Sphere]) -> float:
    """Soft Dice of the network's map with the true spheres, on the network's grid."""
    probability = np.load(result.map.path, mmap_mode="r")
    truth_px = np.array([s.to_px(result.map.voxel_size_nm) for s in truth]).reshape(-1, 4)
    return soft_dice(probability, (paint_spheres(truth_px, probability.shape) > 0).astype(np.float32))


def _cost(cost: Cost, result: PipelineResult) -> BenchmarkCost:
    network_s = sum(s.cpu_s for s in result.steps if s.name == "network")
    return BenchmarkCost(cost.wall_s, cost.cpu_s, round(network_s, 3), cost.peak_memory_bytes)


def _tomogram(request: SimulationRequest, folder: Path, progress: Progress) -> SimulatedFiles:
    name = f"{request.preset}_{request.seed}"
    files = SimulatedFiles.named(folder, name)
    if is_simulation(files, request):
        return files
    if any(map(exists, files.all())):
        raise CryoVesError(
            f"{folder} holds files named {name} that are not this benchmark's; choose another folder for the simulated "
            "tomograms, or move those away."
        )
    write_simulation(request, folder, name, progress)
    return files


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    """The given folder, or a temporary one that goes away."""
    if kept is not None:
        yield kept
        return
    with local_folder() as temporary:
        yield temporary.path


def _remove(files: SimulatedFiles) -> None:
    for path in files.all():
        remove_file(path)


def group_rows(rows: Sequence[BenchmarkRow]) -> Iterator[tuple[str, str, list[BenchmarkRow]]]:
    """Rows by model and recipe, in the order in which these came first."""
    for model, recipe in dict.fromkeys((row.model, row.recipe) for row in rows):
        yield model, recipe, [r for r in rows if (r.model, r.recipe) == (model, recipe)]
