"""Spheres as the manuscript fits them: radial profile for the radius, cross-correlation for the centre.

Kept for comparison (recipes ``paper`` and ``published``); the default fit is in ``population``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage.registration import phase_cross_correlation

from cryoves_app.analysis.radial import parabola_offset
from cryoves_app.analysis.screening import Candidate
from cryoves_app.analysis.shell import GreySource
from cryoves_app.domain.arrays import Array
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitSettings
from cryoves_app.domain.vesicle import Flag, Vesicle

#: Samples of a profile per voxel; one for whole voxels.
_FINE = 4
#: Up-sampling of the registration, sub-voxel.
_UPSAMPLING = 20
_SETTLED_PX = 0.05
#: Length of the profiles whose rank correlation with the mean profile is taken.
_COMPARED = 24


@dataclass(frozen=True)
class _State:
    """A sphere in voxels with what its profile says."""

    centre_px: Array
    radius_px: float
    darkest_px: float
    half_thickness_px: float
    density: float
    profile: Array
    moved_px: float = 0.0
    converged: bool = False


def fit_candidates_by_paper(
    source: GreySource, candidates: list[Candidate], settings: FitSettings, progress: Progress
) -> list[Vesicle]:
    """Fit each candidate by itself; ``correlation`` is the rank correlation with the mean profile.

    References
    ----------
    The manuscript's sections on refinement: the radius where the radial profile is darkest, the centre by
    cross-correlation with the rotational average.
    """
    progress.start("fit")
    states = []
    for i, candidate in enumerate(candidates):
        progress.report(i / len(candidates))
        states.append(_fit(source, candidate, settings, settings.margin_px))
    mean = np.mean([s.profile for s in states], axis=0) if states else np.zeros(_COMPARED)
    return [_vesicle(n, s, source, mean) for n, s in enumerate(states, 1)]


def refit(source: GreySource, vesicle: Vesicle, settings: FitSettings, margin_px: int) -> Vesicle:
    """Fit one vesicle again with a broader margin; its correlation stays."""
    candidate = Candidate(vesicle.sphere.centre_nm, vesicle.radius_nm, 0.0)
    state = _fit(source, candidate, settings, margin_px)
    new = _vesicle(vesicle.id, state, source, np.zeros(_COMPARED))
    return replace(new, correlation=vesicle.correlation, probability=vesicle.probability)


def _fit(source: GreySource, candidate: Candidate, settings: FitSettings, margin_px: int) -> _State:
    """The rounds of one fit; they end where the centre leaves the first sphere's box, or the sphere outgrows it.

    The manuscript limits the shift alone. Where there is no membrane the darkest distance lies ever farther out, and
    a radius without limit would grow to the size of the tomogram.
    """
    voxel = source.voxel_size_nm
    start = np.array(candidate.centre_nm) / voxel
    radius = candidate.radius_nm / voxel
    whole = settings.whole_voxels
    limit = 0.5 * np.sqrt(3) * 2 * radius
    state = _measured(source, _snapped(start, whole), radius, margin_px, whole)
    for _ in range(settings.rounds):
        shift = _shift(source, state, margin_px, whole)
        centre = _snapped(state.centre_px + shift, whole)
        if np.linalg.norm(centre - start) > limit:
            break
        moved = float(np.linalg.norm(centre - state.centre_px))
        before = state.radius_px
        measured = _measured(source, centre, state.radius_px, margin_px, whole)
        if measured.radius_px > limit:
            break
        state = measured
        if moved < _SETTLED_PX and abs(state.radius_px - before) < _SETTLED_PX:
            return replace(state, converged=True)
    return state


def _snapped(centre: Array, whole: bool) -> Array:
    return np.rint(centre) if whole else centre


def _box(
    source: GreySource, centre: Array, radius: float, margin_px: int
) -> tuple[NDArray[np.float32], Array]:
    half = radius + margin_px
    shape = np.array(source.data.shape)
    low = np.clip(np.floor(centre - half), 0, shape - 1).astype(np.intp)
    high = np.clip(np.ceil(centre + half) + 1, low + 1, shape).astype(np.intp)
    return source.box(low, high), low.astype(float)


def _measured(source: GreySource, centre: Array, radius: float, margin_px: int, whole: bool) -> _State:
    """Radius, thickness and density from the radial average (manuscript, equations 3 to 5)."""
    fine = 1 if whole else _FINE
    box, low = _box(source, centre, radius, max(margin_px, 2) + 2)
    profile = _radial_average(box, centre - low, fine)
    inside = profile[: max(int((radius + margin_px + 2) * fine), 4)]
    soft = ndimage.gaussian_filter1d(inside, 1.0 * fine / 2)
    first = min(int(0.4 * radius * fine), len(soft) - 3)
    dark = first + int(np.argmin(soft[first:]))
    darkest = (dark + (0.0 if whole else parabola_offset(soft, dark))) / fine
    bend = np.gradient(np.gradient(soft))
    fringe = dark + 1 + int(np.argmax(soft[dark + 1 :])) if dark + 1 < len(soft) else dark
    shoulder = dark + 1 + int(np.argmin(bend[dark + 1 : fringe + 1])) if fringe > dark else dark
    edge = (shoulder + (0.0 if whole else parabola_offset(bend, shoulder))) / fine
    half = max(edge - darkest, 0.5)
    window = slice(max(int((darkest - half) * fine), 0), int((darkest + half) * fine) + 1)
    compared = np.interp(np.linspace(0, 1.4, _COMPARED) * radius * fine, np.arange(len(profile)), profile)
    new_radius = darkest + half
    return _State(
        centre,
        float(np.rint(new_radius)) if whole else new_radius,
        darkest,
        half,
        float(profile[window].mean()),
        compared,
    )


def _radial_average(box: NDArray[np.float32], centre: Array, fine: int) -> Array:
    z, y, x = np.ogrid[tuple(slice(n) for n in box.shape)]
    rho = np.sqrt((z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2).ravel() * fine
    low = rho.astype(np.intp)
    share = rho - low
    size = int(low.max()) + 2
    grey = box.ravel().astype(np.float64)
    weight = np.bincount(low, 1 - share, size) + np.bincount(low + 1, share, size)
    total = np.bincount(low, (1 - share) * grey, size) + np.bincount(low + 1, share * grey, size)
    filled = weight > 1e-3
    return np.interp(np.arange(size), np.flatnonzero(filled), total[filled] / weight[filled])


def _shift(source: GreySource, state: _State, margin_px: int, whole: bool) -> Array:
    """Shift of the centre: the average, back-projected to three dimensions, against the image."""
    box, low = _box(source, state.centre_px, state.radius_px, margin_px)
    if min(box.shape) < 4 or not np.ptp(box) > 0:
        return np.zeros(3)
    fine = 1 if whole else _FINE
    profile = _radial_average(box, state.centre_px - low, fine)
    z, y, x = np.ogrid[tuple(slice(n) for n in box.shape)]
    at = state.centre_px - low
    rho = np.sqrt((z - at[0]) ** 2 + (y - at[1]) ** 2 + (x - at[2]) ** 2) * fine
    model = np.interp(rho, np.arange(len(profile)), profile)
    shift, _, _ = phase_cross_correlation(
        box - box.mean(),
        model - model.mean(),
        upsample_factor=1 if whole else _UPSAMPLING,
        normalization=None,
    )
    largest = state.radius_px
    return np.clip(np.asarray(shift, float), -largest, largest)


def _vesicle(number: int, state: _State, source: GreySource, mean: Array) -> Vesicle:
    voxel = source.voxel_size_nm
    z, y, x = (float(c) * voxel for c in state.centre_px)
    varied = np.ptp(state.profile) > 0 and np.ptp(mean) > 0
    correlation = float(stats.spearmanr(state.profile, mean).statistic) if varied else None
    return Vesicle(
        number,
        z,
        y,
        x,
        state.radius_px * voxel,
        radius_mid_nm=state.darkest_px * voxel,
        membrane_thickness_nm=2 * state.half_thickness_px * voxel,
        membrane_density=source.median + source.sign * source.deviation * state.density,
        contrast=-state.density,
        correlation=correlation,
        flags=() if state.converged else (Flag.NOT_CONVERGED,),
    )
