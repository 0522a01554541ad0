"""Draw the lines of regions: point by point or by hand, and mend them afterwards."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal

from cryoves_app.analysis.geometry.contour_edit import simplify_line
from cryoves_app.domain.arrays import Position
from cryoves_app.domain.region import Contour, RegionKind
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.region_editor import RegionEditor
from cryoves_app.ui.tools.contour_hits import POINT_PIXELS, Hit, hit_at
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.regions.region_model import Draft, RegionModel
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.ui.viewers.tool import SliceSurface, Tool

#: A press that moves further than this many screen pixels draws by hand.
CLICK_PIXELS = 5
#: Points of a line drawn by hand may be left out where it moves by less than this, in screen pixels and in voxels.
TOLERANCE_PIXELS, TOLERANCE_PX = 0.75, 0.25
OTHER_PLANES = "Draw in XY: contours lie on z slices. A click here chooses the slice"
DRAWING = "{} points · Enter finishes · Backspace: one back · Esc: none"
READY = "{}: click points, or draw with the button held"
POINT = "Drag the point; Del removes it"
EDGE = "Drag to insert a point; Del removes the line"
_FINISH = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class _Grip:
    """A point that is being dragged, and where the drag began."""

    hit: Hit
    start: Pointer


class ContourTool(Tool, QObject):
    """Clicks and drags draw in XY; near a line of the current region they mend it."""

    name = "contour"
    title = "Draw regions"
    icon = "vector-polygon"
    shortcut = "C"
    hint = "Click points in XY, or draw with the button held; near a line: drag its points"
    gestures = (
        ("clicks, drag", "Points of a line in XY, or a line by hand"),
        ("Enter, double click", "Finish the line; a click on its first point closes it"),
        ("Backspace, Esc", "Take back the last point, or all of them"),
        ("drag near a line", "Move a point, or insert one; Del removes what is under the mouse"),
    )
    cursor = Qt.CursorShape.CrossCursor
    shown = Signal(str)

    def __init__(self, document: Document, editor: RegionEditor, model: RegionModel) -> None:
        QObject.__init__(self)
        self._document, self._editor, self._model = document, editor, model
        self._points: list[Position] = []
        self._by_hand = False
        self._pressed: Pointer | None = None
        self._grip: _Grip | None = None
        self._under: Hit | None = None
        self._closed_by_press = False
        document.volume_changed.connect(self.stop)
        document.regions_changed.connect(self._let_go)
        document.cursor_changed.connect(self._leave_slice)

    # -- the mouse

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        if at.plane is not Plane.XY:
            self._document.move_cursor(at.position)
            self.shown.emit(OTHER_PLANES)
        elif self._editor.can_edit:
            self._press(at)

    def _press(self, at: Pointer) -> None:
        if self._points and self._z != _slice(at):
            self.stop()  # the slice was left meanwhile: lines lie on one slice
        self._closed_by_press = self._is_closing(at)
        if self._closed_by_press:
            self._finish(closed=True)
            return
        hit = None if self._points or at.shift else self._hit(at)
        if hit is not None:
            self._grip = _Grip(hit, at)
            self._show_grip(at)
            return
        self._points.append(_on_slice(at))
        self._pressed = at
        self._show_draft()

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        if self._grip is not None:
            self._show_grip(at)
        elif self._pressed is not None:
            self._draw_on(at, self._pressed)

    def _draw_on(self, at: Pointer, pressed: Pointer) -> None:
        """By hand from the first point on; a later point is only shifted."""
        if not self._by_hand and _apart(at, pressed) <= CLICK_PIXELS:
            return
        if len(self._points) > 1 and not self._by_hand:
            self._points[-1] = _on_slice(at)
        else:
            self._by_hand = True
            self._points.append(_on_slice(at))
        self._show_draft()

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        grip, self._grip = self._grip, None
        self._pressed = None
        if grip is not None:
            self._model.set_draft(None)
            if not grip.hit.is_point or _apart(at, grip.start) > 0:
                self._editor.replace_contour(grip.hit.contour, grip.hit.moved_to(_on_slice(at)))
        elif self._by_hand:
            tolerance = max(TOLERANCE_PIXELS * at.voxels_per_pixel, TOLERANCE_PX)
            self._points = list(simplify_line(self._points, tolerance))
            self._finish(closed=self._closes)

    def double_click(self, surface: SliceSurface, at: Pointer) -> bool:
        """Finishes a line; without one the views centre, as with every tool."""
        if self._points:
            self._finish(closed=self._closes)
            return True
        return self._closed_by_press or (at.plane is Plane.XY and self._hit(at) is not None)

    def hover(self, surface: SliceSurface, at: Pointer) -> None:
        self._under = None
        if at.plane is not Plane.XY:
            self.shown.emit(OTHER_PLANES)
        elif self._points:
            self._show_draft(at)
        else:
            self._under = self._hit(at)
            self.shown.emit(self._hint())

    def leave(self, surface: SliceSurface) -> None:
        self._under = None
        self.shown.emit("")

    # -- keys

    def wants(self, key: Qt.Key) -> bool:
        if self._points:
            return key in (*_FINISH, Qt.Key.Key_Backspace, Qt.Key.Key_Escape, Qt.Key.Key_Delete)
        return self._under is not None and key in (Qt.Key.Key_Backspace, Qt.Key.Key_Delete)

    def key(self, surface: SliceSurface, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        if not self._points:
            self._remove_under()
        elif key in _FINISH:
            self._finish(closed=self._closes)
        elif key == Qt.Key.Key_Escape:
            self.stop()
        else:
            self._points.pop()
            self._show_draft()

    def _remove_under(self) -> None:
        hit, self._under = self._under, None
        if hit is not None:
            rest = hit.without()
            self._editor.replace_contour(
                hit.contour, rest, "Remove a line of" if rest is None else "Remove a point of"
            )

    def stop(self) -> None:
        """Forget the line that is being drawn."""
        self._points, self._by_hand, self._pressed, self._grip = [], False, None, None
        self._model.set_draft(None)

    def _let_go(self) -> None:
        """The regions changed: what was under the mouse may be gone."""
        self._under = self._grip = None

    def _leave_slice(self) -> None:
        """What was under the mouse lies on a slice that may no longer be shown."""
        if self._under is not None:
            self._under = None
            self.shown.emit(self._hint())

    # -- drawing

    @property
    def _z(self) -> int:
        return int(self._points[0][0])

    @property
    def _closes(self) -> bool:
        return self._model.kind is not RegionKind.ACTIVE_ZONE

    def _hit(self, at: Pointer) -> Hit | None:
        current = self._model.current
        if current is None or current not in self._model.visible:
            return None
        return hit_at(current.on_slice(_slice(at)), at)

    def _is_closing(self, at: Pointer) -> bool:
        if len(self._points) < 3:
            return False
        _, y, x = self._points[0]
        away = math.hypot(at.position[1] - y, at.position[2] - x)
        return away <= POINT_PIXELS * at.voxels_per_pixel

    def _finish(self, *, closed: bool) -> None:
        """Make a contour of the points; too few make none."""
        points = tuple(self._points)
        self.stop()
        if len(points) >= (3 if closed else 2):
            self._editor.add_contour(Contour(points, closed))
        self.shown.emit(self._hint())

    def _show_draft(self, mouse: Pointer | None = None) -> None:
        if not self._points:
            self.stop()
            return
        following = [_on_slice(mouse)] if mouse is not None and not self._by_hand else []
        shown = self._points if self._by_hand else [*self._points, *following]
        self._model.set_draft(Draft(self._model.kind, self._z, tuple(shown), by_hand=self._by_hand))
        self.shown.emit(DRAWING.format(len(self._points)))

    def _show_grip(self, at: Pointer) -> None:
        assert self._grip is not None
        moved = self._grip.hit.moved_to(_on_slice(at))
        self._model.set_draft(Draft(self._model.kind, _slice(at), moved.points_px, moved.closed))

    def _hint(self) -> str:
        current = self._model.current
        if self._under is not None:
            return POINT if self._under.is_point else EDGE
        return READY.format(current.name if current else f"New {self._model.kind.value.replace('_', ' ')}")


def _slice(at: Pointer) -> int:
    return round(at.position[0])


def _on_slice(at: Pointer) -> Position:
    """The place on the slice that is shown, whatever fraction the crosshair has."""
    return float(_slice(at)), at.position[1], at.position[2]


def _apart(a: Pointer, b: Pointer) -> float:
    """Distance of two places on the screen, in pixels."""
    return math.hypot(a.horizontal - b.horizontal, a.vertical - b.vertical) / a.voxels_per_pixel
