"""The tomograms of a copick project, of which some are chosen to be opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.formats.copick.project import CopickProject, CopickTomogram

HINT = "Several make a list for Segment all. Vesicles go back into the project by Export."


def tomograms_of(project: CopickProject) -> list[CopickTomogram]:
    """All tomograms, run by run."""
    return [tomogram for run in project.runs() for tomogram in project.tomograms(run)]


class CopickRunsDialog(QDialog):
    """Not modal: it only asks."""

    chosen = Signal(object)  # list of Path

    def __init__(self, tomograms: Sequence[CopickTomogram], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Tomograms of the copick project")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.list = QListWidget()
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for tomogram in tomograms:
            item = QListWidgetItem(tomogram.words)
            item.setData(Qt.ItemDataRole.UserRole, tomogram.path)
            item.setToolTip(str(tomogram.path))
            self.list.addItem(item)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = self.buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.button.setEnabled(False)
        self.buttons.accepted.connect(self._accept)
        self.buttons.rejected.connect(self.reject)
        self.list.itemSelectionChanged.connect(lambda: self.button.setEnabled(bool(self.paths())))
        self.list.itemDoubleClicked.connect(lambda _item: self._accept())
        hint = QLabel(HINT)
        hint.setWordWrap(True)
        hint.setProperty("faint", True)
        box = QVBoxLayout(self)
        for widget in (self.list, hint, self.buttons):
            box.addWidget(widget)
        self.resize(460, 380)

    def paths(self) -> list[Path]:
        """What is selected, from the top down."""
        rows = sorted(self.list.row(item) for item in self.list.selectedItems())
        return [self.list.item(row).data(Qt.ItemDataRole.UserRole) for row in rows]

    def _accept(self) -> None:
        self.chosen.emit(self.paths())
        self.accept()
