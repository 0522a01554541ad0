"""A line for each part of the files, in which the user says what it is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.formats.imod.convert import ObjectRole
from cryoves_app.workflow.importing.importing import ModelPart
from cryoves_app.workflow.importing.label_import import LabelPart

Part = ModelPart | LabelPart
ROLE_WORDS = {
    ObjectRole.VESICLES: "vesicles",
    ObjectRole.CYTOPLASM: "cytoplasm (outline)",
    ObjectRole.ACTIVE_ZONE: "active zone",
    ObjectRole.ORGANELLE: "organelle",
    ObjectRole.EXCLUDE: "exclude",
    ObjectRole.IGNORE: "leave out",
}
COLUMNS = ("File", "Object", "Holds", "Is")
HINT = "A guess is made from the names. Vesicles are points with sizes, or bodies drawn as closed contours."


class ImportPartsDialog(QDialog):
    """Not modal to the program's work: it only asks."""

    chosen = Signal(object)  # roles by part

    def __init__(self, parts: Sequence[Part], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("What is in the files?")
        self._parts = tuple(parts)
        self.roles = [self._role_box(part) for part in parts]
        self.table = self._table()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = self.buttons.addButton("Import", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        hint = QLabel(HINT)
        hint.setWordWrap(True)
        hint.setProperty("faint", True)
        box = QVBoxLayout(self)
        box.addWidget(hint)
        box.addWidget(self.table)
        box.addWidget(self.buttons)
        self.resize(680, min(520, 170 + 32 * len(parts)))

    def _role_box(self, part: Part) -> QComboBox:
        box = QComboBox()
        for role, words in ROLE_WORDS.items():
            box.addItem(words, role)
        box.setCurrentIndex(list(ROLE_WORDS).index(part.guess))
        box.currentIndexChanged.connect(self._refresh)
        return box

    def _table(self) -> QTableWidget:
        table = QTableWidget(len(self._parts), len(COLUMNS))
        table.setHorizontalHeaderLabels(COLUMNS)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        for row, part in enumerate(self._parts):
            for column, text in enumerate((part.path.name, part.title, part.content)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
                table.setItem(row, column, item)
            table.setCellWidget(row, len(COLUMNS) - 1, self.roles[row])
            table.setRowHeight(row, 32)
        header = table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Fixed)
        table.setColumnWidth(len(COLUMNS) - 1, 170)
        return table

    def _refresh(self) -> None:
        self.button.setEnabled(any(role is not ObjectRole.IGNORE for role in self.result_roles().values()))

    def result_roles(self) -> dict[Part, ObjectRole]:
        """What each part is."""
        words = list(ROLE_WORDS)
        return {part: words[box.currentIndex()] for part, box in zip(self._parts, self.roles, strict=True)}

    def _accept(self) -> None:
        self.chosen.emit(self.result_roles())
        self.accept()
