"""Select vesicles by click; Shift or Ctrl adds to the selection. A drag beside all of them shifts the view."""

from __future__ import annotations

from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool, is_click, pan_with


class SelectTool(Tool):
    name = "select"
    title = "Select"
    icon = "cursor-default-outline"
    shortcut = "S"
    hint = "Click a vesicle; Shift adds to the selection"
    gestures = (
        ("click", "Select a vesicle; Shift or Ctrl adds it or takes it away"),
        ("drag", "Beside all vesicles: pan"),
    )
    only_clicks = True

    def __init__(self, document: Document) -> None:
        self._document = document
        self._start: Pointer | None = None

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        found = surface.vesicle_under(at)
        self._start = at if found is None else None
        if found is None:
            return
        if at.shift or at.control:
            self._document.toggle(found)
        else:
            self._document.select([found])

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        if self._start is not None:
            pan_with(surface, self._start, at)

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        start, self._start = self._start, None
        if start is not None and is_click(surface) and not (at.shift or at.control):
            self._document.select([])
