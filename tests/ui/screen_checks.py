"""What can be checked on a window without looking at it."""

from __future__ import annotations

from PySide6.QtWidgets import (
    QAbstractButton,
    QLabel,
    QScrollArea,
    QStyle,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

SYMBOL = QStyle.PixelMetric.PM_SmallIconSize


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


def elided_cells(parent: QWidget) -> list[str]:
    """Texts of tables for which their cell has no room, however the table is hidden now."""
    found = []
    for table in parent.findChildren(QTableWidget):
        for row in range(table.rowCount()):
            for column in filter(lambda c: not table.isColumnHidden(c), range(table.columnCount())):
                item = table.item(row, column)
                if item is not None and _needed_width(table, item) > table.columnWidth(column):
                    found.append(item.text())
    return found


def _needed_width(table: QTableWidget, item: QTableWidgetItem) -> int:
    """Of text and symbol, with the margins that the style leaves at each side of both."""
    style = table.style()
    margins = 2 * (style.pixelMetric(QStyle.PixelMetric.PM_FocusFrameHMargin) + 1)
    symbol = 0 if item.icon().isNull() else style.pixelMetric(SYMBOL) + margins
    return table.fontMetrics().horizontalAdvance(item.text()) + margins + symbol
