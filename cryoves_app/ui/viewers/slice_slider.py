"""The slider of a slice view, with marks where vesicles are."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from cryoves_app.ui.base import theme


class SliceSlider(QSlider):
    """A slider over slices with a thin bar that shows where vesicles, and unchecked ones, are."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._all = self._unchecked = np.zeros(0)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def set_marks(self, positions: NDArray[np.float64], unchecked: NDArray[np.bool_]) -> None:
        self._all, self._unchecked = positions, positions[unchecked]
        self.update()

    def paintEvent(self, event: Any) -> None:
        super().paintEvent(event)
        if self.maximum() <= 0 or not len(self._all):
            return
        painter = QPainter(self)
        self._paint_marks(painter, self._all, theme.SKY_BLUE, self.height() - 4)
        self._paint_marks(painter, self._unchecked, theme.ORANGE, self.height() - 2)
        painter.end()

    def _paint_marks(self, painter: QPainter, positions: NDArray[np.float64], colour: str, y: int) -> None:
        usable = self.width() - 14
        painter.setPen(QColor(colour))
        for x in np.unique((7 + positions / self.maximum() * usable).astype(int)):
            painter.drawLine(int(x), y, int(x), y + 1)


def arrange_bar(title: str, place: QLabel, slider: SliceSlider, maximise: QToolButton) -> QWidget:
    """What stands above a slice, in one row; the slider takes the room that is left."""
    row = QHBoxLayout()
    row.setContentsMargins(8, 1, 4, 1)
    row.addWidget(QLabel(f"<b>{title}</b>"))
    row.addWidget(place)
    slider.setMinimumWidth(24)
    row.addWidget(slider, 1)
    row.addWidget(maximise)
    bar = QWidget()
    bar.setAutoFillBackground(True)
    bar.setLayout(row)
    return bar
