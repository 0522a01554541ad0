"""What explains the scene in 3-D, painted over it in screen pixels: axes, scale bar, colour bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.viewers.annotations import draw_colour_bar, draw_scale_bar, draw_text
from cryoves_app.ui.viewers.colouring import ColourBar

#: Of x, y and z; told apart with every common kind of colour blindness, and named besides.
AXIS_COLOURS = ("#D55E00", "#009E73", "#56B4E9")
ARROW_PIXELS = 34.0
#: From the lower right corner; the scale bar is at the left.
_ORIGIN = (58.0, 54.0)
#: An axis that points at the viewer is a dot.
_DOT_PIXELS = 4.0


@dataclass(frozen=True)
class SceneGuides:
    """What is painted. ``directions`` are pixels to the right and downwards for a voxel along x, y and z.

    ``voxel_size_nm`` is ``None`` where no length can be told; ``axes`` whether axes and scale bar are wanted.
    """

    directions: tuple[tuple[float, float], ...] = ()
    voxel_size_nm: float | None = None
    axes: bool = False
    bar: ColourBar | None = None

    @property
    def nm_per_pixel(self) -> float | None:
        """Nothing is nearer than anything else: one number for the whole picture."""
        if self.voxel_size_nm is None or not self.directions:
            return None
        pixels = float(np.linalg.svd(np.array(self.directions), compute_uv=False)[0])
        return self.voxel_size_nm / pixels if pixels > 0 else None

    def paint(self, painter: QPainter, width: int, height: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.bar is not None:
            draw_colour_bar(painter, width, height, self.bar)
        if not self.axes or not self.directions:
            return
        _paint_axes(painter, np.array(self.directions), width, height)
        if (nm := self.nm_per_pixel) is not None:
            draw_scale_bar(painter, width, height, nm)


def _paint_axes(painter: QPainter, directions: NDArray[np.float64], width: int, height: int) -> None:
    """Three arrows from one point, as long as they are seen: one that points at the viewer is a dot."""
    longest = float(np.linalg.svd(directions, compute_uv=False)[0])
    origin = QPointF(width - _ORIGIN[0], height - _ORIGIN[1])
    arrows = directions / max(longest, 1e-9) * ARROW_PIXELS
    for name, colour, (right, down) in zip("xyz", AXIS_COLOURS, arrows, strict=True):
        end = origin + QPointF(right, down)
        painter.setPen(QPen(QColor(colour), 3.0, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.setBrush(QColor(colour))
        length = float(np.hypot(right, down))
        if length < _DOT_PIXELS:
            painter.drawEllipse(QRectF(end.x() - 2, end.y() - 2, 4, 4))
        else:
            painter.drawLine(origin, end)
        away = QPointF(right, down) * ((length + 9) / length) if length >= _DOT_PIXELS else QPointF(-10, 10)
        draw_text(painter, origin.x() + away.x() - 4, origin.y() + away.y() + 4, name)


class GuidesOverlay(QWidget):
    """Over a view that Qt does not paint itself. The mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.guides = SceneGuides()
        self.hide()

    def show_guides(self, guides: SceneGuides) -> None:
        """Paint them, if they are others than before."""
        parent = self.parentWidget()
        if parent is not None and self.geometry() != parent.rect():
            self.setGeometry(parent.rect())
        if guides != self.guides:
            self.guides = guides
            self.setVisible(guides.axes or guides.bar is not None)
            self.update()

    def paintEvent(self, event: Any) -> None:
        painter = QPainter(self)
        self.guides.paint(painter, self.width(), self.height())
        painter.end()
