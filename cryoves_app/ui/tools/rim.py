"""Add a vesicle by three or more points on its rim, set in any of the slices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.editor import VesicleEditor
from cryoves_app.ui.project.fits import RimFit, RimFitter
from cryoves_app.ui.tools.add import note_of
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool

_TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class RimTool(Tool, QObject):
    """Click points; Enter or a double click adds the fitted sphere, with Shift the one through the points."""

    name = "rim"
    title = "Add by points on the rim"
    icon = "dots-circle"
    shortcut = "Shift+E"
    hint = "Click three or more points on the membrane, in any slice; Enter adds the fitted sphere (Shift: as drawn)"
    gestures = (
        ("clicks", "Three or more points on the membrane, in any of the slices"),
        ("Enter, double click", "Add the fitted vesicle; with Shift the sphere through the points"),
        ("Backspace, Esc", "Take back the last point, or all of them"),
    )
    cursor = Qt.CursorShape.CrossCursor
    shown = Signal(str)

    def __init__(self, document: Document, editor: VesicleEditor, fitter: RimFitter) -> None:
        QObject.__init__(self)
        self._document, self._editor, self._fitter = document, editor, fitter
        self._points: list[Position] = []
        self._found: RimFit | None = None
        document.volume_changed.connect(self.put_away)

    def put_away(self) -> None:
        self._points, self._found = [], None
        self.shown.emit("")

    @property
    def _points_nm(self) -> NDArray[np.float64]:
        return np.array(self._points, dtype=float).reshape(-1, 3) * self._document.voxel_size_nm

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        if self._editor.can_edit:
            self._points.append(at.position)
            self._fit(surface)

    def _fit(self, surface: SliceSurface) -> None:
        enough = len(self._points) >= 3
        self._found = self._fitter.fit_rim(self._points_nm) if enough else None
        if self._found is None:
            surface.show_sketch([], points=self._points)
            self.shown.emit(f"Rim: {len(self._points)} points; three or more give a sphere")
            return
        fitted = self._found.fitted
        z, y, x, radius = fitted.sphere.to_px(self._document.voxel_size_nm)
        surface.show_sketch(
            [((z, y, x), radius)], good=fitted.good, points=self._points, note=note_of(fitted)
        )
        self.shown.emit("Rim: more points, or Enter to add the vesicle")

    def double_click(self, surface: SliceSurface, at: Pointer) -> bool:
        self._take(surface, as_drawn=at.shift)
        return True

    def wants(self, key: Qt.Key) -> bool:
        return bool(self._points) and key in (*_TAKE, Qt.Key.Key_Backspace, Qt.Key.Key_Escape)

    def key(self, surface: SliceSurface, key: Qt.Key, modifiers: Qt.KeyboardModifier) -> None:
        """Enter takes the sphere, Backspace the last point away, Escape all of them."""
        if key in _TAKE:
            self._take(surface, as_drawn=bool(modifiers & Qt.KeyboardModifier.ShiftModifier))
        elif key == Qt.Key.Key_Backspace:
            self._points.pop()
            self._fit(surface)
        else:
            self._clear(surface)

    def _take(self, surface: SliceSurface, *, as_drawn: bool) -> None:
        found = self._found
        if found is None:
            return
        self._clear(surface)
        if as_drawn:
            self._editor.add(found.drawn, beside_others=True)
        else:
            self._editor.add(found.fitted.sphere, found.fitted.measures)

    def _clear(self, surface: SliceSurface) -> None:
        self.put_away()
        surface.show_sketch([])
