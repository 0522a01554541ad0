"""What the colours and lines of the circles mean."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import UNKNOWN, Style
from cryoves_app.ui.viewers.overlays import pen_of

MEANINGS = (
    (Style(theme.SKY_BLUE), "accepted"),
    (Style(theme.GREEN), "made or changed by hand"),
    (Style(theme.ORANGE, "dashdot"), "outlier: the program doubts it"),
    (Style(theme.VERMILLION, "dash"), "rejected"),
    (Style(UNKNOWN, "dot"), "outside the region: not exported"),
    (Style(theme.SELECTED), "selected"),
)


class Swatch(QWidget):
    """A circle as it is drawn over a slice."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._style = style
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        return QSize(24, 22)

    def paintEvent(self, event: Any) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.VIEW_GROUND))
        painter.setPen(pen_of(self._style, 2.0))
        painter.drawEllipse(QPointF(12, 11), 7.5, 7.5)
        painter.end()


class StatusLegend(QWidget):
    """One line for each status."""

    def __init__(self) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 2, 0, 0)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(1, 1)
        for row, (style, meaning) in enumerate(MEANINGS):
            grid.addWidget(Swatch(style), row, 0)
            label = QLabel(meaning)
            label.setWordWrap(True)
            grid.addWidget(label, row, 1)
