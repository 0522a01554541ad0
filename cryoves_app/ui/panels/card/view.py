"""Thumbnails, profile and measures of the current vesicle."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.card.plot import ProfilePlot
from cryoves_app.ui.viewers.annotations import TEXT_PIXELS, draw_text
from cryoves_app.ui.viewers.crops import REACH_RADII

#: Measure, value and percentile.
_NO_TEXTS = ("", "", "")


class Thumbnail(QWidget):
    """A square piece of the tomogram with the vesicle's circle."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.image: QImage | None = None
        self._colour = theme.SKY_BLUE
        self.setMinimumSize(60, 60)

    def sizeHint(self) -> QSize:
        return QSize(112, 112)

    def heightForWidth(self, width: int) -> int:
        return width

    def show_piece(self, grey: NDArray[np.uint8] | None, colour: str) -> None:
        """Show grey values, rows upwards."""
        self._colour = colour
        self.image = None if grey is None else grey_image(grey)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = min(self.width(), self.height())
        area = QRectF((self.width() - edge) / 2, 0, edge, edge)
        painter.fillRect(area, QColor(theme.VIEW_GROUND))
        if self.image is not None:
            painter.drawImage(area, self.image)
            painter.setPen(QPen(QColor(self._colour), 1.5))
            radius = edge / 2 / REACH_RADII
            painter.drawEllipse(area.center(), radius, radius)
        draw_text(painter, area.left() + 5, area.top() + 3 + TEXT_PIXELS, self._title)
        painter.end()


def grey_image(grey: NDArray[np.uint8]) -> QImage:
    """A picture of grey values whose first row is the lowest."""
    flipped = np.ascontiguousarray(grey[::-1])
    rows, columns = flipped.shape
    return QImage(flipped.data, columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


class CardView(QScrollArea):
    """The card; empty when no vesicle is selected."""

    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.title = QLabel()
        self.title.setProperty("heading", True)
        self.title.setWordWrap(True)
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.thumbnails = {name: Thumbnail(name) for name in ("XY", "XZ", "YZ")}
        self.plot = ProfilePlot()
        self.plot_title = QLabel("Radial profile against all accepted vesicles")
        self.plot_title.setProperty("faint", True)
        self.plot_title.setWordWrap(True)
        self.legend = QLabel()
        self.legend.setWordWrap(True)
        self.legend.setProperty("faint", True)
        self._cells: list[list[QLabel]] = []
        self.measures = QGridLayout()
        self.measures.setHorizontalSpacing(12)
        self.measures.setVerticalSpacing(3)
        self.measures.setColumnStretch(0, 1)
        self.empty = QLabel("Select a vesicle to see it in detail.")
        self.empty.setProperty("faint", True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._build()
        self.show_nothing()

    def _build(self) -> None:
        self.content = QWidget()
        box = QVBoxLayout(self.content)
        box.setContentsMargins(0, 0, 0, 0)
        line = QHBoxLayout()
        line.setSpacing(4)
        for thumbnail in self.thumbnails.values():
            line.addWidget(thumbnail, 1)
        box.addWidget(self.title)
        box.addWidget(self.reason)
        box.addLayout(line)
        box.addWidget(self.plot_title)
        box.addWidget(self.plot)
        box.addWidget(self.legend)
        box.addLayout(self.measures)
        box.addStretch(1)
        outer = QWidget()
        outer_box = QVBoxLayout(outer)
        outer_box.setContentsMargins(8, 8, 8, 8)
        outer_box.addWidget(self.empty)
        outer_box.addWidget(self.content)
        self.setWidget(outer)

    def showEvent(self, event: QShowEvent) -> None:
        """The card is filled only while it is seen."""
        super().showEvent(event)
        self.shown.emit()

    def show_nothing(self) -> None:
        self.content.hide()
        self.empty.show()

    def show_vesicle(self, title: str, reason: str, rows: list[tuple[str, str, str]]) -> None:
        """Show a title, why it is doubtful, and (measure, value, percentile) rows."""
        self.empty.hide()
        self.content.show()
        self.title.setText(title)
        self.reason.setText(reason)
        self._show_measures([("", "value", "percentile"), *rows])

    def _show_measures(self, rows: list[tuple[str, str, str]]) -> None:
        """The labels stay and get other texts: a card is filled at every step through the vesicles."""
        while len(self._cells) < len(rows):
            self._add_row(len(self._cells))
        for number, cells in enumerate(self._cells):
            texts = rows[number] if number < len(rows) else _NO_TEXTS
            for label, text in zip(cells, texts, strict=True):
                label.setText(text)
                label.setVisible(number < len(rows))

    def _add_row(self, row: int) -> None:
        cells = [QLabel() for _ in _NO_TEXTS]
        for column, label in enumerate(cells):
            label.setProperty("faint", row == 0 or column == 2)
            label.setWordWrap(column == 0)
            if column:
                label.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.measures.addWidget(label, row, column)
        self._cells.append(cells)
