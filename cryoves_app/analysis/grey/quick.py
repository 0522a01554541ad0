"""A first look at a tomogram where there is no time to read it: level, deviation and contrast from small parts."""

from __future__ import annotations

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
#: What varies less than this share of the first guess does not vary: it is a fill.
_FLAT = 0.05


def quick_level(data: VoxelArray, some: NDArray[np.float32]) -> tuple[float, float]:
    """Median and standard deviation of some voxels ``(n,)`` of a tomogram ``(z, y, x)``, all in raw grey.

    Fills and wild voxels do not count. The deviation is never 0.
    """
    known = some[np.isfinite(some)]
    level = grey_level(data)
    if level is not None:
        good = known[np.abs(known - np.float32(level.middle)) <= np.float32(_WILD * level.spread)]
        if good.size and good.std(dtype=np.float64) > _FLAT * level.spread:
            known = good
    deviation = float(known.std(dtype=np.float64)) if known.size else 0.0
    return (float(np.median(known)) if known.size else 0.0), deviation or 1.0


def quick_contrast(data: VoxelArray, voxel_size_nm: float) -> ContrastEvidence:
    """What some planes of a tomogram ``(z, y, x)``, in raw grey, say of the contrast (see ``contrast``)."""
    level = grey_level(data)
    if level is None:
        return ContrastEvidence(0.0, 0.0)
    moments = []
    for k in np.unique(np.linspace(0, data.shape[0] - 1, _PLANES + 2).round().astype(int)[1:-1]):
        plane = np.asarray(data[int(k)], np.float64)
        plane = (plane - level.middle) / level.spread
        plane = np.where(np.abs(plane) <= _WILD, plane, 0.0)  # not so where it is not finite, either
        smooth = ndimage.gaussian_filter(plane, max(_FINE_NM / voxel_size_nm, 1.0))
        moments += third_moments(smooth.astype(np.float32)[_middle(plane.shape)])
    return evidence_of(moments)


def _middle(shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(max((n - _WIDEST_PX) // 2, 0), (n + _WIDEST_PX) // 2) for n in shape)
