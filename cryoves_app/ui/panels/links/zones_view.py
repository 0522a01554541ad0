"""Links by zone from the active zone: numbers, and plots beside what is published."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from cryoves_app.ui.base.text_table import put_rows, text_table
from cryoves_app.workflow.links.names import PUBLISHED, ZONE_HEADER

_NOTHING = "Plots by zone and by length, beside what is published, are here once links were found."
_LARGEST_SCALE = 2.0


class ZonesTab(QWidget):
    """Passive."""

    def __init__(self) -> None:
        super().__init__()
        self.table = text_table(ZONE_HEADER)
        below = QLabel(PUBLISHED)
        below.setWordWrap(True)
        below.setProperty("faint", True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.table, 1)
        box.addWidget(below)

    def show_zones(self, rows: Sequence[tuple[str, ...]]) -> None:
        put_rows(self.table, rows)


class PlotsTab(QWidget):
    """Passive."""

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel(_NOTHING)
        self.words.setWordWrap(True)
        self.area = DrawingArea()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.addWidget(self.words)
        box.addWidget(self.area, 1)
        box.setAlignment(self.words, Qt.AlignmentFlag.AlignTop)
        self.show_figure(b"", "")

    def show_figure(self, drawing: bytes, words: str) -> None:
        """The plots and a sentence; without a drawing, what will be here."""
        self.words.setText(words or _NOTHING)
        self.area.setVisible(bool(drawing))
        if drawing:
            self.area.show_drawing(drawing)


class DrawingArea(QScrollArea):
    """A drawing on white that takes the width that there is; what is higher is scrolled."""

    def __init__(self) -> None:
        super().__init__()
        self.drawing = QSvgWidget()
        self.drawing.setStyleSheet("background: white")
        self.setWidget(self.drawing)
        self.setAlignment(Qt.AlignmentFlag.AlignHCenter)

    def show_drawing(self, drawing: bytes) -> None:
        """An SVG file's content."""
        self.drawing.load(QByteArray(drawing))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        size = self.drawing.renderer().defaultSize()
        if not size.isEmpty():
            room = self.viewport().width()
            self.drawing.setFixedSize(size * min(max(room / size.width(), 1.0), _LARGEST_SCALE))
