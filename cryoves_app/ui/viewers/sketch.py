"""What a tool draws over the slices before anything is changed: spheres and points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.viewers.slicing import Plane, circles_in_slice

#: Points are shown in slices at most this many voxels away.
_NEAR_PX = 3.0
_POINT_PIXELS = 4.0


@dataclass(frozen=True)
class Sketch:
    """Spheres (centre and radius in voxels) and points; ``good`` says whether the image supports them."""

    spheres: tuple[tuple[Position, float], ...] = ()
    points: tuple[Position, ...] = ()
    good: bool = True

    def place(self, plane: Plane) -> Position | None:
        """Where a note stands: at the upper right of the first sphere."""
        if not self.spheres:
            return None
        centre, radius = self.spheres[0]
        at = list(centre)
        at[plane.horizontal] += radius * math.sqrt(0.5)
        at[plane.vertical] += radius * math.sqrt(0.5)
        return at[0], at[1], at[2]


def sketch_path(sketch: Sketch, plane: Plane, slice_at: float, voxels_per_pixel: float) -> QPainterPath:
    """The circles that a slice cuts from the spheres, with a cross at their centres, and the points as small dots."""
    path = QPainterPath()
    rows = np.array([(*centre, radius) for centre, radius in sketch.spheres], dtype=float).reshape(-1, 4)
    cut = circles_in_slice(rows, plane, slice_at)
    for x, y, r in zip(cut.horizontal, cut.vertical, cut.radius, strict=True):
        path.addEllipse(QPointF(x, y), r, r)
        path.moveTo(x - r / 6, y)
        path.lineTo(x + r / 6, y)
        path.moveTo(x, y - r / 6)
        path.lineTo(x, y + r / 6)
    size = _POINT_PIXELS * voxels_per_pixel
    for point in sketch.points:
        if abs(point[plane.normal] - slice_at) <= _NEAR_PX:
            path.addEllipse(QPointF(point[plane.horizontal], point[plane.vertical]), size, size)
    return path
