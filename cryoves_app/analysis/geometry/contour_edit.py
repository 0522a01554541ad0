"""Lines drawn by hand: thinned out, and planes painted with a brush."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cryoves_app.analysis.geometry.regions import stroke_slice
from cryoves_app.analysis.geometry.thinning import thinned
from cryoves_app.analysis.geometry.tubes import Line
from cryoves_app.domain.arrays import MaskPlane, Position


def simplify_line(points_px: Sequence[Position], tolerance_px: float) -> tuple[Position, ...]:
    """The points of a line on one slice without those that lie this near to the way between the others."""
    points = np.asarray(points_px, dtype=np.float64)
    kept = thinned(points[:, 1:], tolerance_px)
    return tuple((float(points[0, 0]), float(y), float(x)) for y, x in kept)


def paint_stroke(
    plane: MaskPlane,
    start: tuple[float, float],
    end: tuple[float, float],
    radius_px: float,
    *,
    erase: bool,
) -> None:
    """Paint along a stroke from one place to another, or clear what lies there.

    Parameters
    ----------
    plane : (y, x) bool array
        Changed in place.
    start, end
        ``y, x`` in voxels.
    radius_px
        Of the brush.
    """
    path = np.array([start, end])
    low = np.maximum(np.floor(path.min(axis=0) - radius_px), 0).astype(int)
    high = np.maximum(np.ceil(path.max(axis=0) + radius_px).astype(int) + 1, low)
    part = plane[low[0] : high[0], low[1] : high[1]]
    touched = np.zeros(part.shape, bool)
    line = Line(np.column_stack([(0.0, 0.0), path - low]), closed=False)
    stroke_slice(touched, [line], 0, radius_px)
    part[touched] = not erase
