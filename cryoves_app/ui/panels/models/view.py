"""The list of networks, the card of the selected one, and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base.text_table import text_table, wrap_last_column
from cryoves_app.workflow.common.model_card import CardEntry

COLUMNS = ("Name", "Finds", "Where", "Voxel size", "Held-out score", "Hash")
_SCORE_MEANS = (
    "F1 and Dice of the network alone, before spheres are fitted, on the tomograms that its training held out:\n"
    "hard ones give low numbers, so that models compare only where these were the same"
)
_EXPLANATION = (
    "Models find the vesicles. The default one is used for new tomograms; every project remembers which one it was "
    "segmented with."
)


@dataclass(frozen=True)
class ModelLine:
    """A line of the list."""

    name: str
    cells: tuple[str, ...]
    bundled: bool
    standard: bool
    finds_regions: bool = False


class ModelsView(QDialog):
    """Passive. Not modal: the window stays usable."""

    chosen = Signal(str)
    import_wanted = Signal()
    export_wanted = Signal(str)
    delete_wanted = Signal(str)
    standard_wanted = Signal(str)
    use_wanted = Signal(str)
    trial_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Models")
        self.resize(900, 560)
        self._lines: dict[str, ModelLine] = {}
        explanation = QLabel(_EXPLANATION)
        explanation.setWordWrap(True)
        self.list, self.card = text_table(COLUMNS), text_table(("Entry", "Value"))
        self.list.headerItem().setToolTip(COLUMNS.index("Held-out score"), _SCORE_MEANS)
        wrap_last_column(self.card)
        self.card.setRootIsDecorated(True)
        self.list.currentItemChanged.connect(lambda *_: self._choose())
        halves = QSplitter(Qt.Orientation.Vertical)
        halves.addWidget(self.list)
        halves.addWidget(self.card)
        halves.setSizes([190, 320])
        box = QVBoxLayout(self)
        box.addWidget(explanation)
        box.addWidget(halves, 1)
        box.addLayout(self._make_buttons())

    def _make_buttons(self) -> QHBoxLayout:
        self.take, self.write = QPushButton("Import…"), QPushButton("Export…")
        self.delete, self.standard = QPushButton("Delete…"), QPushButton("Make default")
        self.trial, self.use = QPushButton("Try on a box…"), QPushButton("Use for this tomogram")
        tips = {
            self.take: "Weights (.h5, .keras) of a published network, or a model's folder from another computer",
            self.write: "A folder to share with the card in it, or .onnx or .h5 for other programs",
            self.delete: "Removes it from this computer",
            self.standard: "Used for new tomograms, here and on the command line",
            self.trial: "What each model finds around the crosshair, side by side; nothing is changed",
            self.use: "Chooses it under Segment",
        }
        line = QHBoxLayout()
        for button, tip in tips.items():
            button.setToolTip(tip)
            button.setAutoDefault(False)
            line.addWidget(button)
        line.insertStretch(3, 1)
        self.take.clicked.connect(self.import_wanted)
        self.trial.clicked.connect(self.trial_wanted)
        for button, signal in (
            (self.write, self.export_wanted),
            (self.delete, self.delete_wanted),
            (self.standard, self.standard_wanted),
            (self.use, self.use_wanted),
        ):
            button.clicked.connect(lambda _on=False, s=signal: s.emit(self.current))
        return line

    @property
    def current(self) -> str:
        """Name of the selected model; empty if none is."""
        item = self.list.currentItem()
        return str(item.data(0, Qt.ItemDataRole.UserRole)) if item is not None else ""

    # -- what is shown

    def show_models(self, lines: Sequence[ModelLine], select: str) -> None:
        """The list, with one of them selected."""
        self._lines = {line.name: line for line in lines}
        self.list.blockSignals(True)
        self.list.clear()
        for line in lines:
            item = QTreeWidgetItem(list(line.cells))
            item.setData(0, Qt.ItemDataRole.UserRole, line.name)
            self.list.addTopLevelItem(item)
            if line.name == select or self.list.currentItem() is None:
                self.list.setCurrentItem(item)
        self.list.blockSignals(False)
        _fit_columns(self.list)
        self._choose()

    def show_card(self, entries: Sequence[CardEntry]) -> None:
        """The card of the selected one."""
        self.card.clear()
        self.card.addTopLevelItems([_card_item(entry) for entry in entries])
        self.card.expandToDepth(0)
        self.card.setColumnWidth(0, self.card.width() * 2 // 5)

    def show_trial(self, *, possible: bool) -> None:
        self.trial.setEnabled(possible)

    def _choose(self) -> None:
        line = self._lines.get(self.current)
        self.write.setEnabled(line is not None)
        for_vesicles = line is not None and not line.finds_regions
        self.use.setEnabled(for_vesicles)
        self.standard.setEnabled(for_vesicles and line is not None and not line.standard)
        self.delete.setEnabled(line is not None and not line.bundled)
        if line is not None:
            self.chosen.emit(line.name)


def _card_item(entry: CardEntry) -> QTreeWidgetItem:
    item = QTreeWidgetItem([entry.title, entry.value])
    for column, text in enumerate((entry.title, entry.value)):
        item.setToolTip(column, text)
    item.setTextAlignment(0, Qt.AlignmentFlag.AlignTop)
    item.addChildren([_card_item(inner) for inner in entry.below])
    return item


def _fit_columns(table: QTreeWidget) -> None:
    for column in range(table.columnCount()):
        table.resizeColumnToContents(column)
