"""A progress bar that is redrawn with the next turn of the event loop.

Qt's own redraws the whole window at once with each new value.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cryoves_app.ui.base import theme


class ShareBar(QWidget):
    """A share from 0 to 1, with an optional text over it."""

    def __init__(self) -> None:
        super().__init__()
        self.share = 0.0
        self.text = ""
        self.setMinimumHeight(18)

    def sizeHint(self) -> QSize:
        return QSize(140, 20)

    def show_share(self, share: float, text: str = "") -> None:
        self.share, self.text = min(max(share, 0.0), 1.0), text
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        shades = theme.shades()
        painter.setPen(QColor(shades.border))
        painter.setBrush(QColor(shades.base))
        painter.drawRoundedRect(area, 3, 3)
        if self.share > 0:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(shades.accent))
            painter.drawRoundedRect(
                QRectF(area.left(), area.top(), area.width() * self.share, area.height()), 3, 3
            )
        if self.text:
            painter.setPen(QColor(shades.text))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.text)
        painter.end()
