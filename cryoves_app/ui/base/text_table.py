"""Tables of words in dialogs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem


def text_table(header: Sequence[str]) -> QTreeWidget:
    """An empty table with these columns."""
    table = QTreeWidget()
    table.setHeaderLabels(list(header))
    table.setRootIsDecorated(False)
    table.setAlternatingRowColors(True)
    return table


def put_rows(table: QTreeWidget, rows: Sequence[Sequence[str]] | Sequence[QTreeWidgetItem]) -> None:
    """Put rows in place of what the table showed; columns get the width of their words."""
    table.clear()
    table.addTopLevelItems(
        [row if isinstance(row, QTreeWidgetItem) else QTreeWidgetItem(list(row)) for row in rows]
    )
    for column in range(table.columnCount()):
        table.resizeColumnToContents(column)
