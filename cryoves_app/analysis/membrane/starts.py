"""Where a fit starts: the radius at which the surroundings of a point look most like a membrane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cryoves_app.analysis.membrane.radial import Profile
from cryoves_app.analysis.membrane.shell import GreySource, View, wedge_weight
from cryoves_app.domain.arrays import Array, MidSphere

_BIN_NM = 0.5
#: Part of the profile around the mid-plane that is compared.
_COMPARED_NM = 6.0
#: An average over this many voxels is good enough; of larger boxes every second, third, … voxel is taken.
_ENOUGH_VOXELS = 300_000
#: Places known this well need no search: the fit converges from there.
_FINE_NM = 3.0


def best_radius(
    source: GreySource,
    centre_nm: Array,
    radii_nm: tuple[float, float],
    profile: Profile,
    view: View,
    tilt_range_deg: float,
    smear_nm: float = 0.0,
) -> tuple[float, float]:
    """The mid-plane radius, within a range, that explains the radial average around a point best.

    Parameters
    ----------
    centre_nm : (3,) array
        ``z, y, x`` in nm.
    radii_nm
        The smallest and largest mid-plane radius to try.
    smear_nm
        By how much a centre that is off smears the ring out; above 0 a dark band of that width is looked for.

    Returns
    -------
    radius_nm, gain
        ``gain`` is the sum of squares that the profile explains (0 where no radius shows a dark membrane).
    """
    compared = _COMPARED_NM + smear_nm
    shape = _band(smear_nm) if smear_nm > 0 else lambda away: profile.at(away)[0].astype(np.float64)
    distance, mean, weight = _radial_average(source, centre_nm, radii_nm[1] + compared, view, tilt_range_deg)
    candidates = np.arange(radii_nm[0], radii_nm[1] + _BIN_NM / 2, _BIN_NM)
    gains = _gains(distance, mean, weight, candidates, shape, compared)
    at = int(np.argmax(gains))
    return float(candidates[at]), float(gains[at])


def best_start(
    source: GreySource,
    centre_nm: Array,
    radii_nm: tuple[float, float],
    profile: Profile,
    tilt_range_deg: float,
    uncertainty_nm: float,
) -> tuple[MidSphere, float]:
    """Centre and radius near a point that is known only roughly.

    A pattern search: steps along the axes, halved when none helps. A ring is seen as one only while the centre is off
    by less than a membrane's width, so rough places (from a coarse grid) need this before a fit.

    Parameters
    ----------
    centre_nm : (3,) array
        ``z, y, x`` in nm.
    radii_nm
        The smallest and largest mid-plane radius to try.
    uncertainty_nm
        How far off the centre may be.

    Returns
    -------
    start : (4,) array
        ``z, y, x`` and mid-plane radius in nm.
    gain : float
        As for ``best_radius``.
    """
    view = View()
    centre = np.array(centre_nm, float)
    step = uncertainty_nm
    while step > _FINE_NM:
        tried = [centre + step * axis for axis in np.vstack([np.zeros(3), np.eye(3), -np.eye(3)])]
        gains = [best_radius(source, c, radii_nm, profile, view, tilt_range_deg, step)[1] for c in tried]
        best = int(np.argmax(gains))
        centre = tried[best]
        if best == 0:
            step /= 2
    radius, gain = best_radius(source, centre, radii_nm, profile, view, tilt_range_deg)
    return np.array([*centre, radius]), gain


def _radial_average(
    source: GreySource, centre_nm: Array, reach_nm: float, view: View, tilt_range_deg: float
) -> tuple[Array, Array, Array]:
    voxel = source.voxel_size_nm
    shape = np.array(source.data.shape)
    centre = centre_nm / voxel
    low = np.clip(np.ceil(centre - reach_nm / voxel), 0, shape).astype(np.intp)
    high = np.clip(np.floor(centre + reach_nm / voxel) + 1, low, shape).astype(np.intp)
    stride = max(1, round((float(np.prod(high - low)) / _ENOUGH_VOXELS) ** (1 / 3)))
    box = source.read(low, high)
    grey = view.apply(box.grey, voxel)[::stride, ::stride, ::stride]
    z, y, x = (np.arange(a, b, stride) * voxel - c for a, b, c in zip(low, high, centre_nm, strict=True))
    across = np.hypot(y[:, None], x[None, :])[None]
    beam = np.broadcast_to(z[:, None, None], grey.shape)
    across = np.broadcast_to(across, grey.shape)
    weight = wedge_weight(beam, across, tilt_range_deg).ravel()
    if box.empty is not None:
        weight = weight * ~box.empty[::stride, ::stride, ::stride].ravel()
    index = (np.sqrt(beam * beam + across * across) / _BIN_NM).astype(np.intp).ravel()
    size = int(reach_nm / _BIN_NM) + 2
    index = np.minimum(index, size - 1)
    total: Array = np.asarray(np.bincount(index, weight, size), np.float64)
    summed = np.bincount(index, weight * grey.ravel(), size)
    distance: Array = (np.arange(size, dtype=np.float64) + 0.5) * _BIN_NM
    total[-1] = 0.0
    mean = np.asarray(summed / np.maximum(total, 1e-9), np.float64)
    return distance, mean, np.asarray(total, np.float64)


def _band(width_nm: float) -> Callable[[Array], Array]:
    """A dark Gaussian band about the mid-plane."""
    spread = np.hypot(3.0, width_nm / 2)
    return lambda away: -np.exp(-0.5 * (away / spread) ** 2)


def _gains(
    distance: Array,
    mean: Array,
    weight: Array,
    radii: Array,
    shape: Callable[[Array], Array],
    compared_nm: float,
) -> Array:
    """For each radius, what a profile there explains of the radial average; 0 where it would have to be bright."""
    away = distance[None] - radii[:, None]
    part = weight * (np.abs(away) <= compared_nm)
    total = np.maximum(part.sum(axis=1), 1e-30)
    model = shape(away)
    model = model - ((part * model).sum(axis=1) / total)[:, None]
    weighted = part * model
    power, cross = (weighted * model).sum(axis=1), weighted @ mean
    dark = (power > 0) & (cross > 0)
    return np.asarray(np.where(dark, cross**2 / np.where(dark, power, 1.0), 0.0))
