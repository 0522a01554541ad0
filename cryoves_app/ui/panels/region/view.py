"""The list of regions, buttons to draw, and what is known of the current one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.domain.region import RegionKind
from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.region.details import RegionDetails
from cryoves_app.ui.viewers.regions.region_looks import LOOKS

EXPLANATION = (
    "Vesicles whose centre lies outside the cytoplasm, or in an excluded place, are not exported. This holds at once, "
    "also after segmenting; nothing is computed again."
)
LONGEST_LIST = 6


@dataclass(frozen=True)
class RegionLine:
    """A line of the list."""

    name: str
    kind: RegionKind
    shown: bool


class RegionView(QWidget):
    """Passive: tells what was chosen, shows what it is given."""

    draw_wanted = Signal(object)  # RegionKind
    chosen = Signal(str)
    shown_toggled = Signal(str, bool)
    renamed = Signal(str, str)  # old and new name
    remove_wanted = Signal()
    import_wanted = Signal()
    export_wanted = Signal()
    zone_wanted = Signal()
    outline_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.explanation = _faint(EXPLANATION)
        self.list = QListWidget()
        triggers = QAbstractItemView.EditTrigger
        self.list.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed)
        self.list.setToolTip("Tick: shown. Double click: another name")
        self.details = RegionDetails()
        self.inside = QLabel()
        self.inside.setWordWrap(True)
        self._lines: tuple[RegionLine, ...] = ()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        box.addWidget(self.explanation)
        box.addWidget(QLabel("<b>Draw a new region</b>"))
        box.addLayout(self._draw_buttons())
        box.addLayout(self._finding_line())
        box.addWidget(self.dense)
        box.addWidget(self.list)
        box.addWidget(self.details)
        box.addWidget(self.inside)
        box.addLayout(self._file_line())
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemChanged.connect(self._item_changed)
        self.show_regions((), "")

    def _draw_buttons(self) -> QGridLayout:
        self.draw: dict[RegionKind, QPushButton] = {}
        grid = QGridLayout()
        grid.setSpacing(4)
        for number, (kind, look) in enumerate(LOOKS.items()):
            button = QPushButton(theme.coloured_icon(look.icon, look.colour), look.name)
            button.setToolTip(look.meaning)
            button.clicked.connect(lambda _checked=False, k=kind: self.draw_wanted.emit(k))
            self.draw[kind] = button
            grid.addWidget(button, number // 2, number % 2)
        return grid

    def _finding_line(self) -> QHBoxLayout:
        self.find_outline = QPushButton("Find outline")
        self.find_outline.setToolTip(
            "A network outlines the inside of the terminal; the lines are edited like drawn ones, and nothing that is "
            "there is replaced"
        )
        self.find_outline.clicked.connect(self.outline_wanted)
        self.find_zone = QPushButton("Find active zone (Z)")
        self.find_zone.setToolTip(
            "Two clicks on the membrane, where the zone begins and where it ends: the membrane between is found on all "
            "slices"
        )
        self.find_zone.clicked.connect(self.zone_wanted)
        self.dense = QCheckBox("End it where vesicles are densest")
        self.dense.setToolTip(
            "The zone ends where vesicles and cleft are densest, not at the clicks; needs vesicles that are accepted"
        )
        line = QHBoxLayout()
        line.setSpacing(4)
        line.addWidget(self.find_outline)
        line.addWidget(self.find_zone)
        return line

    def _file_line(self) -> QHBoxLayout:
        self.import_button = QPushButton("Import…")
        self.import_button.setToolTip("Regions from IMOD models (.mod) or label files; IMOD is not needed")
        self.import_button.clicked.connect(self.import_wanted)
        self.export_button = QPushButton("Export .mod…")
        self.export_button.setToolTip("All regions as objects of an IMOD model, read back and compared")
        self.export_button.clicked.connect(self.export_wanted)
        self.remove_button = QToolButton()
        theme.give_icon(self.remove_button, "delete-outline")
        self.remove_button.setToolTip("Delete the region that is selected in the list (can be undone)")
        self.remove_button.clicked.connect(self.remove_wanted)
        line = QHBoxLayout()
        line.addWidget(self.import_button)
        line.addWidget(self.export_button)
        line.addStretch(1)
        line.addWidget(self.remove_button)
        return line

    # -- what the presenter shows

    def show_regions(self, lines: Sequence[RegionLine], current: str) -> None:
        """The list, with one of the regions selected."""
        self._lines = tuple(lines)
        self.list.blockSignals(True)
        self.list.clear()
        for line in lines:
            self.list.addItem(_item(line))
        names = [line.name for line in lines]
        self.list.setCurrentRow(names.index(current) if current in names else -1)
        self.list.blockSignals(False)
        self.explanation.setVisible(not lines)  # later the number of vesicles inside says it
        self.list.setVisible(bool(lines))
        self.list.setFixedHeight(8 + 24 * max(1, min(len(lines), LONGEST_LIST)))
        self.export_button.setEnabled(bool(lines))
        self.remove_button.setEnabled(current in names)

    def show_inside(self, sentence: str) -> None:
        """How many vesicles the regions leave."""
        self.inside.setText(sentence)
        self.inside.setVisible(bool(sentence))

    def set_possible(self, possible: bool) -> None:
        """Whether anything can be drawn or brought in."""
        for button in (*self.draw.values(), self.import_button, self.find_zone, self.dense):
            button.setEnabled(possible)

    def _choose(self, row: int) -> None:
        if 0 <= row < len(self._lines):
            self.chosen.emit(self._lines[row].name)

    def _item_changed(self, item: QListWidgetItem) -> None:
        line = self._lines[self.list.row(item)]
        shown = item.checkState() == Qt.CheckState.Checked
        if shown != line.shown:
            self.shown_toggled.emit(line.name, shown)
        elif item.text() != line.name:
            self.renamed.emit(line.name, item.text())


def _item(line: RegionLine) -> QListWidgetItem:
    look = LOOKS[line.kind]
    item = QListWidgetItem(theme.coloured_icon(look.icon, look.colour), line.name)
    item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsUserCheckable)
    item.setCheckState(Qt.CheckState.Checked if line.shown else Qt.CheckState.Unchecked)
    item.setToolTip(f"{look.name}: {look.meaning}")
    return item


def _faint(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("faint", True)
    label.setWordWrap(True)
    return label
