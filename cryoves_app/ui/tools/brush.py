"""Paint on a slice of a region, or erase: the outlines of what was painted become its contours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from cryoves_app.analysis.geometry.contour_edit import paint_stroke
from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.domain.region import Contour, RegionKind
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.region_editor import RegionEditor
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.regions.region_cuts import RegionCuts
from cryoves_app.ui.viewers.regions.region_model import PaintedSlice, RegionModel
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.ui.viewers.tool import SliceSurface, Tool

FIRST_RADIUS_NM, SMALLEST_RADIUS_PX = 20.0, 0.5
#: One turn of the wheel makes the brush this many times larger.
WHEEL_FACTOR = 1.15
OTHER_PLANES = "Paint in XY: regions are outlined on z slices. A click here chooses the slice"
LINE_ONLY = "An active zone is a line with a tube: draw it with the contour tool (C), or make it another kind"
READY = "Brush {:.0f} nm · Ctrl erases · Shift + wheel: size"


class BrushTool(Tool, QObject):
    """Drag paints, with Ctrl it erases; Shift and the wheel change the size."""

    name = "brush"
    title = "Paint regions"
    icon = "brush"
    shortcut = "Shift+C"
    hint = "Paint in XY, with Ctrl erase; Shift and the wheel: size"
    gestures = (("drag", "Paint in XY; with Ctrl erase"), ("Shift + wheel", "Size of the brush"))
    cursor = Qt.CursorShape.CrossCursor
    shown = Signal(str)

    def __init__(
        self, document: Document, editor: RegionEditor, model: RegionModel, cuts: RegionCuts
    ) -> None:
        QObject.__init__(self)
        self._document, self._editor, self._model, self._cuts = document, editor, model, cuts
        self.radius_nm = FIRST_RADIUS_NM
        self._plane: NDArray[np.bool_] | None = None
        self._last: Pointer | None = None
        self._erase = False
        document.volume_changed.connect(self._forget)

    @property
    def _radius_px(self) -> float:
        return max(self.radius_nm / self._document.voxel_size_nm, SMALLEST_RADIUS_PX)

    def _forget(self) -> None:
        self._plane = self._last = None
        self._model.set_painted(None)

    # -- the mouse

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        if at.plane is not Plane.XY:
            self._document.move_cursor(at.position)
            self.shown.emit(OTHER_PLANES)
        elif self._model.kind is RegionKind.ACTIVE_ZONE:
            self.shown.emit(LINE_ONLY)
        elif self._editor.can_edit and self._document.volume is not None:
            self._erase = at.control
            self._plane = self._before(round(at.position[0]), self._document.volume.shape)
            self._paint(at, at)

    def _before(self, z: int, shape: tuple[int, int, int]) -> NDArray[np.bool_]:
        """The slice as it is, with what is filled between drawn slices."""
        current = self._model.current
        return self._cuts.slice_of(current, z) if current else np.zeros(shape[1:], bool)

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        if self._plane is not None and self._last is not None:
            self._paint(self._last, at)
        self._show_size(surface, at)

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        plane, last = self._plane, self._last
        self._forget()
        if plane is None or last is None:
            return
        z = round(last.position[0])
        found = outlines(plane[None], (z, 0, 0))
        if self._model.current is None:
            self._begin(found)
        else:
            self._editor.set_slice(z, found, "Erase on" if self._erase else "Paint on")

    def _begin(self, found: tuple[Contour, ...]) -> None:
        if found:
            self._editor.begin_with(found)

    def double_click(self, surface: SliceSurface, at: Pointer) -> bool:
        """Two quick dabs are two dabs."""
        self.press(surface, at)
        self.release(surface, at)
        return at.plane is Plane.XY

    def hover(self, surface: SliceSurface, at: Pointer) -> None:
        self._show_size(surface, at)
        self.shown.emit(READY.format(2 * self.radius_nm) if at.plane is Plane.XY else OTHER_PLANES)

    def wheel(self, surface: SliceSurface, at: Pointer, steps: float) -> bool:
        if not at.shift:
            return False
        self.radius_nm *= WHEEL_FACTOR**steps
        self.hover(surface, at)
        return True

    def leave(self, surface: SliceSurface) -> None:
        surface.show_sketch([])
        self.shown.emit("")

    def _show_size(self, surface: SliceSurface, at: Pointer) -> None:
        surface.show_sketch(
            [(at.position, self._radius_px)] if at.plane is Plane.XY else [], good=not self._erase
        )

    def _paint(self, start: Pointer, end: Pointer) -> None:
        assert self._plane is not None
        (_, y0, x0), (_, y1, x1) = start.position, end.position
        paint_stroke(self._plane, (y0, x0), (y1, x1), self._radius_px, erase=self._erase)
        self._last = end
        self._model.set_painted(PaintedSlice(self._model.kind, round(end.position[0]), self._plane))
