"""Outliers as the manuscript and the published program find them."""

from __future__ import annotations

import numpy as np
from scipy import stats

from cryoves_app.analysis.acceptance.judgement import Judged, flag_overlaps
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.published.sphere_fit import refit
from cryoves_app.analysis.published.touching import shrink_touching
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
        p = p_values(squared_distances(features(current)))
        doubtful = np.flatnonzero(p < settings.p_cut)
        if not len(doubtful):
            break
        margin = fit.margin_px + _MARGIN_STEP_PX * (attempt + 1)
        for i in doubtful:
            current[i] = refit(source, vesicles[i], fit, margin)
    d2 = squared_distances(features(current))
    p = p_values(d2)
    return Judged(
        flag_overlaps([_judged(v, a, b, settings.p_cut) for v, a, b in zip(current, d2, p, strict=True)])
    )


def judge_by_distance(vesicles: list[Vesicle], smallest_radius_nm: float, voxel_size_nm: float) -> Judged:
    """The published program's rule: distance and correlation, then spheres that touch shrink, then a smallest radius.

    Its p-value, of the un-squared distance, is computed and not used.

    Parameters
    ----------
    smallest_radius_nm
        Spheres must be larger at the end.
    voxel_size_nm
        Of the grid in whose whole voxels the spheres were fitted.
    """
    d2 = squared_distances(features(vesicles))
    judged = []
    for vesicle, squared, chance in zip(vesicles, d2, p_values(np.sqrt(d2)), strict=True):
        reason = _published_reason(vesicle, float(np.sqrt(squared)))
        status = Status.OUTLIER if reason else Status.ACCEPTED
        known = {} if np.isnan(squared) else {"mahalanobis_sq": float(squared), "p_value": float(chance)}
        judged.append(vesicle.but(status=status, reason=reason, **known))
    return Judged(_shrunk(judged, smallest_radius_nm, voxel_size_nm))


def _published_reason(vesicle: Vesicle, distance: float) -> str:
    """Why the published program drops a vesicle; empty where it does not."""
    if distance >= _PUBLISHED_DISTANCE:
        return f"distance {distance:.1f} from the population"
    if vesicle.correlation is not None and vesicle.correlation <= _PUBLISHED_CORRELATION:
        return f"correlation with the mean profile {vesicle.correlation:.2f}"
    return ""


def _shrunk(vesicles: list[Vesicle], smallest_nm: float, voxel_size_nm: float) -> list[Vesicle]:
    """Accepted spheres made smaller where they touch; those that end too small are outliers of their fitted radius."""
    accepted = [i for i, v in enumerate(vesicles) if v.status is Status.ACCEPTED]
    centres = np.array([vesicles[i].sphere.centre_nm for i in accepted]).reshape(-1, 3) / voxel_size_nm
    fitted = np.rint(np.array([vesicles[i].radius_nm for i in accepted]) / voxel_size_nm).astype(np.intp)
    result = list(vesicles)
    for i, before, after in zip(accepted, fitted, shrink_touching(centres, fitted), strict=True):
        radius_nm = float(after) * voxel_size_nm
        if radius_nm <= smallest_nm * (1 + 1e-9):
            cause = "" if after == before else " after making room for a neighbour"
            reason = f"radius not above {smallest_nm:.3g} nm{cause}"
            result[i] = vesicles[i].but(status=Status.OUTLIER, reason=reason)
        elif after != before:
            result[i] = vesicles[i].but(
                radius_nm=radius_nm, radius_mid_nm=min(vesicles[i].radius_mid_nm or radius_nm, radius_nm)
            )
    return result


def _judged(vesicle: Vesicle, d2: float, p: float, cut: float) -> Vesicle:
    if np.isnan(p):
        return vesicle
    outlier = p < cut
    reason = f"p = {p:.2g} is below {cut:g}" if outlier else ""
    status = Status.OUTLIER if outlier else Status.ACCEPTED
    return vesicle.but(mahalanobis_sq=float(d2), p_value=float(p), status=status, reason=reason)


def squared_distances(rows: Array) -> Array:
    """Squared Mahalanobis distances from the mean of all (equation 6).

    Parameters
    ----------
    rows : (n, k) array
        Features, each in any unit; rows with NaN count for nothing.

    Returns
    -------
    (n,) array
        D² (no unit), NaN where it is not known: for rows with NaN, and for all where there are fewer than five others.
    """
    finite = np.isfinite(rows).all(axis=1)
    d2 = np.full(len(rows), np.nan)
    if finite.sum() >= _FEWEST:
        away = rows[finite] - rows[finite].mean(axis=0)
        inverse = np.linalg.pinv(np.cov(rows[finite], rowvar=False))
        d2[finite] = np.maximum(np.einsum("ij,jk,ik->i", away, inverse, away), 0)
    return d2


def p_values(distances: Array) -> Array:
    """1 − CDF of χ² with one degree of freedom less than there are features, as the later text has it (equation 7).

    Parameters
    ----------
    distances : (n,) array
        D², without a unit; the published program gives D.
    """
    p: Array = stats.chi2.sf(distances, _FEATURES - 1)
    return p


_FEATURES = 3


def features(vesicles: list[Vesicle]) -> Array:
    """The manuscript's three features: thickness, membrane density, radius.

    Returns
    -------
    (n, 3) array
        In nm, raw grey and nm; NaN where unknown.
    """
    rows = [(v.membrane_thickness_nm, v.membrane_density, v.radius_nm) for v in vesicles]
    return np.array([[np.nan if f is None else f for f in row] for row in rows], float).reshape(-1, _FEATURES)
