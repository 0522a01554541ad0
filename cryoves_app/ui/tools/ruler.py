"""Measure the distance of two points, in one slice or from slice to slice."""

from __future__ import annotations

import math

from PySide6.QtCore import Qt

from cryoves_app.domain.arrays import Position
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.viewers.pointer import Pointer
from cryoves_app.ui.viewers.tool import SliceSurface, Tool

#: A press that moves further than this many screen pixels draws the ruler at once; a click sets one of its ends.
CLICK_PIXELS = 4


class RulerTool(Tool):
    """Drag from point to point, or click both; between the clicks the slice may change."""

    name = "ruler"
    title = "Ruler"
    icon = "ruler"
    shortcut = "U"
    hint = "Drag from point to point, or click both, to read their distance in nm"
    gestures = (("drag, or two clicks", "The distance of two points in nm"),)
    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, document: Document) -> None:
        self._document = document
        self._start: Position | None = None
        self._pressed: Pointer | None = None

    def press(self, surface: SliceSurface, at: Pointer) -> None:
        self._pressed = at
        if self._start is None:
            self._start = at.position
        self._show(surface, at)

    def drag(self, surface: SliceSurface, at: Pointer) -> None:
        self._show(surface, at)

    def release(self, surface: SliceSurface, at: Pointer) -> None:
        """The end of a drag, or the second click, ends the measurement; it stays drawn until the next one."""
        self._show(surface, at)
        first_click = self._pressed is not None and self._start == self._pressed.position
        if not first_click or self._moved(at):
            self._start = None
        self._pressed = None

    def hover(self, surface: SliceSurface, at: Pointer) -> None:
        if self._start is not None:
            self._show(surface, at)

    def _moved(self, at: Pointer) -> bool:
        assert self._pressed is not None
        moved = math.hypot(at.horizontal - self._pressed.horizontal, at.vertical - self._pressed.vertical)
        return moved > CLICK_PIXELS * at.voxels_per_pixel

    def _show(self, surface: SliceSurface, at: Pointer) -> None:
        if self._start is None:
            return
        surface.show_lasso([self._start, at.position], note=self.length_text(self._start, at.position))

    def length_text(self, start: Position, end: Position) -> str:
        """``42.3 nm``; in voxels where their size is not known."""
        length_px = math.dist(start, end)
        if not self._document.knows_voxel_size:
            return f"{length_px:.1f} voxels"
        return f"{length_px * self._document.voxel_size_nm:.1f} nm"
