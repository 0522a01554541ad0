"""What mouse and keys do over the oblique slice: pick, move the crosshair, turn the plane about it."""

from __future__ import annotations

import math
from typing import Protocol

from PySide6.QtCore import QObject, QPointF, Qt

from cryoves_app.analysis.geometry.oblique import Angles, turn_in_plane
from cryoves_app.domain.arrays import Position
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers import slicing
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.slice_canvas import SliceCanvas
from cryoves_app.ui.viewers.slice_mouse import caption_of
from cryoves_app.ui.viewers.swipe import Swipe
from cryoves_app.ui.viewers.tool import CLICK_PIXELS
from cryoves_app.ui.viewers.view_state import ViewState

DEGREES_PER_PIXEL = 0.4
#: Of an arrow key, alone and with Shift.
KEY_DEGREES, KEY_DEGREES_FAST = 1.0, 10.0
_WHEEL_ZOOM = 1.2
#: Turns about the plane's right, up and normal axis.
_KEYS = {
    Qt.Key.Key_Left: (0.0, -1.0, 0.0),
    Qt.Key.Key_Right: (0.0, 1.0, 0.0),
    Qt.Key.Key_Up: (-1.0, 0.0, 0.0),
    Qt.Key.Key_Down: (1.0, 0.0, 0.0),
    Qt.Key.Key_Comma: (0.0, 0.0, 1.0),
    Qt.Key.Key_Period: (0.0, 0.0, -1.0),
}
_STEPS = {Qt.Key.Key_PageUp: 1, Qt.Key.Key_PageDown: -1}


class PointedOblique(Protocol):
    """The oblique view as its mouse sees it; places are those of the canvas, from the crosshair."""

    canvas: SliceCanvas
    swipe: Swipe

    def vesicle_at(self, right: float, up: float) -> int | None: ...

    def place_of(self, right: float, up: float) -> Position: ...

    def go_to(self, right: float, up: float) -> None: ...

    def step(self, planes: int) -> None: ...

    def tell_hover(self, right: float, up: float) -> None: ...

    def tell_leave(self) -> None: ...


class ObliqueMouse(QObject):
    """A click picks a vesicle, or moves the crosshair; a drag turns the plane about it."""

    def __init__(self, view: PointedOblique, document: Document, state: ViewState) -> None:
        super().__init__(view.canvas)
        self._view, self._document, self._state = view, document, state
        self._start: tuple[Pointer, Angles] | None = None
        canvas = view.canvas
        canvas.pressed.connect(self._press)
        canvas.dragged.connect(self._drag)
        canvas.released.connect(self._release)
        canvas.hovered.connect(self.look)
        canvas.left.connect(self._leave)
        canvas.double_clicked.connect(lambda p: view.go_to(p.horizontal, p.vertical))
        canvas.wheel_turned.connect(self._wheel)
        canvas.right_dragged.connect(self._right_drag)
        canvas.wants_key = lambda key: key in _KEYS or key in _STEPS
        canvas.key_taken.connect(self._key)

    @property
    def _handedness(self) -> int:
        """-1 where rows count downwards: then the plane's normal points away from who looks at it."""
        return 1 if self._state.settings.row_zero_at_bottom else -1

    def _press(self, at: Pointer) -> None:
        self._start = at, self._state.settings.oblique_deg

    def _drag(self, at: Pointer) -> None:
        if self._start is None or self._view.canvas.travelled_px <= CLICK_PIXELS:
            return
        start, angles = self._start
        if start.shift:
            turned = turn_in_plane(angles, 0.0, 0.0, -_turn_between(start, at))
        else:
            right, up = (
                (b - a) / at.voxels_per_pixel * DEGREES_PER_PIXEL * self._handedness
                for a, b in ((start.horizontal, at.horizontal), (start.vertical, at.vertical))
            )
            turned = turn_in_plane(angles, -up, right)
        self._state.change(oblique_deg=turned)

    def _release(self, at: Pointer) -> None:
        start, self._start = self._start, None
        if start is None or self._view.canvas.travelled_px > CLICK_PIXELS:
            return
        found = self._view.vesicle_at(at.horizontal, at.vertical)
        if found is None:
            self._view.go_to(at.horizontal, at.vertical)
        elif at.shift or at.control:
            self._document.toggle(found)
        else:
            self._document.select([found])

    def _wheel(self, at: Pointer, steps: float) -> None:
        if at.control != self._state.settings.mouse.way.wheel_zooms:
            self._view.canvas.zoom(_WHEEL_ZOOM**steps, QPointF(at.horizontal, at.vertical))
        else:
            self._view.step(round(steps) or (1 if steps > 0 else -1))

    def _right_drag(self, right: float, up: float) -> None:
        name = self._view.swipe.levels_under(self._view.canvas.pressed_place)
        levels = getattr(self._state.settings, name)
        self._state.change(**{name: slicing.drag_levels(levels, right, up)})

    def _key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        if key in _STEPS:
            self._view.step(_STEPS[key])
            return
        fast = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
        degrees = (KEY_DEGREES_FAST if fast else KEY_DEGREES) * self._handedness
        about_right, about_up, about_normal = (degrees * part for part in _KEYS[key])
        turned = turn_in_plane(self._state.settings.oblique_deg, about_right, about_up, about_normal)
        self._state.change(oblique_deg=turned)

    def look(self, at: Pointer) -> None:
        """What lies there."""
        found = self._view.vesicle_at(at.horizontal, at.vertical)
        vesicle = self._document.vesicles.get(found) if found is not None else None
        self._view.canvas.caption = caption_of(vesicle) if vesicle else ""
        self._view.canvas.viewport().update()
        self._view.tell_hover(at.horizontal, at.vertical)

    def look_again(self) -> None:
        """Something else lies under a mouse that rests."""
        resting = self._view.canvas.resting_pointer()
        if resting is not None:
            self.look(resting)

    def _leave(self) -> None:
        self._view.canvas.caption = ""
        self._view.tell_leave()


def _turn_between(start: Pointer, at: Pointer) -> float:
    """Degrees about the crosshair from one place to another."""
    before, now = (math.atan2(p.vertical, p.horizontal) for p in (start, at))
    return math.degrees(now - before)
