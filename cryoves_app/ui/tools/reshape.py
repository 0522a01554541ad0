"""Move a vesicle by its inside, resize it by its rim or by the wheel."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import Qt

from cryoves_app.domain.geometry import Sphere
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool

#: A press this near to the rim, in screen pixels, takes the rim.
RIM_PIXELS = 6
SMALLEST_RADIUS_PX = 0.5
#: One turn of the wheel changes the radius by this many voxels (Shift: a tenth).
WHEEL_PX = 0.5


class ReshapeTool(Tool):
    name = "reshape"
    title = "Move and resize"
    icon = "arrow-all"
    shortcut = "R"
    hint = "Drag the inside to move, the rim or the wheel to resize; in 3D drag along the screen"
    gestures = (
        ("drag", "The inside moves a vesicle, its rim resizes it"),
        ("wheel", "Over the selected vesicle: resize by half a voxel (Shift: a twentieth)"),
    )
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, document: Document, editor: VesicleEditor) -> None:
        self._document, self._editor = document, editor
        self._start: Pointer | None = None
        self._from: Sphere | None = None
        self._id = 0
        self._by_rim = False

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        found = surface.vesicle_under(at)
        vesicle = self._document.vesicles.get(found) if found is not None else None
        self._document.select([] if found is None else [found])
        if vesicle is None or not self._editor.can_edit:
            self._start = None
            return
        self._id, self._start, self._from = vesicle.id, at, vesicle.sphere
        self._by_rim = self._is_on_rim(vesicle.sphere, at)

    def _is_on_rim(self, sphere: Sphere, at: Pointer) -> bool:
        z, y, x, radius = sphere.to_px(self._document.voxel_size_nm)
        centre = (z, y, x)
        normal = at.plane.normal
        circle = math.sqrt(max(radius**2 - (at.position[normal] - centre[normal]) ** 2, 0.0))
        away = math.hypot(
            at.horizontal - centre[at.plane.horizontal], at.vertical - centre[at.plane.vertical]
        )
        return away > circle - RIM_PIXELS * at.voxels_per_pixel

    def _changed(self, at: Pointer) -> Sphere | None:
        if self._start is None or self._from is None:
            return None
        voxel = self._document.voxel_size_nm
        if self._by_rim:
            centre = self._from.to_px(voxel)[:3]
            radius = max(math.dist(at.position, centre), SMALLEST_RADIUS_PX)
            return replace(self._from, radius_nm=radius * voxel)
        dz, dy, dx = ((a - b) * voxel for a, b in zip(at.position, self._start.position, strict=True))
        sphere = self._from
        return replace(sphere, z_nm=sphere.z_nm + dz, y_nm=sphere.y_nm + dy, x_nm=sphere.x_nm + dx)

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        sphere = self._changed(at)
        if sphere is not None:
            z, y, x, radius = sphere.to_px(self._document.voxel_size_nm)
            surface.show_sketch([((z, y, x), radius)])

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        sphere = self._changed(at)
        moved = self._start is not None and at.position != self._start.position
        self._start = None
        surface.show_sketch([])
        if sphere is not None and moved:
            self._editor.set_sphere(self._id, sphere, "Resize" if self._by_rim else "Move")

    def wheel(self, surface: SliceSurface, at: Pointer, steps: float) -> bool:
        """Over the current vesicle the wheel resizes; elsewhere it turns slices."""
        current = self._document.current
        if current is None or surface.vesicle_under(at) != current.id:
            return False
        return self._editor.resize_by_px(steps * WHEEL_PX * (0.1 if at.shift else 1.0))
