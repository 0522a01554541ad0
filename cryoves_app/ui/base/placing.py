"""Where windows appear that lead from place to place in the views."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QWidget

_MARGIN_PX = 12


def place_at_right_edge(dialog: QWidget) -> None:
    """Put a dialog over the inspector, not over the middle, where its choices are shown."""
    parent = dialog.parentWidget()
    if parent is None:
        return
    around, room = parent.window().geometry(), parent.screen().availableGeometry()
    left = around.right() - dialog.width() - _MARGIN_PX
    top = around.center().y() - dialog.height() // 2
    dialog.move(QPoint(max(left, room.left()), max(top, room.top())))
