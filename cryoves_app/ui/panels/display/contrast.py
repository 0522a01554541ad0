"""Contrast by histogram: the grey values, and a slider for black and white."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget
from superqt import QLabeledDoubleRangeSlider

from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.slicing import percentile_levels

BINS = 160
#: Shares of the grey values that can be cut off at both ends, in percent.
PERCENTILES = (0.5, 2.0, 5.0)


@dataclass(frozen=True)
class Histogram:
    """How often grey values occur, from ``low`` to ``high`` in equal steps."""

    counts: NDArray[np.intp]
    low: float
    high: float

    @classmethod
    def of(cls, sample: NDArray[np.float32]) -> Self:
        """Of nearly all values, with some room at both ends for the sliders."""
        low, high = percentile_levels(sample, 0.01, 99.99)
        margin = 0.15 * (high - low)
        low, high = low - margin, high + margin
        counts, _ = np.histogram(sample, BINS, (low, high))
        return cls(counts, low, high)


class HistogramPlot(QWidget):
    """A filled histogram with the part between black and white lit."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedHeight(110)
        self._counts = np.zeros(0)
        self._range = (0.0, 1.0)
        self._levels = (0.0, 1.0)

    def sizeHint(self) -> QSize:
        return QSize(260, 80)

    def show_counts(self, counts: np.ndarray, low: float, high: float) -> None:
        self._counts, self._range = counts, (low, high)
        self.update()

    def show_levels(self, levels: tuple[float, float]) -> None:
        self._levels = levels
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.VIEW_GROUND))
        if len(self._counts):
            heights = np.sqrt(self._counts / self._counts.max()) * (self.height() - 4)
            xs = np.linspace(0, self.width(), len(heights))
            points = [QPointF(x, self.height() - h) for x, h in zip(xs, heights, strict=True)]
            shape = QPolygonF([QPointF(0, self.height()), *points, QPointF(self.width(), self.height())])
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#5d646b"))
            painter.drawPolygon(shape)
            left, right = (self._x(v) for v in self._levels)
            painter.setClipRect(QRectF(left, 0, right - left, self.height()))
            painter.setBrush(QColor(theme.SKY_BLUE))
            painter.drawPolygon(shape)
        painter.end()

    def _x(self, value: float) -> float:
        low, high = self._range
        return (value - low) / (high - low) * self.width()


class ContrastView(QWidget):
    """Histogram, range slider, and buttons for percentiles. Passive."""

    levels_moved = Signal(float, float)  # black, white
    percentile_wanted = Signal(float)  # cut off at both ends

    def __init__(self) -> None:
        super().__init__()
        self.plot = HistogramPlot()
        self.slider = QLabeledDoubleRangeSlider(Qt.Orientation.Horizontal)
        self.slider.setDecimals(1)
        self.slider.setHandleLabelPosition(self.slider.LabelPosition.LabelsBelow)
        self.slider.valueChanged.connect(self._slid)
        note = QLabel("Grey values; the coloured part is drawn from black to white.")
        note.setProperty("faint", True)
        note.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(note)
        box.addWidget(self.plot)
        box.addWidget(self.slider)
        box.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(QLabel("Cut off"))
        for low in PERCENTILES:
            button = QToolButton()  # narrower than a push button
            button.setText(f"{low:g} %")
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setToolTip(f"Black and white at {low:g} % from both ends of the grey values")
            button.clicked.connect(lambda _=False, p=low: self.percentile_wanted.emit(p))
            line.addWidget(button)
        return line

    def show_histogram(self, histogram: Histogram) -> None:
        low, high = histogram.low, histogram.high
        self.plot.show_counts(histogram.counts, low, high)
        self.slider.setDecimals(max(0, 2 - math.floor(math.log10(high - low))))
        self.slider.blockSignals(True)
        self.slider.setRange(low, high)
        self.slider.blockSignals(False)

    def show_levels(self, levels: tuple[float, float]) -> None:
        self.plot.show_levels(levels)
        self.slider.blockSignals(True)
        self.slider.setValue(levels)
        self.slider.blockSignals(False)

    def _slid(self, levels: tuple[float, float]) -> None:
        black, white = levels
        if white > black:
            self.levels_moved.emit(black, white)
