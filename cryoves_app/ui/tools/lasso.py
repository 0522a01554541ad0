"""Select every vesicle whose centre lies inside a drawn line, near this slice."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.picking import in_polygon
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool


class LassoTool(Tool):
    """Shift adds to the selection. Vesicles that this slice cuts are meant, not those above and below."""

    name = "lasso"
    title = "Lasso"
    icon = "lasso"
    shortcut = "L"
    hint = "Draw around vesicles of this slice, or in 3D (Ctrl: a box); Shift adds to the selection"
    gestures = (("drag", "Select what this slice cuts inside the line; Shift adds"),)
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, document: Document) -> None:
        self._document = document
        self._points: list[Position] = []

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        self._points = [at.position]

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        if self._points:
            self._points.append(at.position)
            surface.show_lasso([*self._points, self._points[0]])

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        points, self._points = self._points, []
        surface.show_lasso([])
        if len(points) < 3:
            return
        inside = self._inside(points, at)
        self._document.select([*self._document.selection, *inside] if at.shift else inside)

    def _inside(self, points: list[Position], at: Pointer) -> list[int]:
        plane, voxel = at.plane, self._document.voxel_size_nm
        cut = []
        for vesicle in self._document.vesicles:
            z, y, x, radius = vesicle.sphere.to_px(voxel)
            if abs((z, y, x)[plane.normal] - at.position[plane.normal]) < radius:
                cut.append((vesicle.id, (z, y, x)))
        if not cut:
            return []
        flat = np.array([[c[plane.horizontal], c[plane.vertical]] for _, c in cut])
        polygon = np.array([[p[plane.horizontal], p[plane.vertical]] for p in points])
        return [
            vesicle_id for (vesicle_id, _), hit in zip(cut, in_polygon(flat, polygon), strict=True) if hit
        ]
