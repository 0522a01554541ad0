"""Tables of words in dialogs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QTreeWidgetItem

#: Room around the words of a cell.
_ROOM_PX = 6, 2
_CELLS = f"QTreeView::item {{ padding: {_ROOM_PX[1]}px {_ROOM_PX[0]}px; }}"


def text_table(header: Sequence[str]) -> QTreeWidget:
    """An empty table with these columns."""
    table = QTreeWidget()
    table.setHeaderLabels(list(header))
    table.setRootIsDecorated(False)
    table.setAlternatingRowColors(True)
    table.setStyleSheet(_CELLS)
    table.setHeaderHidden(not header)
    return table


def wrap_last_column(table: QTreeWidget) -> None:
    """Rows of a shown table become as high as the words of the last column need at its width."""
    column = table.columnCount() - 1
    delegate = _WrappedWords(table)
    table.setWordWrap(True)
    table.setItemDelegateForColumn(column, delegate)
    # the rows' heights are kept by the view until it lays them out anew
    table.header().sectionResized.connect(lambda *_: table.scheduleDelayedItemsLayout())


class _WrappedWords(QStyledItemDelegate):
    """Knows how high the words of a cell are when they are broken into lines; Qt measures them unbroken."""

    def __init__(self, table: QTreeWidget) -> None:
        super().__init__(table)
        self._table = table

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex, /) -> QSize:
        across, above = _ROOM_PX
        width = self._table.columnWidth(index.column()) - 3 * across
        words = self._table.fontMetrics().boundingRect(
            QRect(0, 0, width, 0), Qt.TextFlag.TextWordWrap, str(index.data() or " ")
        )
        return QSize(width, words.height() + 2 * above)


def put_rows(table: QTreeWidget, rows: Sequence[Sequence[str]] | Sequence[QTreeWidgetItem]) -> None:
    """Put rows in place of what the table showed; columns get the width of their words."""
    table.clear()
    table.addTopLevelItems(
        [row if isinstance(row, QTreeWidgetItem) else QTreeWidgetItem(list(row)) for row in rows]
    )
    for column in range(table.columnCount()):
        table.resizeColumnToContents(column)
