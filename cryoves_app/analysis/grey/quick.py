"""A first look at a tomogram where there is no time to read it: level, deviation and contrast from small parts."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.blocks import grey_level
from cryoves_app.analysis.grey.contrast import ContrastEvidence, evidence_of, third_moments
from cryoves_app.domain.volume import VoxelArray

#: Values farther than this from the middle, in mean distances from it, are fills or wild.
_WILD = 16.0
_PLANES, _WIDEST_PX = 8, 512
_FINE_NM = 2.2
#: Voxels that are computed with in double precision at once.
_AT_ONCE = 1 << 16
#: Farther than so many deviations nothing enters into a smoothed value.
_TRUNCATE = 4.0
#: What varies less than this share of the first guess does not vary: it is a fill.
_FLAT = 0.05


def quick_level(data: VoxelArray, some: NDArray[np.float32]) -> tuple[float, float]:
    """Median and standard deviation of some finite voxels ``(n,)`` of a tomogram ``(z, y, x)``, all in raw grey.

    Fills and wild voxels do not count. The deviation is never 0.
    """
    known, deviation = some, _deviation(some)
    level = grey_level(data)
    if level is not None:
        middle, most = np.float32(level.middle), np.float32(_WILD * level.spread)
        is_good = np.concatenate([np.abs(part - middle) <= most for part in _parts(some)])
        good = some if is_good.all() else some[is_good]
        good_deviation = _deviation(good)
        if good_deviation > _FLAT * level.spread:
            known, deviation = good, good_deviation
    return (float(np.median(known)) if known.size else 0.0), deviation or 1.0


def _deviation(values: NDArray[np.float32]) -> float:
    """In double precision, but not all of it at once; 0 where there are no values."""
    if not values.size:
        return 0.0
    mean = values.mean(dtype=np.float64)
    return math.sqrt(sum(float(np.square(part - mean).sum()) for part in _parts(values)) / values.size)


def _parts(values: NDArray[np.float32]) -> list[NDArray[np.float32]]:
    return np.array_split(values, max(1, -(-values.size // _AT_ONCE)))


def quick_contrast(data: VoxelArray, voxel_size_nm: float) -> ContrastEvidence:
    """What some planes of a tomogram ``(z, y, x)``, in raw grey, say of the contrast (see ``contrast``)."""
    level = grey_level(data)
    if level is None:
        return ContrastEvidence(0.0, 0.0)
    sigma_px = max(_FINE_NM / voxel_size_nm, 1.0)
    seen = _middle(data.shape[1:], math.ceil(_TRUNCATE * sigma_px) + 1)
    moments = []
    for k in np.unique(np.linspace(0, data.shape[0] - 1, _PLANES + 2).round().astype(int)[1:-1]):
        plane = np.asarray(data[int(k), seen[0], seen[1]], np.float64)
        plane = (plane - level.middle) / level.spread
        plane = np.where(np.abs(plane) <= _WILD, plane, 0.0)  # not so where it is not finite, either
        smooth = ndimage.gaussian_filter(plane, sigma_px, truncate=_TRUNCATE)
        moments += third_moments(smooth.astype(np.float32)[_middle(plane.shape, 0)])
    return evidence_of(moments)


def _middle(shape: tuple[int, ...], margin_px: int) -> tuple[slice, ...]:
    width = _WIDEST_PX + 2 * margin_px
    return tuple(slice(max((n - width) // 2, 0), (n + width) // 2) for n in shape)
