"""The last steps of a run: spheres fitted to candidates, and which of them are vesicles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from cryoves_app.analysis.acceptance.judgement import Judged, judge, merge_duplicates
from cryoves_app.analysis.fits.decoys import Searched
from cryoves_app.analysis.fits.fitting import Fitted, fit_candidates, with_probability
from cryoves_app.analysis.fits.likeness import Likeness, likeness_to
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.network_input.scales import radius_range
from cryoves_app.analysis.published.outliers import judge_by_distance, judge_by_p_value
from cryoves_app.analysis.published.sphere_fit import fit_candidates_as_published
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import FitRule, OutlierRule
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.pipeline.scale_maps import ScaleMaps
from cryoves_app.workflow.pipeline.step_cache import StepCache, key_of
from cryoves_app.workflow.pipeline.steps import StepLog


@dataclass(frozen=True)
class _KeptFit:
    """What the cache keeps of the fits."""

    steps: tuple[StepReport, ...]
    vesicles: VesicleSet
    screened_out: int
    decoy_correlation: float | None
    membranes: MembraneModel
    bright_ring: float | None

    @classmethod
    def of(cls, fitted: Fitted, steps: Sequence[StepReport]) -> _KeptFit:
        known = {**fitted.__dict__, "vesicles": VesicleSet.of(fitted.vesicles)}
        return cls(steps=tuple(steps), **known)

    def fitted(self) -> Fitted:
        known = {name: value for name, value in self.__dict__.items() if name != "steps"}
        return Fitted(**{**known, "vesicles": list(self.vesicles)})


class FitSteps:
    """Fits and judgement on one view of a tomogram; ``source_key`` tells all that the view depends on."""

    def __init__(self, source: GreySource, source_key: str, recipe: Recipe, cache: StepCache) -> None:
        self._source, self._source_key, self._recipe, self._cache = source, source_key, recipe, cache

    def fit(
        self, candidates: list[Candidate], maps: Sequence[ScaleMaps], searched: Searched, log: StepLog
    ) -> Fitted:
        """The candidates' spheres, each with its probability; from the cache where nothing has changed."""
        key = "vesicles-" + key_of(
            [c.__dict__ for c in candidates],
            [m.probability.name for m in maps],
            self._recipe.fit,
            self._source_key,
        )
        kept = self._cache.read(key, _KeptFit)
        if kept is not None:
            log.add_all(kept.steps, cached=True)
            return kept.fitted()
        first = len(log.steps)
        fitted = self._fitted(candidates, searched, log)
        vesicles = fitted.vesicles
        for m in maps:
            vesicles = with_probability(vesicles, m.load_probability(), m.voxel_size_nm)
        fitted = replace(fitted, vesicles=vesicles)
        self._cache.write(key, _KeptFit.of(fitted, log.steps[first:]))
        return fitted

    def _fitted(self, candidates: list[Candidate], searched: Searched, log: StepLog) -> Fitted:
        settings = self._recipe.fit
        with log.step("fit", before=len(candidates)) as step:
            if settings.rule is FitRule.POPULATION:
                fitted = fit_candidates(self._source, candidates, settings, log.progress, searched)
            else:
                fitted = fit_candidates_as_published(self._source, candidates, settings, log.progress)
            step.note = f"{fitted.screened_out} candidates show no membrane"
            step.after = len(fitted.vesicles)
        return fitted

    def likeness(self, known: Sequence[Vesicle], places: Sequence[Candidate], progress: Progress) -> Likeness:
        """How much places look like vesicles that are known."""
        spheres = np.array([(*v.sphere.centre_nm, v.radius_mid_nm or v.radius_nm) for v in known], float)
        return likeness_to(self._source, spheres.reshape(-1, 4), places, self._recipe.fit, progress)

    def judge(self, fitted: Fitted, log: StepLog) -> Judged:
        """The vesicles with their status."""
        settings = self._recipe.outliers
        vesicles = fitted.vesicles
        if settings.rule is OutlierRule.EVIDENCE:
            with log.step("duplicates", before=len(vesicles)) as step:
                vesicles = merge_duplicates(vesicles, settings.merge_overlap)
                step.after = len(vesicles)
        with log.step("outliers", before=len(vesicles)) as step:
            judged = self._judged(vesicles, fitted.decoy_correlation, log)
            step.after = sum(v.status is Status.ACCEPTED for v in judged.vesicles)
        return judged

    def _judged(self, vesicles: list[Vesicle], decoy_correlation: float | None, log: StepLog) -> Judged:
        settings = self._recipe.outliers
        if settings.rule is OutlierRule.DISTANCE:
            return judge_by_distance(vesicles, _smallest_radius_nm(self._recipe), self._source.voxel_size_nm)
        if settings.rule is OutlierRule.P_VALUE:
            return judge_by_p_value(vesicles, settings, self._recipe.fit, self._source, log.progress)
        return judge(vesicles, settings, decoy_correlation, radius_range(self._recipe.input))


def _smallest_radius_nm(recipe: Recipe) -> float:
    """Of a ball of the smallest volume that a segment may have."""
    return float(recipe.input.expected_radius_nm * recipe.instances.smallest_fraction ** (1 / 3))
