"""Where a fit starts: the radius at which the surroundings of a point look most like a membrane."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.radial import Profile
from cryoves_app.analysis.shell import GreySource, View, wedge_weight

Array = NDArray[np.float64]

_BIN_NM = 0.5
#: Part of the profile around the mid-plane that is compared.
_COMPARED_NM = 6.0


def best_radius(
    source: GreySource,
    centre_nm: Array,
    radii_nm: tuple[float, float],
    profile: Profile,
    view: View,
    tilt_range_deg: float,
) -> tuple[float, float]:
    """The mid-plane radius, within a range, that explains the radial average around a point best.

    Returns
    -------
    radius_nm, gain
        ``gain`` is the sum of squares that the profile explains (0 where no radius shows a dark membrane).
    """
    distance, mean, weight = _radial_average(
        source, centre_nm, radii_nm[1] + _COMPARED_NM, view, tilt_range_deg
    )
    candidates = np.arange(radii_nm[0], radii_nm[1] + _BIN_NM / 2, _BIN_NM)
    gains = np.array([_gain(distance, mean, weight, radius, profile) for radius in candidates])
    at = int(np.argmax(gains))
    return float(candidates[at]), float(gains[at])


def _radial_average(
    source: GreySource, centre_nm: Array, reach_nm: float, view: View, tilt_range_deg: float
) -> tuple[Array, Array, Array]:
    voxel = source.voxel_size_nm
    shape = np.array(source.data.shape)
    centre = centre_nm / voxel
    low = np.clip(np.ceil(centre - reach_nm / voxel), 0, shape).astype(np.intp)
    high = np.clip(np.floor(centre + reach_nm / voxel) + 1, low, shape).astype(np.intp)
    grey = view.apply(source.box(low, high), voxel)
    z, y, x = (np.arange(a, b) * voxel - c for a, b, c in zip(low, high, centre_nm, strict=True))
    across = np.hypot(y[:, None], x[None, :])[None]
    beam = np.broadcast_to(z[:, None, None], grey.shape)
    across = np.broadcast_to(across, grey.shape)
    weight = wedge_weight(beam, across, tilt_range_deg).ravel()
    index = (np.sqrt(beam * beam + across * across) / _BIN_NM).astype(np.intp).ravel()
    size = int(reach_nm / _BIN_NM) + 2
    index = np.minimum(index, size - 1)
    total: Array = np.asarray(np.bincount(index, weight, size), np.float64)
    summed = np.bincount(index, weight * grey.ravel(), size)
    distance: Array = (np.arange(size, dtype=np.float64) + 0.5) * _BIN_NM
    total[-1] = 0.0
    mean = np.asarray(summed / np.maximum(total, 1e-9), np.float64)
    return distance, mean, np.asarray(total, np.float64)


def _gain(distance: Array, mean: Array, weight: Array, radius: float, profile: Profile) -> float:
    near = np.abs(distance - radius) <= _COMPARED_NM
    part, grey = weight[near], mean[near]
    if part.sum() <= 0:
        return 0.0
    model = profile.at(distance[near] - radius)[0]
    model = model - (part @ model) / part.sum()
    power = part @ model**2
    cross = part @ (model * grey)
    return float(cross * cross / power) if power > 0 and cross > 0 else 0.0
