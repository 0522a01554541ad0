"""Select vesicles by click; Shift or Ctrl adds to the selection."""

from __future__ import annotations

from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool


class SelectTool(Tool):
    name = "select"
    title = "Select"
    icon = "cursor-default-outline"
    shortcut = "S"
    hint = "Click a vesicle; Shift adds to the selection"
    gestures = (("click", "Select a vesicle; Shift or Ctrl adds it or takes it away"),)

    def __init__(self, document: Document) -> None:
        self._document = document

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        found = surface.vesicle_under(at)
        if at.shift or at.control:
            if found is not None:
                self._document.toggle(found)
        else:
            self._document.select([] if found is None else [found])
