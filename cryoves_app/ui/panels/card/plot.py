"""The radial profile of one vesicle over the population's, and its second derivative below."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from cryoves_app.analysis.membrane.profiles import ProfileBand
from cryoves_app.ui.base import theme

Curve = NDArray[np.float64]
#: Share of the height that the profile gets; the rest is the second derivative's.
_PROFILE_SHARE = 0.68
_MARKS_NM = (-10, -5, 0, 5, 10)
TOOL_TIP = (
    "Mean grey value by distance from the membrane's outer edge, as the fit sees it:\n"
    "without neighbours, and with little weight on what the missing wedge blurs.\n"
    "White: this vesicle; dotted: before its last change.\n"
    "Blue: mean and middle 80 % of all accepted vesicles.\n"
    "Grey ground: where a fit looks for the membrane's middle.\n"
    "Below: the second derivative; its shoulder outside the membrane gives the thickness."
)


@dataclass(frozen=True)
class Profiles:
    """What is drawn, all at the distances ``x`` from the outer edge in nm.

    ``band`` is the population's; ``search`` is the range in which fits look for the mid-plane.
    """

    x: Curve
    own: Curve
    bend: Curve
    search: tuple[float, float]
    band: ProfileBand | None = None
    before: Curve | None = None

    @property
    def curves(self) -> list[Curve]:
        """All that share one scale."""
        band = () if self.band is None else (self.band.low, self.band.mean, self.band.high)
        return [self.own, *band, *(() if self.before is None else (self.before,))]


class ProfilePlot(QWidget):
    """Passive."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(210)
        self.profiles: Profiles | None = None
        self.setToolTip(TOOL_TIP)

    def sizeHint(self) -> QSize:
        return QSize(340, 230)

    def show_profiles(self, profiles: Profiles | None) -> None:
        self.profiles = profiles
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.shades().base))
        if self.profiles is not None and np.isfinite(self.profiles.own).any():
            self._paint(painter, self.profiles)
        painter.end()

    def _paint(self, painter: QPainter, profiles: Profiles) -> None:
        whole = QRectF(10, 8, self.width() - 20, self.height() - 34)
        above = QRectF(whole.left(), whole.top(), whole.width(), _PROFILE_SHARE * whole.height())
        below = QRectF(whole.left(), above.bottom() + 8, whole.width(), whole.bottom() - above.bottom() - 8)
        self._paint_ground(painter, whole, profiles)
        frame = Frame(above, profiles.x, profiles.curves)
        if profiles.band is not None:
            _paint_band(painter, frame, profiles.band)
        if profiles.before is not None:
            _paint_curve(painter, frame, profiles.before, theme.shades().faint_text, 1.5, Qt.PenStyle.DotLine)
        _paint_curve(painter, frame, profiles.own, theme.shades().text, 2.0)
        lower = Frame(below, profiles.x, [profiles.bend, np.zeros(1)])
        painter.setPen(QPen(QColor(theme.shades().border), 1, Qt.PenStyle.DotLine))
        painter.drawLine(lower.point(profiles.x[0], 0.0), lower.point(profiles.x[-1], 0.0))
        _paint_curve(painter, lower, profiles.bend, theme.ORANGE, 1.5)
        painter.setPen(QColor(theme.shades().faint_text))
        painter.drawText(
            below.adjusted(0, 0, -4, 0),
            Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
            "second derivative",
        )

    def _paint_ground(self, painter: QPainter, area: QRectF, profiles: Profiles) -> None:
        """Search band, axis, and a line at the outer edge."""

        def at(value: float) -> float:
            first, last = float(profiles.x[0]), float(profiles.x[-1])
            return area.left() + (value - first) / (last - first) * area.width()

        low, high = profiles.search
        ground = QColor(theme.shades().faint_text)
        ground.setAlpha(28)
        painter.fillRect(QRectF(at(low), area.top(), at(high) - at(low), area.height()), ground)
        painter.setPen(QColor(theme.shades().faint_text))
        marks = [mark for mark in _MARKS_NM if profiles.x[0] < mark < profiles.x[-1]]
        for value in marks:
            painter.drawLine(QPointF(at(value), area.bottom()), QPointF(at(value), area.bottom() + 3))
            label = f"{value} nm" if value == marks[-1] else str(value).replace("-", "−")
            place = QRectF(at(value) - 25, area.bottom() + 4, 50, 18)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, label)
        painter.setPen(QPen(QColor(theme.shades().border), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(at(0), area.top()), QPointF(at(0), area.bottom()))


class Frame:
    """Where values of some curves lie in a rectangle; all of them fit."""

    def __init__(self, area: QRectF, x: Curve, curves: list[Curve]) -> None:
        finite = np.concatenate([c[np.isfinite(c)] for c in curves])
        self._area, self._x = area, x
        self._low, self._high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)

    def point(self, x: float, y: float) -> QPointF:
        first, last = float(self._x[0]), float(self._x[-1])
        across = self._area.left() + (x - first) / (last - first) * self._area.width()
        scale = self._area.height() / ((self._high - self._low) or 1.0)
        return QPointF(across, self._area.bottom() - (y - self._low) * scale)

    def points(self, values: Curve) -> Iterator[QPointF]:
        """Those of a curve's points that are known."""
        for x, y in zip(self._x, values, strict=True):
            if np.isfinite(y):
                yield self.point(float(x), float(y))


def _paint_curve(
    painter: QPainter,
    frame: Frame,
    values: Curve,
    colour: str,
    width: float,
    line: Qt.PenStyle = Qt.PenStyle.SolidLine,
) -> None:
    painter.setPen(QPen(QColor(colour), width, line))
    painter.drawPolyline(QPolygonF(list(frame.points(values))))


def _paint_band(painter: QPainter, frame: Frame, band: ProfileBand) -> None:
    ground = QColor(theme.SKY_BLUE)
    ground.setAlpha(70)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawPolygon(QPolygonF([*frame.points(band.low), *reversed(list(frame.points(band.high)))]))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _paint_curve(painter, frame, band.mean, theme.SKY_BLUE, 1.2, Qt.PenStyle.DashLine)
