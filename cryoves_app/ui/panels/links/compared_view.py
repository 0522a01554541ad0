"""Pairs of vesicles that our search and another program name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QTreeWidgetItem, QVBoxLayout, QWidget

from cryoves_app.ui.base.text_table import put_rows, text_table
from cryoves_app.workflow.links.names import COMPARED_HEADER

NOTHING = (
    "Compare sets these links beside those that Pyto found in the same tomogram: by its tables (*.dat), with the label "
    "volumes beside them where they are there. The links.csv of another search will do, too."
)
_MEANINGS = {
    "Links here": "Good links of this pair that are not rejected",
    "Shared voxels": "Voxels that belong to links of this pair in both, of all that each has",
    "Same voxels": "Links of this pair that have exactly the same voxels in both",
    "Meets there": "Other pairs whose links there share voxels with this pair’s links here",
}


class ComparedTab(QWidget):
    """Passive. A click on a pair goes to it, whoever named it."""

    pair_chosen = Signal(int)  # its place

    def __init__(self) -> None:
        super().__init__()
        self.words = QLabel(NOTHING)
        self.words.setWordWrap(True)
        self.table = text_table(COMPARED_HEADER)
        for column, name in enumerate(COMPARED_HEADER):
            self.table.headerItem().setToolTip(column, _MEANINGS.get(name, ""))
        self.table.currentItemChanged.connect(lambda item, _before: self._choose(item))
        self.table.itemClicked.connect(lambda item, _column: self._choose(item))
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.addWidget(self.words)
        box.addWidget(self.table, 1)

    def show_pairs(self, words: str, rows: Sequence[tuple[str, ...]]) -> None:
        """What the comparison says, and its pairs; without words what it is good for."""
        self.words.setText(words or NOTHING)
        self.table.blockSignals(True)  # filling the table chooses nothing
        items = [QTreeWidgetItem(list(row)) for row in rows]
        for place, item in enumerate(items):
            item.setData(0, Qt.ItemDataRole.UserRole, place)
        put_rows(self.table, items)
        self.table.blockSignals(False)
        self.table.setVisible(bool(words))

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.pair_chosen.emit(int(item.data(0, Qt.ItemDataRole.UserRole)))
