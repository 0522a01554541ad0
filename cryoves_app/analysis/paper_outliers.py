"""Outliers as the manuscript and the published program find them, kept for comparison."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cryoves_app.analysis.judgement import Judged, flag_overlaps
from cryoves_app.analysis.paper_fit import refit
from cryoves_app.analysis.shell import GreySource
from cryoves_app.domain.arrays import Array
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings, OutlierSettings
from cryoves_app.domain.vesicle import Status, Vesicle

#: The published program's cuts: un-squared distance, and rank correlation with the mean profile.
_PUBLISHED_DISTANCE = 4.0
_PUBLISHED_CORRELATION = 0.3
#: By how many voxels the margin of a re-fit grows each time.
_MARGIN_STEP_PX = 2
_FEWEST = 5


def judge_by_p_value(
    vesicles: list[Vesicle],
    settings: OutlierSettings,
    fit: FitSettings,
    source: GreySource,
    progress: Progress,
) -> Judged:
    """The manuscript's rule: p from χ² below the cut means a re-fit with a broader margin, at last removal.

    Mean and covariance are fixed within a round, and removal happens once, at the end: removing again and again with
    recomputed moments removes good vesicles, too. Each re-fit starts from the first fit: with the last one's result and
    ever broader margins the spheres of false segments grow without end.
    """
    current = list(vesicles)
    for attempt in range(fit.refit_rounds):
        progress.report(attempt / max(fit.refit_rounds, 1))
        p = _p_values(current)[1]
        doubtful = np.flatnonzero(p < settings.p_cut)
        if not len(doubtful):
            break
        margin = fit.margin_px + _MARGIN_STEP_PX * (attempt + 1)
        for i in doubtful:
            current[i] = refit(source, vesicles[i], fit, margin)
    d2, p = _p_values(current)
    return Judged(
        flag_overlaps([_judged(v, a, b, settings.p_cut) for v, a, b in zip(current, d2, p, strict=True)])
    )


def judge_by_distance(vesicles: list[Vesicle], settings: OutlierSettings) -> Judged:
    """The published program's rule; it computes a p-value and does not use it."""
    d2, p = _p_values(vesicles)
    judged = []
    for vesicle, squared, chance in zip(vesicles, d2, p, strict=True):
        reason = ""
        if np.sqrt(squared) >= _PUBLISHED_DISTANCE:
            reason = f"distance {np.sqrt(squared):.1f} from the population"
        elif vesicle.correlation is not None and vesicle.correlation <= _PUBLISHED_CORRELATION:
            reason = f"correlation with the mean profile {vesicle.correlation:.2f}"
        status = Status.OUTLIER if reason else Status.ACCEPTED
        known = {} if np.isnan(squared) else {"mahalanobis_sq": float(squared), "p_value": float(chance)}
        judged.append(vesicle.but(status=status, reason=reason, **known))
    return Judged(flag_overlaps(judged))


def _judged(vesicle: Vesicle, d2: float, p: float, cut: float) -> Vesicle:
    if np.isnan(p):
        return vesicle
    outlier = p < cut
    reason = f"p = {p:.2g} is below {cut:g}" if outlier else ""
    status = Status.OUTLIER if outlier else Status.ACCEPTED
    return vesicle.but(mahalanobis_sq=float(d2), p_value=float(p), status=status, reason=reason)


def _p_values(vesicles: list[Vesicle]) -> tuple[Array, Array]:
    """D² with mean and covariance of all, and p from χ² with three degrees of freedom (equations 6 and 7)."""
    rows = _features(vesicles)
    finite = np.isfinite(rows).all(axis=1)
    d2 = np.full(len(rows), np.nan)
    if finite.sum() < _FEWEST:
        return d2, d2.copy()
    good = rows[finite]
    away = good - good.mean(axis=0)
    d2[finite] = np.einsum("ij,jk,ik->i", away, np.linalg.pinv(np.cov(good, rowvar=False)), away)
    return d2, np.where(np.isnan(d2), np.nan, stats.chi2.sf(np.nan_to_num(d2), rows.shape[1]))


def _features(vesicles: list[Vesicle]) -> Array:
    """The manuscript's three features per vesicle: thickness, membrane density, radius; NaN where unknown."""
    rows = [(v.membrane_thickness_nm, v.membrane_density, v.radius_nm) for v in vesicles]
    return np.array([[np.nan if f is None else f for f in row] for row in rows], float).reshape(-1, 3)
