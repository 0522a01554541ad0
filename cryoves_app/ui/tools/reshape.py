"""Move a vesicle by its inside, resize it by its rim or by the wheel."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt

from cryoves_app.domain.geometry import Sphere
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.tools.held import SMALLEST_RADIUS_PX, Held
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool, is_click, pan_with

#: A press this near to the rim, in screen pixels, takes the rim.
RIM_PIXELS = 6
#: One turn of the wheel changes the radius by this many voxels (Shift: a tenth).
WHEEL_PX = 0.5


class ReshapeTool(Tool):
    name = "reshape"
    title = "Move and resize"
    icon = "arrow-all"
    shortcut = "R"
    hint = "Drag the inside to move, the rim or the wheel to resize; in 3D drag along the screen"
    gestures = (
        (
            "drag",
            "The inside moves a vesicle or the whole selection, its rim resizes it; beside all of them: pan",
        ),
        ("wheel", "Over a selected vesicle: resize by half a voxel (Shift: a twentieth)"),
    )
    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, document: Document, editor: VesicleEditor) -> None:
        self._document, self._editor = document, editor
        self._start: Pointer | None = None
        self._held: Held | None = None
        self._by_rim = False

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        found = surface.vesicle_under(at)
        vesicle = self._document.vesicles.get(found) if found is not None else None
        self._start, self._held = at, None
        if vesicle is None:
            return
        if at.shift or at.control:
            self._document.toggle(vesicle.id)
        elif self._editor.can_edit:
            self._held = Held.take(self._document, vesicle)
            self._by_rim = self._is_on_rim(vesicle.sphere, at)
        else:
            self._document.select([vesicle.id])

    def _is_on_rim(self, sphere: Sphere, at: Pointer) -> bool:
        z, y, x, radius = sphere.to_px(self._document.voxel_size_nm)
        centre = (z, y, x)
        normal = at.plane.normal
        circle = math.sqrt(max(radius**2 - (at.position[normal] - centre[normal]) ** 2, 0.0))
        away = math.hypot(
            at.horizontal - centre[at.plane.horizontal], at.vertical - centre[at.plane.vertical]
        )
        return away > circle - RIM_PIXELS * at.voxels_per_pixel

    def _changed(self, at: Pointer) -> dict[int, Sphere]:
        """What the vesicles become if the button is let go here."""
        if self._start is None or self._held is None:
            return {}
        if self._by_rim:
            centre = self._held.taken.to_px(self._document.voxel_size_nm)[:3]
            return self._held.resized(max(math.dist(at.position, centre), SMALLEST_RADIUS_PX))
        dz, dy, dx = (a - b for a, b in zip(at.position, self._start.position, strict=True))
        return self._held.moved((dz, dy, dx))

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        if self._held is not None:
            surface.show_sketch(self._held.sketch(self._changed(at)))
        elif self._start is not None:
            pan_with(surface, self._start, at)

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        start, held, spheres = self._start, self._held, self._changed(at)
        self._start = self._held = None
        if held is None:
            if start is not None and is_click(surface) and surface.vesicle_under(at) is None:
                self._document.select([])
            return
        surface.show_sketch([])
        if start is not None and at.position != start.position:
            self._editor.set_spheres(spheres, "Resize" if self._by_rim else "Move")

    def wheel(self, surface: SliceSurface, at: Pointer, steps: float) -> bool:
        """Over a selected vesicle the wheel resizes the selection; elsewhere it turns slices."""
        if surface.vesicle_under(at) not in self._document.selection:
            return False
        return self._editor.resize_by_px(steps * WHEEL_PX * (0.1 if at.shift else 1.0))
