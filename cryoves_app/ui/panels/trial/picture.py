"""A slice of the box with what one model found in it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import Style
from cryoves_app.ui.viewers.overlays import LOGIT_RANGE, logit_image, pen_of, probability_table
from cryoves_app.ui.viewers.slicing import Circles

PICTURE_EDGE_PX = 300


class TrialPicture(QWidget):
    """Grey values, the probability over them, and circles. Passive."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(self.sizeHint())
        self._grey: QImage | None = None
        self._map: QImage | None = None
        self._circles: tuple[Circles, list[Style]] | None = None
        self._extent = QRectF(0, 0, 1, 1)

    def sizeHint(self) -> QSize:
        return QSize(PICTURE_EDGE_PX, PICTURE_EDGE_PX)

    def show_grey(self, grey: NDArray[np.uint8], extent: QRectF) -> None:
        """Grey values, row 0 at the bottom; ``extent`` is where they lie, in voxels of the tomogram."""
        self._grey = _image(grey, QImage.Format.Format_Grayscale8)
        self._extent = extent
        self.update()

    def show_probability(self, probability: NDArray[np.float32] | None) -> None:
        self._map = (
            None
            if probability is None
            else _image(colour_probability(probability), QImage.Format.Format_RGBA8888)
        )
        self.update()

    def show_circles(self, circles: Circles, styles: list[Style]) -> None:
        """Circles in voxels of the tomogram, with a style for each."""
        self._circles = (circles, styles)
        self.update()

    def paintEvent(self, event: Any) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.VIEW_GROUND))
        for image in (self._grey, self._map):
            if image is not None:
                painter.drawImage(QRectF(self.rect()), image)
        if self._circles is not None:
            self._paint_circles(painter, *self._circles)
        painter.end()

    def _paint_circles(self, painter: QPainter, circles: Circles, styles: list[Style]) -> None:
        scale = self.width() / self._extent.width()
        for x, y, radius, style in zip(
            circles.horizontal, circles.vertical, circles.radius, styles, strict=True
        ):
            painter.setPen(pen_of(style, 2.0))
            centre = QPointF(
                (x - self._extent.left()) * scale, self.height() - (y - self._extent.top()) * scale
            )
            painter.drawEllipse(centre, radius * scale, radius * scale)


def colour_probability(probability: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The colours that the slices use for logits, as RGBA."""
    low, high = LOGIT_RANGE
    shares = np.clip((logit_image(probability) - low) / (high - low), 0, 1)
    table = probability_table()
    table[:, 3] = table[:, 3] // 2
    return table[(shares * 255).astype(np.uint8)]


def _image(values: NDArray[np.uint8], kind: QImage.Format) -> QImage:
    flipped = np.ascontiguousarray(values[::-1])
    rows, columns = flipped.shape[:2]
    return QImage(flipped.data, columns, rows, flipped.strides[0], kind).copy()
