"""Which line of a region, and which part of it, is under the mouse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.region import Contour
from cryoves_app.ui.viewers.picking import nearest_edge, nearest_point
from cryoves_app.ui.viewers.pointer import Pointer

#: This near, in screen pixels, the mouse takes a point or an edge.
POINT_PIXELS, EDGE_PIXELS = 8, 5


@dataclass(frozen=True)
class Hit:
    """A point of a line (``index``), or the edge that begins at it."""

    contour: Contour
    index: int
    is_point: bool

    def moved_to(self, position: Position) -> Contour:
        """The line with the point there; an edge gets a new point."""
        points = list(self.contour.points_px)
        if self.is_point:
            points[self.index] = position
        else:
            points.insert(self.index + 1, position)
        return replace(self.contour, points_px=tuple(points))

    @property
    def place(self) -> int:
        """Where the point stands in the line that ``moved_to`` gives."""
        return self.index if self.is_point else self.index + 1

    def without(self) -> Contour | None:
        """The line without the point; nothing where too few are left, or an edge was hit: the line goes."""
        points = self.contour.points_px
        least = 3 if self.contour.closed else 2
        if not self.is_point or len(points) <= least:
            return None
        return replace(self.contour, points_px=points[: self.index] + points[self.index + 1 :])


def hit_at(contours: Iterable[Contour], at: Pointer) -> Hit | None:
    """What a press there takes: points before edges, the nearest of each."""
    place = np.array([at.position[1], at.position[2]])
    found: list[tuple[bool, float, Hit]] = []
    for contour in contours:
        flat = np.array([(y, x) for _, y, x in contour.points_px])
        index, distance = nearest_point(flat, place)
        if distance <= POINT_PIXELS * at.voxels_per_pixel:
            found.append((False, distance, Hit(contour, index, True)))
        index, distance = nearest_edge(flat, place, closed=contour.closed)
        if distance <= EDGE_PIXELS * at.voxels_per_pixel:
            found.append((True, distance, Hit(contour, index, False)))
    return min(found, key=lambda item: item[:2])[2] if found else None
