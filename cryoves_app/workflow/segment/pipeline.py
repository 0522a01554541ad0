"""The pipeline: a tomogram in, vesicles out, step by step, each result kept under a key of all it depends on.

A window can steer it: it reports progress and every finished step, stops when asked, and a second run with a changed
recipe computes only what depends on the change.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from cryoves_app.analysis import checks, paper_fit, paper_instances
from cryoves_app.analysis.candidates import Proposal, find_candidates
from cryoves_app.analysis.coarse_input import is_coarse, prepare_coarse
from cryoves_app.analysis.decoys import Searched
from cryoves_app.analysis.fitting import Fitted, fit_candidates, with_probability
from cryoves_app.analysis.judgement import Judged, judge, merge_duplicates
from cryoves_app.analysis.paper_outliers import judge_by_distance, judge_by_p_value
from cryoves_app.analysis.preprocess import (
    NetworkGrid,
    finite_median,
    network_grid,
    prepare_input,
    sample_voxels,
)
from cryoves_app.analysis.scales import Scale, radius_range, scales
from cryoves_app.analysis.screening import Candidate
from cryoves_app.analysis.shell import GreySource
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import FitRule, OutlierRule, Recipe, SplitRule
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume
from cryoves_app.network.engines import create_engine
from cryoves_app.network.engines.base import Engine
from cryoves_app.network.model_store import Model
from cryoves_app.network.tiling import predict_volume
from cryoves_app.workflow.segment.engine_options import EngineOptions
from cryoves_app.workflow.segment.pipeline_inputs import identify_tomogram, mask_key, mask_on_grid
from cryoves_app.workflow.segment.step_cache import StepCache, key_of
from cryoves_app.workflow.segment.steps import StepLog


@dataclass(frozen=True)
class PipelineResult:
    """Vesicles, what each step did, notes for the user, and the probability map of the first scale.

    ``stages`` are the spheres that stood after a step, by the step's name.
    """

    vesicles: VesicleSet
    steps: tuple[StepReport, ...]
    notes: tuple[Note, ...]
    map: NetworkMap
    stages: Mapping[str, tuple[Sphere, ...]] = field(default_factory=dict)
    membranes: MembraneModel = field(default_factory=MembraneModel)


@dataclass(frozen=True)
class _ScaleMaps:
    """Files of one scale: the network's input and its output, on one grid."""

    scale: Scale
    grid: NetworkGrid
    image: Path
    probability: Path

    @property
    def map(self) -> NetworkMap:
        return NetworkMap(str(self.probability), self.grid.voxel_size_nm)

    def load(self, path: Path) -> NDArray[np.float32]:
        loaded: NDArray[np.float32] = np.load(path, mmap_mode="r")
        return loaded


@dataclass(frozen=True)
class _KeptFit:
    """What the cache keeps of the fits."""

    steps: tuple[StepReport, ...]
    vesicles: VesicleSet
    screened_out: int
    decoy_correlation: float | None
    membranes: MembraneModel


