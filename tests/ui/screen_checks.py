"""What can be checked on a window without looking at it."""

from __future__ import annotations

from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget


def cut_off(parent: QWidget) -> list[str]:
    """Texts that have less room than they need, and panels wider than the place that scrolls them."""
    found = []
    for label in parent.findChildren(QLabel):
        if (
            label.isVisible()
            and label.text()
            and not label.wordWrap()
            and label.width() + 1 < label.sizeHint().width()
        ):
            found.append(label.text())
    for button in parent.findChildren(QAbstractButton):
        if button.isVisible() and button.text() and button.width() + 1 < button.minimumSizeHint().width():
            found.append(button.text())
    for area in parent.findChildren(QScrollArea):
        content = area.widget()
        if area.isVisible() and content is not None and content.width() > area.viewport().width():
            found.append(f"{type(content).__name__} in {type(area).__name__}")
    return found
