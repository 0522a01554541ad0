"""Windows that lead through the views stand beside them."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QDialog, QWidget

from cryoves_app.ui.base.placing import place_at_right_edge
from cryoves_app.ui.base.text_table import put_rows, text_table, wrap_last_column

from .helpers import PATIENCE_MS


def test_a_dialog_is_put_over_the_inspector_and_not_over_the_middle(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.setGeometry(40, 30, 1000, 600)
    dialog = QDialog(window)
    dialog.resize(300, 200)
    place_at_right_edge(dialog)
    assert window.geometry().right() - 20 < dialog.geometry().right() <= window.geometry().right()
    assert dialog.geometry().left() > window.geometry().center().x()
    dialog.resize(1200, 900)
    place_at_right_edge(dialog)
    room = window.screen().availableGeometry()
    assert (dialog.x(), dialog.y()) == (room.left(), room.top())  # its beginning stays on the screen


def test_a_long_entry_is_shown_whole_at_any_width(qtbot: Any) -> None:
    table = text_table(("Entry", "Value"))
    qtbot.addWidget(table)
    wrap_last_column(table)
    put_rows(table, [("short", "word"), ("long", "many words that do not fit into one line " * 6)])
    table.setColumnWidth(0, 100)
    table.resize(900, 300)
    table.show()

    line = table.fontMetrics().height() // 2

    def height(row: int) -> int:
        return table.visualItemRect(table.topLevelItem(row)).height()

    qtbot.waitUntil(lambda: height(1) > height(0) + line, timeout=PATIENCE_MS)
    before = height(1)
    table.resize(400, 300)
    qtbot.waitUntil(lambda: height(1) > before + line, timeout=PATIENCE_MS)
