"""Look around: a click puts the crosshair, a drag carries it along."""

from __future__ import annotations

from PySide6.QtCore import Qt

from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool


class NavigateTool(Tool):
    name = "navigate"
    title = "Navigate"
    icon = "crosshairs-gps"
    shortcut = "V"
    hint = "Click or drag to place the crosshair"
    cursor = Qt.CursorShape.CrossCursor
    only_clicks = True

    def __init__(self, document: Document) -> None:
        self._document = document

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        self._document.move_cursor(at.position)

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        self._document.move_cursor(at.position)