class Pipeline:
    """The steps of one tomogram with one recipe and model.

    Parameters
    ----------
    volume
        The tomogram; its voxel size must be known.
    cache
        Folder for results of steps; what lies there from an earlier run is used where it still holds.
    fit_volume
        Another volume of the same grid for the fits, for instance the tomogram before denoising.
    region_mask
        ``(z, y, x)`` on the tomogram's grid; the network computes nothing where it is 0.
    """

    def __init__(
        self,
        volume: Volume,
        recipe: Recipe,
        model: Model,
        cache: Path,
        engine_options: EngineOptions | None = None,
        fit_volume: Volume | None = None,
        region_mask: NDArray[np.uint8] | None = None,
    ) -> None:
        self._volume = volume
        self._recipe = recipe
        self._model = model
        self._cache = StepCache(cache)
        self._options = engine_options or EngineOptions()
        self._fit_volume = fit_volume or volume
        self._mask = region_mask
        self._engine: Engine | None = None
        self._notes: list[Note] = []

    def run(
        self,
        progress: Progress | None = None,
        on_step: Callable[[StepReport], None] = lambda step: None,
        on_spheres: Callable[[str, Sequence[Sphere]], None] = lambda step, spheres: None,
    ) -> PipelineResult:
        """Run all steps, or those whose results are not in the cache; ``on_spheres`` is told what stands after some.

        Raises
        ------
        Cancelled
            If the user asked to stop; results of finished steps stay in the cache.
        CryoVesError
            If something prevents a result, in one sentence.
        """
        progress = progress or Progress()
        log = StepLog(progress, on_step)
        self._notes = []
        settings = self._recipe.input
        maps = [self._maps(scale, log) for scale in scales(settings, self._model.voxel_size_nm)]
        self._engine = None  # gives the memory of its last tile back before the fits
        with threadpool_limits(1):  # matrices of six rows: threads would only spin
            proposals = [self._proposal(m, log) for m in maps]
            candidates = _candidate_spheres(proposals)
            on_spheres("split", candidates)
            fitted = self._fitted(maps, proposals, log)
            spheres = tuple(v.sphere for v in fitted.vesicles)
            on_spheres("fit", spheres)
            judged = self._judged(fitted, log)
        self._notes += [
            *judged.notes,
            *(Note(NoteKind.MEMBRANES, sentence) for sentence in fitted.membranes.sentences()),
            *checks.check_result(judged.vesicles, self._recipe),
        ]
        return PipelineResult(
            VesicleSet.of(judged.vesicles),
            tuple(log.steps),
            tuple(dict.fromkeys(self._notes)),
            maps[0].map,
            {"split": candidates, "fit": spheres},
            fitted.membranes,
        )

    def _maps(self, scale: Scale, log: StepLog) -> _ScaleMaps:
        grid = network_grid(self._volume.shape, self._volume.voxel_size_nm, scale.voxel_size_nm)
        settings = self._recipe.input
        base = key_of(
            identify_tomogram(self._volume), settings.smoothing_px, settings.invert, grid.voxel_size_nm
        )
        image = self._cache.array(f"input-{base}")
        with log.step("rescale", cached=image.exists()) as step:
            if not image.exists():
                self._rescale(grid, image, log.progress)
            self._tell_bad_voxels(image)
            step.note = f"{' × '.join(map(str, grid.shape))} voxels of {grid.voxel_size_nm:.3g} nm"
        network = key_of(base, self._model.weights_hash, self._recipe.network, mask_key(self._mask))
        maps = _ScaleMaps(scale, grid, image, self._cache.array(f"probability-{network}"))
        with log.step("network", cached=maps.probability.exists()) as step:
            step.map = maps.map
            if not maps.probability.exists():
                engine = self._running_engine()
                self._predict(engine, grid, image, maps.probability, log.progress)
                step.engine, step.device = engine.name, engine.device
                step.note = f"{engine.name} on {engine.device}"
        return maps

    def _rescale(self, grid: NetworkGrid, path: Path, progress: Progress) -> None:
        settings = self._recipe.input
        with self._cache.writing(path, grid.shape) as out:
            shrink = prepare_coarse if is_coarse(grid, self._volume.voxel_size_nm) else prepare_input
            bad = shrink(
                self._volume.data,
                grid,
                self._volume.voxel_size_nm,
                out,
                smoothing_px=settings.smoothing_px,
                invert=settings.invert,
                progress=progress,
            )
            if bad:  # kept before the array is, so that a later run tells of it as well
                self._cache.write(_bad_voxels(path), bad)

    def _tell_bad_voxels(self, path: Path) -> None:
        bad = self._cache.read(_bad_voxels(path), int)
        if bad:
            sentence = f"{bad} voxels are NaN or infinite; the median stands in for them."
            self._notes.append(Note(NoteKind.BAD_VOXELS, sentence))

    def _predict(
        self, engine: Engine, grid: NetworkGrid, image: Path, path: Path, progress: Progress
    ) -> None:
        settings = self._recipe.network
        with self._cache.writing(path, grid.shape) as out:
            predict_volume(
                engine,
                np.load(image, mmap_mode="r"),
                out,
                context_px=settings.context_px,
                face_mode=settings.face_mode,
                face_padding_px=settings.face_padding_px,
                flips=settings.flips,
                mask=mask_on_grid(self._mask, grid, self._volume.voxel_size_nm),
                progress=progress,
            )
        self._note_from(engine)

    def _running_engine(self) -> Engine:
        if self._engine is None:
            options = self._options
            self._engine = create_engine(self._model, options.engine, options.device, options.threads)
            self._note_from(self._engine)
        return self._engine

    def _note_from(self, engine: Engine) -> None:
        """Pass on what the engine has to say, which may come during the run."""
        note = Note(NoteKind.ENGINE, engine.note)
        if engine.note and note not in self._notes:
            self._notes.append(note)

    def _proposal(self, maps: _ScaleMaps, log: StepLog) -> Proposal:
        probability, image = maps.load(maps.probability), maps.load(maps.image)
        rule = (
            paper_instances.find_candidates_by_paper
            if self._recipe.instances.split_rule is SplitRule.EXTENT
            else find_candidates
        )
        key = f"candidates-{key_of(maps.probability.name, self._recipe.instances, maps.scale)}"
        kept = self._cache.read(key, Proposal)
        proposal = kept or self._timed(
            lambda: rule(
                probability, image, maps.grid.voxel_size_nm, maps.scale, self._recipe.instances, log.progress
            )
        )
        if kept is None:
            self._cache.write(key, proposal)
        self._notes += proposal.notes
        log.add_all(proposal.steps, cached=kept is not None)
        return proposal

    @staticmethod
    def _timed(find: Callable[[], Proposal]) -> Proposal:
        """The proposal with the time of all its steps in the last one."""
        wall, cpu = time.perf_counter(), time.process_time()
        found = find()
        *first, last = found.steps
        last = replace(last, wall_s=time.perf_counter() - wall, cpu_s=time.process_time() - cpu)
        return replace(found, steps=(*first, last))

    def _fitted(self, maps: list[_ScaleMaps], proposals: list[Proposal], log: StepLog) -> Fitted:
        candidates = [c for p in proposals for c in p.candidates]
        key = "vesicles-" + key_of(
            [c.__dict__ for c in candidates],
            [m.probability.name for m in maps],
            self._recipe.fit,
            identify_tomogram(self._fit_volume),
            self._recipe.input.invert,
        )
        kept = self._cache.read(key, _KeptFit)
        if kept is not None:
            log.add_all(kept.steps, cached=True)
            return Fitted(list(kept.vesicles), kept.screened_out, kept.decoy_correlation, kept.membranes)
        first = len(log.steps)
        fitted = self._fit(candidates, maps, log)
        vesicles = fitted.vesicles
        for m in maps:
            vesicles = with_probability(vesicles, m.load(m.probability), m.grid.voxel_size_nm)
        self._cache.write(
            key,
            _KeptFit(
                tuple(log.steps[first:]),
                VesicleSet.of(vesicles),
                fitted.screened_out,
                fitted.decoy_correlation,
                fitted.membranes,
            ),
        )
        return replace(fitted, vesicles=vesicles)

    def _fit(self, candidates: list[Candidate], maps: list[_ScaleMaps], log: StepLog) -> Fitted:
        source = self._source()
        with log.step("fit", before=len(candidates)) as step:
            if self._recipe.fit.rule is FitRule.CORRELATION:
                vesicles = paper_fit.fit_candidates_by_paper(
                    source, candidates, self._recipe.fit, log.progress
                )
                fitted = Fitted(vesicles, 0)
            else:
                searched = self._searched(maps)
                fitted = fit_candidates(source, candidates, self._recipe.fit, log.progress, searched)
                step.note = f"{fitted.screened_out} candidates show no membrane"
            step.after = len(fitted.vesicles)
        return fitted

    def _searched(self, maps: list[_ScaleMaps]) -> Searched:
        seen = tuple((m.load(m.probability), m.grid.voxel_size_nm) for m in maps)
        return Searched(seen, self._mask, self._volume.voxel_size_nm)

    def _source(self) -> GreySource:
        volume = self._fit_volume
        some = sample_voxels(volume.data)
        deviation = float(some.std()) if some.size else 0.0
        sign = -1.0 if self._recipe.input.invert else 1.0
        return GreySource(
            volume.data, volume.voxel_size_nm, finite_median(volume.data), deviation or 1.0, sign
        )

    def _judged(self, fitted: Fitted, log: StepLog) -> Judged:
        settings = self._recipe.outliers
        vesicles = fitted.vesicles
        if settings.rule is OutlierRule.EVIDENCE:
            with log.step("duplicates", before=len(vesicles)) as step:
                vesicles = merge_duplicates(vesicles, settings.merge_overlap)
                step.after = len(vesicles)
        with log.step("outliers", before=len(vesicles)) as step:
            if settings.rule is OutlierRule.DISTANCE:
                judged = judge_by_distance(vesicles, settings)
            elif settings.rule is OutlierRule.P_VALUE:
                judged = judge_by_p_value(vesicles, settings, self._recipe.fit, self._source(), log.progress)
            else:
                judged = judge(vesicles, settings, fitted.decoy_correlation, radius_range(self._recipe.input))
            step.after = sum(v.status is Status.ACCEPTED for v in judged.vesicles)
        return judged


def _bad_voxels(image: Path) -> str:
    """Under which name the number of bad voxels is kept beside the network's input."""
    return f"{image.stem}-bad"


def _candidate_spheres(proposals: list[Proposal]) -> tuple[Sphere, ...]:
    return tuple(Sphere(*c.centre_nm, c.radius_nm) for p in proposals for c in p.candidates)
