"""Loss and Dice over the epochs, as they come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

#: What is drawn: the figure, its name, its colour, and whether its line is dashed; colours for the colour-blind.
_LINES = (
    ("loss", "loss", "#e69f00", False),
    ("validation_loss", "loss, held out", "#e69f00", True),
    ("dice", "Dice", "#56b4e9", False),
    ("validation_dice", "Dice, held out", "#56b4e9", True),
    ("validation_f1", "F1, held out", "#009e73", True),
)
_MARGINS = (34.0, 8.0, 24.0)  # left, top, bottom
_LEGEND_WIDTH = 150.0
#: What stands there before the first epoch has ended.
ANNOUNCEMENT = "Loss and Dice are drawn here after each epoch."
#: Epochs across the picture at first.
_FEWEST = 10


class EpochCurves(QWidget):
    """Passive. Loss on its own scale from 0 to the largest, Dice and F1 from 0 to 1."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumHeight(150)
        self._rows: list[Mapping[str, float]] = []
        self._epochs = 1

    def sizeHint(self) -> QSize:
        return QSize(480, 170)

    def begin(self, epochs: int) -> None:
        """Nothing yet, and room for so many epochs."""
        self._rows, self._epochs = [], max(epochs, 1)
        self.update()

    def add(self, figures: Mapping[str, float]) -> None:
        self._rows.append(figures)
        self.update()

    @property
    def rows(self) -> Sequence[Mapping[str, float]]:
        """The figures of each epoch so far."""
        return self._rows

    @property
    def _across(self) -> int:
        """How many epochs the last one that there is room for lies after the first."""
        return max(min(self._epochs, _FEWEST), len(self._rows), 2) - 1

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._rows:
            self._paint_announcement(painter)
            return
        left, top, bottom = _MARGINS
        area = QRectF(left, top, self.width() - left - _LEGEND_WIDTH, self.height() - top - bottom)
        self._paint_frame(painter, area)
        most = max((row[key] for row in self._rows for key in row if key.endswith("loss")), default=1.0)
        drawn = [line for line in _LINES if any(line[0] in row for row in self._rows)]
        for number, (key, name, colour, dashed) in enumerate(drawn):
            style = Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine
            painter.setPen(QPen(QColor(colour), 2.0, style))
            scale = most if key.endswith("loss") else 1.0
            self._paint_line(painter, area, key, scale or 1.0)
            self._paint_name(painter, area, number, name)
        painter.end()

    def _paint_announcement(self, painter: QPainter) -> None:
        painter.setPen(self.palette().placeholderText().color())
        painter.drawText(QRectF(self.rect()), Qt.AlignmentFlag.AlignCenter, ANNOUNCEMENT)
        painter.end()

    def _paint_frame(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(self.palette().mid().color(), 1.0))
        painter.drawRect(area)
        painter.setPen(self.palette().windowText().color())
        painter.drawText(QPointF(area.left() - 14, area.top() + 10), "1")
        painter.drawText(QPointF(area.left() - 14, area.bottom()), "0")
        first = int(self._rows[0]["epoch"])
        painter.drawText(QPointF(area.left(), area.bottom() + 18), f"epoch {first}")
        last = str(first + self._across)
        painter.drawText(QPointF(area.right() - 8 * len(last), area.bottom() + 18), last)

    def _paint_line(self, painter: QPainter, area: QRectF, key: str, scale: float) -> None:
        points = [
            QPointF(
                area.left() + area.width() * n / self._across,
                area.bottom() - area.height() * row[key] / scale,
            )
            for n, row in enumerate(self._rows)
            if key in row
        ]
        painter.drawPolyline(points)
        for point in points:
            painter.drawEllipse(point, 2.0, 2.0)

    def _paint_name(self, painter: QPainter, area: QRectF, number: int, name: str) -> None:
        y = area.top() + 10 + 18 * number
        painter.drawLine(QPointF(area.right() + 8, y - 4), QPointF(area.right() + 26, y - 4))
        painter.setPen(self.palette().windowText().color())
        painter.drawText(QPointF(area.right() + 30, y), name)
