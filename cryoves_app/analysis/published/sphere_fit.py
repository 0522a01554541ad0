"""Segments to spheres: radius from the radial profile, centre by cross-correlation with the rotational average.

As the published program does it, whose spheres the manuscript's tables and its list of real vesicles hold too.
Its oddities that are followed here:

- Centre and radius are whole voxels.
- The second difference of the profile keeps the index of the first of its three values, and a value of the profile is
  the mean from its index to the next: both make up for a part of what the rule for the edge draws too large.
- The membrane's features are measured in the box of the segment's radius, not of the fitted one's.
- The shift is where the correlation's absolute value is largest, which depends on where grey 0 lies.
- A sphere for which the profile's ranges are empty is dropped.
- Its limit of the shift, half the diagonal of the tomogram, is never reached.

The rule ``correlation`` has the manuscript's limit, half the diagonal of the segment's box, and its membrane density,
the mean over the membrane's thickness instead of the darkest value.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats
from skimage.registration import phase_cross_correlation

from cryoves_app.analysis.fits.fitting import Fitted
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.domain.arrays import Indices, ProfileValues
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe_settings import FitRule, FitSettings
from cryoves_app.domain.vesicle import Flag, Vesicle

#: (z, y, x): grey in the file's unit, membranes dark.
_RawGrey = NDArray[np.float64]

#: Where in a profile the membrane is looked for, as shares of its length.
_FIRST, _LAST = 0.1, 0.7
#: A centre has settled when the shift was zero so often.
_SETTLED = 2
#: Length of the profiles whose rank correlation with the mean profile is taken.
_COMPARED = 100


@dataclass(frozen=True)
class _Membrane:
    """Indices in a radial profile: the darkest value, and the outer edge."""

    darkest: int
    edge: int


@dataclass(frozen=True)
class _Sphere:
    """A sphere in whole voxels, and the profile in the box of its segment."""

    centre_px: Indices
    radius_px: int
    membrane: _Membrane
    profile: ProfileValues
    settled: bool

    @property
    def compared(self) -> ProfileValues:
        """The profile at a fixed number of places."""
        at = np.linspace(0, len(self.profile) - 1, _COMPARED)
        return np.interp(at, np.arange(len(self.profile)), self.profile)


def fit_candidates_as_published(
    source: GreySource, candidates: list[Candidate], settings: FitSettings, progress: Progress
) -> Fitted:
    """Fit each candidate by itself; ``correlation`` is the rank correlation with the mean profile.

    References
    ----------
    The manuscript's section on refinement (equations 3 to 5).
    """
    progress.start("fit")
    fits = []
    for i, candidate in enumerate(candidates):
        progress.report(i / len(candidates))
        fits.append(_fit(source, candidate, settings, settings.margin_px))
    spheres = [s for s in fits if s is not None]
    mean = np.mean([s.compared for s in spheres], axis=0) if spheres else np.zeros(_COMPARED)
    vesicles = [
        replace(_vesicle(n, s, source, settings), correlation=_rank_correlation(s.compared, mean))
        for n, s in enumerate(spheres, 1)
    ]
    return Fitted(vesicles, len(fits) - len(spheres))


def refit(source: GreySource, vesicle: Vesicle, settings: FitSettings, margin_px: int) -> Vesicle:
    """Fit one vesicle again in boxes of another margin; itself where that finds no membrane."""
    candidate = Candidate(vesicle.sphere.centre_nm, vesicle.radius_nm, 0.0)
    sphere = _fit(source, candidate, settings, margin_px)
    if sphere is None:
        return vesicle
    new = _vesicle(vesicle.id, sphere, source, settings)
    return replace(new, correlation=vesicle.correlation, probability=vesicle.probability)


def _fit(source: GreySource, candidate: Candidate, settings: FitSettings, margin_px: int) -> _Sphere | None:
    """The rounds of one fit; ``None`` where a box has no place in the tomogram or a profile no membrane.

    By the manuscript's rule the radius does not outgrow the limit of the shift either: where there is no membrane the
    darkest distance may lie farther out each time.
    """
    voxel = source.voxel_size_nm
    start = centre = np.rint(np.array(candidate.centre_nm) / voxel).astype(np.intp)
    first = radius = int(candidate.radius_nm / voxel + 1e-6)
    limit = np.inf if settings.rule is FitRule.PUBLISHED else np.sqrt(3) * (first + margin_px)
    still = 0
    for _ in range(settings.rounds):
        box = _box(source, centre, radius, margin_px)
        if box is None:
            return None
        shift = _shift(box)
        still += not shift.any()
        if still == _SETTLED or np.linalg.norm(centre - shift - start) > limit:
            break
        centre = centre - shift
        membrane = _measured(source, centre, radius, margin_px)[1]
        if membrane is None:
            return None
        if membrane.edge > limit:
            break
        radius = membrane.edge
    profile, membrane = _measured(source, centre, first, margin_px)
    if membrane is None:
        return None
    return _Sphere(centre, radius, membrane, profile, still == _SETTLED)


def _box(source: GreySource, centre: Indices, radius: int, margin_px: int) -> _RawGrey | None:
    """A cube around a sphere, smaller on all sides where the tomogram ends; ``None`` where nothing is left."""
    half = radius + margin_px
    low, high = centre - half, centre + half
    beyond = (np.maximum(-low, 0) + np.maximum(high - source.data.shape, 0)).max()
    low, high = low + beyond, high - beyond
    if np.any(low >= high):
        return None
    return source.box(low, high) * np.float64(source.deviation) + source.sign * source.median


def _measured(
    source: GreySource, centre: Indices, radius: int, margin_px: int
) -> tuple[ProfileValues, _Membrane | None]:
    box = _box(source, centre, radius, margin_px)
    profile = np.zeros(0) if box is None else _radial_profile(box)
    return profile, _find_membrane(profile)


def _distances(box: _RawGrey) -> NDArray[np.intp]:
    z, y, x = (np.arange(n) - n // 2 for n in box.shape)
    rho = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
    return rho.astype(np.intp)


def _radial_profile(box: _RawGrey) -> ProfileValues:
    """Mean grey by whole voxels of distance from the middle, up to the corners."""
    distance = _distances(box).ravel()
    counts = np.bincount(distance)
    profile: ProfileValues = np.bincount(distance, box.ravel()) / np.maximum(counts, 1)
    return profile


def _find_membrane(profile: ProfileValues) -> _Membrane | None:
    """Darkest value, and least second difference between it and the bright fringe outside (equation 4)."""
    low, high = round(_FIRST * len(profile)), round(_LAST * len(profile))
    if high <= low:
        return None
    darkest = low + int(np.argmin(profile[low:high]))
    fringe = darkest + int(np.argmax(profile[darkest:high]))
    if fringe == darkest:
        return None
    bend = ndimage.gaussian_filter1d(np.diff(profile, 2), 1.0)
    return _Membrane(darkest, darkest + int(np.argmin(bend[darkest:fringe])))


def _shift(box: _RawGrey) -> Indices:
    """How far the box lies off its own rotational average, in whole voxels."""
    average = _radial_profile(box)[_distances(box)]
    shift = phase_cross_correlation(average, box, normalization=None)[0]
    return np.asarray(shift).astype(np.intp)


def _rank_correlation(profile: ProfileValues, mean: ProfileValues) -> float | None:
    varied = np.ptp(profile) > 0 and np.ptp(mean) > 0
    return float(stats.spearmanr(profile, mean).statistic) if varied else None


def _vesicle(number: int, sphere: _Sphere, source: GreySource, settings: FitSettings) -> Vesicle:
    voxel, darkest = source.voxel_size_nm, sphere.membrane.darkest
    half = sphere.membrane.edge - darkest
    reach = 0 if settings.rule is FitRule.PUBLISHED else half
    density = float(sphere.profile[max(darkest - reach, 0) : darkest + reach + 1].mean())
    z, y, x = (float(c) * voxel for c in sphere.centre_px)
    return Vesicle(
        number,
        z,
        y,
        x,
        sphere.radius_px * voxel,
        radius_mid_nm=min(darkest, sphere.radius_px) * voxel,
        membrane_thickness_nm=2 * half * voxel,
        membrane_density=source.sign * density,
        contrast=(source.sign * source.median - density) / source.deviation,
        flags=() if sphere.settled else (Flag.NOT_CONVERGED,),
    )
