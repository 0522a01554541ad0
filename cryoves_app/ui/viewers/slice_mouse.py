"""What the mouse does over a slice: the tool in use comes first, then looking around."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, SignalInstance

from cryoves_app.domain import measures
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.mouse_habits import Way
from cryoves_app.ui.viewers import slicing
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.slice_canvas import SliceCanvas
from cryoves_app.ui.viewers.tool import SliceSurface, Tool, is_click, pan_with
from cryoves_app.ui.viewers.view_state import ViewState

#: What a step of the wheel, and a drag over the whole way of the right button, zoom by.
_WHEEL_ZOOM, _DRAG_ZOOM = 1.2, 6.0


class PointedSlice(SliceSurface, Protocol):
    """The slice view as its mouse sees it."""

    plane: slicing.Plane
    hovered: SignalInstance

    def step(self, slices: int) -> None: ...


class SliceMouse(QObject):
    """Hands the canvas's mouse and keys to the tool in use, and does what the tool leaves."""

    def __init__(self, view: PointedSlice, canvas: SliceCanvas, document: Document, state: ViewState) -> None:
        super().__init__(canvas)
        self._view, self._canvas, self._document, self._state = view, canvas, document, state
        self.tool = Tool()
        #: Which of the settings has the contrast of what is seen at a place.
        self.levels_under: Callable[[QPointF], str] = lambda _place: "levels"
        self._taken: Pointer | None = None  # where a drag that shifts the view began
        canvas.pressed.connect(lambda p: self._press(self._placed(p)))
        canvas.dragged.connect(lambda p: self._drag(self._placed(p)))
        canvas.released.connect(lambda p: self._release(self._placed(p)))
        canvas.hovered.connect(self._hover)
        canvas.left.connect(self._leave)
        canvas.double_clicked.connect(self._double_click)
        canvas.wants_key = lambda key: self.tool.wants(key)
        canvas.key_taken.connect(lambda key, modifiers: self.tool.key(view, key, modifiers))
        canvas.wheel_turned.connect(self._wheel)
        canvas.right_dragged.connect(self._right_drag)

    def _placed(self, pointer: Pointer) -> Pointer:
        """The pointer on the slice that is shown."""
        plane = self._view.plane
        normal = self._document.cursor[plane.normal]
        position = plane.position(pointer.horizontal, pointer.vertical, normal)
        return Pointer(plane, position, pointer.voxels_per_pixel, pointer.modifiers)

    @property
    def _way(self) -> Way:
        return self._state.settings.mouse.way

    def _press(self, at: Pointer) -> None:
        """Where a drag may shift the view, the tool learns of a click when it is one."""
        self._taken = at if self._way.left_drag_pans and self.tool.only_clicks else None
        if self._taken is None:
            self.tool.press(self._view, at)

    def _drag(self, at: Pointer) -> None:
        if self._taken is None:
            self.tool.drag(self._view, at)
        elif not is_click(self._view):
            pan_with(self._view, self._taken, at)

    def _release(self, at: Pointer) -> None:
        taken, self._taken = self._taken, None
        if taken is not None:
            if not is_click(self._view):
                return
            self.tool.press(self._view, taken)
        self.tool.release(self._view, at)

    def _hover(self, pointer: Pointer) -> None:
        placed = self._placed(pointer)
        self._tell(placed)
        self.tool.hover(self._view, placed)

    def _tell(self, placed: Pointer) -> None:
        """What lies there."""
        found = self._view.vesicle_under(placed)
        vesicle = self._document.vesicles.get(found) if found is not None else None
        self._canvas.caption = caption_of(vesicle) if vesicle else ""
        self._canvas.viewport().update()
        self._view.hovered.emit(placed)

    def look_again(self) -> None:
        """The slice has moved under a mouse that rests, or the vesicles have changed: something else lies there now."""
        resting = self._canvas.resting_pointer()
        if resting is not None:
            self._tell(self._placed(resting))

    def _leave(self) -> None:
        self._canvas.caption = ""
        self.tool.leave(self._view)
        self._view.hovered.emit(None)

    def _double_click(self, pointer: Pointer) -> None:
        placed = self._placed(pointer)
        if not self.tool.double_click(self._view, placed):
            self._document.move_cursor(placed.position)
            self._document.fly_requested.emit(None)

    def _wheel(self, pointer: Pointer, steps: float) -> None:
        """Zoom or go through the slices, with Ctrl the other one of the two."""
        if not pointer.control and self.tool.wheel(self._view, self._placed(pointer), steps):
            return
        if pointer.control != self._way.wheel_zooms:
            self._canvas.zoom(_WHEEL_ZOOM**steps, QPointF(pointer.horizontal, pointer.vertical))
        else:
            self._view.step(round(steps) or (1 if steps > 0 else -1))

    def _right_drag(self, right: float, up: float) -> None:
        if self._way.right_drag_zooms:
            self._canvas.zoom(math.exp(_DRAG_ZOOM * up), self._canvas.pressed_place)
        else:
            name = self.levels_under(self._canvas.pressed_place)
            levels = getattr(self._state.settings, name)
            self._state.change(**{name: slicing.drag_levels(levels, right, up)})


def caption_of(vesicle: Vesicle) -> str:
    """What stands in the corner while the mouse is over a vesicle."""
    parts = [
        f"#{vesicle.id}",
        f"radius {vesicle.radius_nm:.1f} nm",
        measures.format_p(vesicle.p_value),
        vesicle.status,
    ]
    if vesicle.reason:
        parts.append(vesicle.reason)
    return " · ".join(parts)
