"""Bands of voxels as lines with a tube: an active zone that comes as labels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.graph import MCP
from skimage.measure import label
from skimage.morphology import skeletonize

from cryoves_app.analysis.geometry.thinning import thinned
from cryoves_app.domain.arrays import Mask, MaskPlane
from cryoves_app.domain.region import Contour

_Path = NDArray[np.intp]

#: Points that lie this near to the way between the others are left out.
_TOLERANCE_PX = 0.5
#: Bands are narrower at their ends, above and below: the width is that of the wider places (a percentile).
_FULL_WIDTH = 75


def centre_lines(mask: Mask) -> tuple[tuple[Contour, ...], float]:
    """The middle of a mask's bands as lines, slice by slice.

    Parameters
    ----------
    mask : (z, y, x) array
        Above 0 inside, else 0. Side branches of a band are left out; dots of a single voxel have no line.

    Returns
    -------
    lines
        Open contours.
    half_width_px : float
        Half the bands' width in voxels; 0.5 where there is none.
    """
    lines: list[Contour] = []
    half_widths: list[NDArray[np.float64]] = []
    for z, plane in enumerate(mask > 0):
        if not plane.any():
            continue
        depth = distance_transform_edt(np.pad(plane, 1))[1:-1, 1:-1]
        for path in _paths(skeletonize(plane)):
            half_widths.append(
                depth[tuple(path.T)] - 0.5
            )  # to the border between voxels, not to the next centre
            kept = thinned(path, _TOLERANCE_PX)
            lines.append(Contour(tuple((float(z), float(y), float(x)) for y, x in kept), closed=False))
    half_width = float(np.percentile(np.concatenate(half_widths), _FULL_WIDTH)) if half_widths else 0.5
    return tuple(lines), half_width


def _paths(skeleton: MaskPlane) -> Iterator[_Path]:
    """The longest way through each connected part ``(n, 2)``."""
    parts = label(skeleton, connectivity=2)
    for number in range(1, int(parts.max()) + 1):
        part = parts == number
        if part.sum() > 1:
            yield _longest_way(part)


def _longest_way(part: MaskPlane) -> _Path:
    ways = MCP(np.where(part, 1.0, -1.0), fully_connected=True)
    start = _farthest(ways, tuple(np.argwhere(part)[0]))
    return np.array(ways.traceback(_farthest(ways, start)))


def _farthest(ways: MCP, start: tuple[int, ...]) -> tuple[int, ...]:
    """The pixel with the longest way from a start; ``ways`` then knows the way there."""
    costs, _ = ways.find_costs([start])
    return tuple(
        int(i) for i in np.unravel_index(np.where(np.isfinite(costs), costs, -1).argmax(), costs.shape)
    )
