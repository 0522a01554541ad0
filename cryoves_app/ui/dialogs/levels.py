"""The levels of an OME-Zarr image, of which one is chosen to be opened."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QTreeWidgetItem, QVBoxLayout, QWidget

from cryoves_app.formats.ome_zarr.levels import OfferedLevel
from cryoves_app.ui.base.text_table import put_rows, text_table

_COLUMNS = ("Level", "Voxel size", "Voxels (x × y × z)", "Megavoxels")
HINT = (
    "Finer levels show and measure more, and take longer. Another one can be opened later, in the step Open."
)


class LevelsDialog(QDialog):
    """Not modal: it only asks."""

    chosen = Signal(object)  # Path

    def __init__(
        self, name: str, levels: Sequence[OfferedLevel], selected: int, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Levels of {name}")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._levels = tuple(levels)
        self.list = text_table(_COLUMNS)
        items = [QTreeWidgetItem(list(level.words)) for level in levels]
        put_rows(self.list, items)
        self.list.setCurrentItem(items[selected])
        self.list.itemDoubleClicked.connect(lambda _item, _column: self.accept())
        asked = QLabel(f"{name} holds the tomogram at several resolutions. Which one is to be opened?")
        hint = QLabel(HINT)
        for label in (asked, hint):
            label.setWordWrap(True)
        hint.setProperty("faint", True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.button = self.buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for widget in (asked, self.list, hint, self.buttons):
            box.addWidget(widget)
        self.resize(500, 300)

    @property
    def level(self) -> OfferedLevel:
        """The one that is selected."""
        return self._levels[self.list.currentIndex().row()]

    def accept(self) -> None:
        path = self.level.path
        super().accept()
        self.chosen.emit(path)
