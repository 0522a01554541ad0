"""Two clicks on a membrane: where an active zone begins and where it ends."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.ui.viewers.tool import SliceSurface, Tool, is_click

OTHER_PLANES = "Click in XY: the membrane is followed from there to the other slices"
FIRST = "Click on the membrane where the zone begins"
SECOND = "Click where it ends · with Shift: a point on the way · Esc: none"


class MembraneTool(Tool, QObject):
    """The second click, or the first one after points set with Shift, ends it."""

    name = "membrane"
    title = "Active zone in two clicks"
    icon = "vector-curve"
    shortcut = "Z"
    hint = "Click on the membrane where the active zone begins, then where it ends"
    gestures = (
        ("two clicks", "Where the active zone begins and ends; the membrane between is found on all slices"),
        ("Shift + click", "A point on the way, where the membrane is bent"),
        ("Esc", "Forget the points"),
    )
    cursor = Qt.CursorShape.CrossCursor
    only_clicks = True
    shown = Signal(str)
    chosen = Signal(list)  # of positions

    def __init__(self) -> None:
        QObject.__init__(self)
        self._points: list[Position] = []

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        """A click; the slice of the first one is that of all, also where the wheel moved on between."""
        if not is_click(surface):
            return
        if at.plane is not Plane.XY:
            self.shown.emit(OTHER_PLANES)
            return
        z = self._points[0][0] if self._points else float(round(at.position[0]))
        self._points.append((z, *at.position[1:]))
        if len(self._points) < 2 or at.shift:
            self._show(surface, at)
            return
        points = self._points
        self._forget(surface)
        self.chosen.emit(points)

    def hover(self, surface: SliceSurface, at: Pointer) -> None:
        if at.plane is Plane.XY:
            self._show(surface, at)

    def wants(self, key: Qt.Key) -> bool:
        return key == Qt.Key.Key_Escape and bool(self._points)

    def key(self, surface: SliceSurface, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        self._forget(surface)

    def put_away(self) -> None:
        self._points = []

    def _show(self, surface: SliceSurface, at: Pointer) -> None:
        self.shown.emit(SECOND if self._points else FIRST)
        surface.show_lasso([*self._points, at.position] if self._points else [])

    def _forget(self, surface: SliceSurface) -> None:
        self._points = []
        surface.show_lasso([])
        self.shown.emit("")
