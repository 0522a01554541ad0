"""What explains a view, painted over it in screen pixels: scale bar, colour bar, captions."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPen

from cryoves_app.ui.base import theme
from cryoves_app.ui.viewers.colouring import ColourBar, viridis
from cryoves_app.ui.viewers.legend import ColourLegend
from cryoves_app.ui.viewers.slicing import nice_length_nm

_LINE, _SWATCH, _MARGIN = 18, 10, 14
TEXT_PIXELS = 12
#: Where a text's dark rim is drawn; stroking its outline costs ten times as much, in every frame.
RIM = [(dx, dy) for dx in (-1.0, 0.0, 1.0) for dy in (-1.0, 0.0, 1.0) if (dx, dy) != (0.0, 0.0)]


def draw_scale_bar(painter: QPainter, width: int, height: int, nm_per_pixel: float) -> None:
    """A bar of a round length at the lower left, at most a quarter of the width."""
    length_nm = nice_length_nm(width / 4 * nm_per_pixel)
    bar = QRectF(12, height - 16, length_nm / nm_per_pixel, 4)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(QColor(theme.VIEW_TEXT))
    painter.drawRect(bar)
    text = f"{length_nm / 1000:g} µm" if length_nm >= 1000 else f"{length_nm:g} nm"
    draw_text(painter, bar.left(), bar.top() - 5, text)


def draw_colour_bar(painter: QPainter, width: int, height: int, bar: ColourBar) -> None:
    """The colours of a measure at the right edge, with its range, name and cut."""
    length = min(180, height // 2)
    area = QRectF(width - 26, (height - length) / 2, 12, length)
    gradient = QLinearGradient(area.bottomLeft(), area.topLeft())
    for share in np.linspace(0, 1, 9):
        gradient.setColorAt(float(share), QColor(viridis(np.array([share]))[0]))
    painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
    painter.setBrush(gradient)
    painter.drawRect(area)
    marks = [(0.0, bar.low), (1.0, bar.high)]
    if bar.cut is not None:
        share, text = bar.cut
        y = area.bottom() - share * area.height()
        painter.setPen(QPen(QColor(theme.ORANGE), 2))
        painter.drawLine(QPointF(area.left() - 4, y), QPointF(area.right() + 4, y))
        marks.append((share, text))
    for share, text in marks:
        y = area.bottom() - share * area.height()
        wide = painter.fontMetrics().horizontalAdvance(text)
        draw_text(painter, area.left() - wide - 10, y + 4, text)
    wide = painter.fontMetrics().horizontalAdvance(bar.title)
    draw_text(painter, width - wide - 14, area.top() - 12, bar.title)


def draw_legend(painter: QPainter, width: int, legend: ColourLegend) -> None:
    """At the upper right, over any image."""
    widest = max(painter.fontMetrics().horizontalAdvance(name) for name, _ in legend.entries)
    left = width - _MARGIN - _SWATCH - 8 - widest
    for row, (name, colour) in enumerate(legend.entries):
        top = _MARGIN + row * _LINE
        painter.setPen(QPen(QColor(0, 0, 0, 200), 1))
        painter.setBrush(QColor(colour))
        painter.drawEllipse(QRectF(left, top, _SWATCH, _SWATCH))
        draw_text(painter, left + _SWATCH + 8, top + _SWATCH, name)


def draw_text(painter: QPainter, x: float, y: float, text: str) -> None:
    """Text that is readable on any image: light with a dark rim, which is the same text drawn around it."""
    if not text:
        return
    font = QFont(painter.font())
    font.setPixelSize(TEXT_PIXELS)
    painter.setFont(font)
    painter.setPen(QColor(0, 0, 0, 130))
    for dx, dy in RIM:
        painter.drawText(QPointF(x + dx, y + dy), text)
    painter.setPen(QColor(theme.VIEW_TEXT))
    painter.drawText(QPointF(x, y), text)


def draw_note(painter: QPainter, place: QPointF, text: str, width: int) -> None:
    """A few words at the upper right of a place, or as far left of it as the view's edge demands."""
    font = QFont(painter.font())
    font.setPixelSize(TEXT_PIXELS)
    room = width - QFontMetricsF(font).horizontalAdvance(text) - 6
    draw_text(painter, max(min(place.x() + 8, room), 6.0), place.y() - 8, text)
