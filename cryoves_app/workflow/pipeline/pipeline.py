"""The pipeline: a tomogram in, vesicles out, step by step, each result kept under a key of all it depends on.

A window can steer it: it reports progress and every finished step, stops when asked, and a second run with a changed
recipe computes only what depends on the change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from threadpoolctl import threadpool_limits

from cryoves_app.analysis.acceptance import checks
from cryoves_app.analysis.acceptance.judgement import Judged
from cryoves_app.analysis.fits.fitting import Fitted
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.grey.contrast import (
    ContrastEvidence,
    Support,
    first_contrast,
    is_better,
    is_doubtful,
    other_contrast,
)
from cryoves_app.analysis.membrane.companion import relative_sign
from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import Contrast, FitRule
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.scale_hint import ScaleHint
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume
from cryoves_app.network.model_store import Model
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.faint import faint_note
from cryoves_app.workflow.pipeline.fit_steps import FitSteps
from cryoves_app.workflow.pipeline.given_map import GivenMap
from cryoves_app.workflow.pipeline.given_steps import GivenMapSteps
from cryoves_app.workflow.pipeline.grey_notes import GreyRecord, fit_contrast_note, input_notes
from cryoves_app.workflow.pipeline.grey_values import InputFiles, TomogramGrey
from cryoves_app.workflow.pipeline.little_found import LITTLE, NetworkSaw, little_found
from cryoves_app.workflow.pipeline.prediction import Predictor
from cryoves_app.workflow.pipeline.scale_maps import MapSteps, ScaleMaps
from cryoves_app.workflow.pipeline.scale_probe import probe_scales
from cryoves_app.workflow.pipeline.search_again import JudgedFits, hint_to_search, search_again
from cryoves_app.workflow.pipeline.step_cache import StepCache, key_of
from cryoves_app.workflow.pipeline.steps import StepLog

StepListener = Callable[[StepReport], None]
#: Told of the spheres that stand after a step.
SphereListener = Callable[[str, Sequence[Sphere]], None]

_SIGNS = {Contrast.DARK: 1, Contrast.BRIGHT: -1}


@dataclass(frozen=True)
class PipelineResult:
    """Vesicles, what each step did, notes for the user, and the probability map of the first scale.

    ``stages`` are the spheres that stood after a step, by the step's name. ``grey`` is what is known of the grey
    values, ``saw`` what the steps made of them.
    """

    vesicles: VesicleSet
    steps: tuple[StepReport, ...]
    notes: tuple[Note, ...]
    map: NetworkMap
    stages: Mapping[str, tuple[Sphere, ...]] = field(default_factory=dict)
    membranes: MembraneModel = field(default_factory=MembraneModel)
    grey: GreyRecord | None = None
    saw: NetworkSaw | None = None


@dataclass(frozen=True)
class _Found:
    """What one pass over the steps found."""

    contrast: Contrast
    maps: list[ScaleMaps]
    candidates: tuple[Sphere, ...]
    fitted: Fitted
    judged: Judged
    log: StepLog
    notes: tuple[Note, ...]

    @property
    def support(self) -> Support:
        return Support.of(self.judged.vesicles, self.fitted.bright_ring)


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
        On the tomogram's grid; the network computes nothing where it is 0.
    given
        What another program has found on the tomogram's grid, in place of the network's work.
    """

    def __init__(
        self,
        volume: Volume,
        recipe: Recipe,
        model: Model,
        cache: Path,
        engine_options: EngineOptions | None = None,
        fit_volume: Volume | None = None,
        region_mask: RunMask | None = None,
        given: GivenMap | None = None,
    ) -> None:
        self._volume, self._recipe, self._cache = volume, recipe, StepCache(cache)
        self._grey = TomogramGrey(volume, recipe.input, self._cache)
        self._fit_grey = TomogramGrey(fit_volume, recipe.input, self._cache) if fit_volume else self._grey
        self._predictor = Predictor(model, recipe.network, engine_options or EngineOptions(), self._cache)
        self._limited = region_mask is not None
        parts = (volume, recipe, model, self._cache, self._predictor, region_mask)
        self._maps = MapSteps(*parts) if given is None else GivenMapSteps(*parts).of(given)
        self._is_given = given is not None

    def run(
        self,
        progress: Progress | None = None,
        on_step: StepListener = lambda step: None,
        on_spheres: SphereListener = lambda step, spheres: None,
    ) -> PipelineResult:
        """Run all steps, or those whose results are not in the cache; ``on_spheres`` is told what stands after some.

        Where the contrast is to be measured and image and vesicles do not agree on it, the steps are run with the other
        one, too, and what is better supported is kept.

        Raises
        ------
        Cancelled
            If the user asked to stop; results of finished steps stay in the cache.
        CryoVesError
            If something prevents a result, in one sentence.
        """
        progress = progress or Progress()
        asked = self._recipe.input.contrast
        first = self._pass(asked, StepLog(progress, on_step), on_spheres)
        found, other = first, None
        if asked is Contrast.AUTO and is_doubtful(self._evidence(first), first.support):
            other = self._pass(other_contrast(first.contrast), StepLog(progress, on_step), on_spheres)
            if is_better(other.support, first.support, self._evidence(first), other.contrast):
                found = other
            else:
                _tell_spheres(first, on_spheres)
        return self._result(found, both_tried=other is not None)

    def _pass(self, contrast: Contrast, log: StepLog, on_spheres: SphereListener) -> _Found:
        """All steps with one contrast; ``AUTO`` takes what the image says."""
        sign, maps = self._maps.compute(self._grey, _SIGNS.get(contrast), self._sign_of_image, log)
        with threadpool_limits(1):  # matrices of six rows: threads would only spin
            proposals = [self._maps.propose(m, log) for m in maps]
            candidates = tuple(Sphere(*c.centre_nm, c.radius_nm) for p in proposals for c in p.candidates)
            on_spheres("split", candidates)
            fits, notes = self._fit_steps(sign, log.progress)
            seen = [c for p in proposals for c in p.candidates]
            found = self._fits_of(fits, seen, maps, log)
            on_spheres("fit", tuple(v.sphere for v in found.fitted.vesicles))
        fitted, judged = found.fitted, found.judged
        notes += found.notes
        notes += [note for p in proposals for note in p.notes]
        if self._recipe.fit.rule is FitRule.POPULATION:
            notes += faint_note(seen, [v.sphere for v in fitted.vesicles], self._volume.voxel_size_nm)
        used = Contrast.DARK if sign > 0 else Contrast.BRIGHT
        return _Found(used, maps, candidates, fitted, judged, log, tuple(notes))

    def _fits_of(
        self, fits: FitSteps, seen: list[Candidate], maps: list[ScaleMaps], log: StepLog
    ) -> JudgedFits:
        """The candidates fitted and judged, and what a search with their own profile finds, if that is wanted."""
        searched = self._maps.searched(maps)

        def judge(candidates: list[Candidate]) -> tuple[Fitted, Judged]:
            fitted = fits.fit(candidates, maps, searched, log)
            return fitted, fits.judge(fitted, log)

        first = JudgedFits(*judge(seen))
        if self._is_given:
            return first
        if not self._recipe.fit.search_again:
            return replace(first, notes=hint_to_search(first))
        where = self._maps.where(maps[0].files)
        edge_nm = self._recipe.fit.edge_nm
        return search_again(first, seen, maps[0], where, edge_nm, judge, fits.likeness, log)

    def _sign_of_image(self, files: InputFiles) -> int:
        said_to_be_bright = self._volume.info.is_inverted
        return _SIGNS[first_contrast(self._grey.contrast(files), said_to_be_bright)]

    def _evidence(self, found: _Found) -> ContrastEvidence:
        return self._grey.contrast(found.maps[0].files)

    def _fit_steps(self, sign: int, progress: Progress) -> tuple[FitSteps, list[Note]]:
        """The steps on the volume that is fitted, whose contrast may be the other one."""
        notes = []
        if self._fit_grey is not self._grey:
            relative = relative_sign(self._grey.source(1, progress), self._fit_grey.source(1, progress))
            sign *= relative
            if relative < 0:
                notes.append(fit_contrast_note())
        source = self._fit_grey.source(sign, progress)
        return FitSteps(source, key_of(self._fit_grey.key, sign), self._recipe, self._cache), notes

    def _result(self, found: _Found, *, both_tried: bool) -> PipelineResult:
        main = found.maps[0]
        record = GreyRecord.of(
            self._recipe.input,
            self._grey.model(found.log.progress),
            self._evidence(found),
            found.contrast,
            both_tried=both_tried,
        )
        vesicles = found.judged.vesicles
        saw = self._saw(found)
        little = (
            []
            if saw.accepted >= LITTLE
            else [little_found(saw, record, self._recipe, limited=self._limited, given=self._is_given)]
        )
        notes = [
            *little,
            *input_notes(record, main.files.bad),
            *(Note(NoteKind.ENGINE, text) for text in self._predictor.notes),
            *found.notes,
            *found.judged.notes,
            *_beyond_note(found.judged.beyond),
            *(Note(NoteKind.MEMBRANES, text) for text in found.fitted.membranes.sentences()),
            *checks.check_result(vesicles, self._recipe, saw.hint),
        ]
        return PipelineResult(
            VesicleSet.of(vesicles),
            tuple(found.log.steps),
            tuple(dict.fromkeys(notes)),
            main.map,
            {"split": found.candidates, "fit": tuple(v.sphere for v in found.fitted.vesicles)},
            found.fitted.membranes,
            record,
            saw,
        )

    def _saw(self, found: _Found) -> NetworkSaw:
        """What the steps made of the tomogram; other voxel sizes are tried where that is little or odd."""
        volume = self._volume
        z, y, x = (n * volume.voxel_size_nm for n in volume.shape)
        little = found.support.count < LITTLE and not self._is_given
        return NetworkSaw(
            max(float(plane.max()) for plane in found.maps[0].load_probability()),
            len(found.candidates),
            len(found.fitted.vesicles),
            found.support.count,
            (z, y, x),
            self._hint(found) if little or self._contradicts(found) else None,
            found.judged.beyond,
        )

    def _contradicts(self, found: _Found) -> bool:
        """Whether the network, if it was asked, shows other sizes than expected."""
        return not self._is_given and checks.radius_contradicts(found.judged.vesicles, self._recipe)

    def _hint(self, found: _Found) -> ScaleHint:
        main = found.maps[0]
        name = f"scales-{key_of(main.probability.name, self._recipe.instances)}"
        kept = self._cache.read(name, ScaleHint)
        if kept is not None:
            return kept
        source = self._grey.source(_SIGNS[found.contrast], found.log.progress)
        hint = probe_scales(source, main.scale, self._recipe, self._predictor, found.log.progress)
        self._predictor.release()
        self._cache.write(name, hint)
        return hint


def _beyond_note(beyond: BeyondRange | None) -> list[Note]:
    return [] if beyond is None else [Note(NoteKind.BEYOND_RANGE, beyond.sentence())]


def _tell_spheres(found: _Found, on_spheres: SphereListener) -> None:
    on_spheres("split", found.candidates)
    on_spheres("fit", tuple(v.sphere for v in found.fitted.vesicles))
