"""Links as a window of their own: how they are found, the list, numbers of the vesicles, the Methods paragraph."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QCloseEvent, QColor
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSlider,
    QTabWidget,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.text_table import put_rows, text_table
from cryoves_app.ui.panels.links.compared_view import ComparedTab
from cryoves_app.ui.panels.links.preview import PREVIEW_STEPS
from cryoves_app.ui.panels.links.zones_view import PlotsTab, ZonesTab
from cryoves_app.workflow.links.names import ALSO_THERE, LINK_HEADER, VESICLE_HEADER

RECIPES = (("default", "threads between spheres, judged against chance"), ("pyto", "the rules of Pyto"))
#: Columns that are not known by their name.
_MEANINGS = {
    "Length (nm)": "Along the densest way through the gap",
    "Strength": "How dense the thinner half of the densest ways is, in standard deviations of the region",
    "Chance": "Probability that there is no thread, but what lies about by chance",
    "False share": "Share of chance finds that is expected among all links at least as sure as this one",
    "Stability": "How often it stays likelier than none when centres and radii move within their errors",
    "Also there": "Whether the other program names this pair, too",
    "Judged": "Accepted or rejected by hand, and by whom",
}
_KINDS = (("", "connectors and tethers"), ("connector", "connectors"), ("tether", "tethers"))
_COMPARED_KINDS = (("both", "links of pairs that are also there"), ("here", "links of pairs only here"))
_LEGEND = (
    "In the views connectors are green, tethers red, the chosen one yellow. A accepts the chosen links, Delete rejects "
    "them; once more takes that back. Rejected ones stay in the tables and count nowhere. Judgements are steps of the "
    "project’s history: Ctrl+Z undoes them, and they hold when links are looked for again."
)
_FAINT = QBrush(QColor("#8a8f95"))


@dataclass(frozen=True)
class LinkRow:
    """One line of the list."""

    number: int
    kind: str
    cells: tuple[str, ...]
    is_rejected: bool = False
    named_by: str = ""


class LinksView(QDialog):
    """Passive. Not modal: the window stays usable, and links are looked at there."""

    search_wanted = Signal()
    cancel_wanted = Signal()
    save_wanted = Signal()
    zone_wanted = Signal()
    link_chosen = Signal(int)
    pair_chosen = Signal(int)
    kind_chosen = Signal()
    preview_wanted = Signal()
    accept_wanted = Signal()
    reject_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Links")
        self.resize(1040, 640)
        self.words, self.notes = QLabel(), QLabel()
        for label in (self.words, self.notes):
            label.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        box = QVBoxLayout(self)
        box.addLayout(self._make_choices())
        box.addWidget(self.words)
        box.addWidget(self.progress)
        box.addWidget(self._make_tabs(), 1)
        box.addWidget(self.notes)
        box.addLayout(self._make_buttons())
        self._show_choices()
        self.show_nothing("")

    def _make_choices(self) -> QGridLayout:
        self.recipe = _combo(RECIPES)
        self.recipe.activated.connect(lambda _index: self._show_choices())
        self.share = QDoubleSpinBox()
        self.share.setRange(0.05, 1.0)
        self.share.setSingleStep(0.05)
        self.share.setToolTip("Links are listed as long as no more than this share of all may be chance")
        self.thresholds = QLineEdit()
        self.thresholds.setPlaceholderText("usual levels")
        self.thresholds.setToolTip(
            "Grey values as START:STOP:STEP, or with commas; left empty, 21 levels up to the region's mean"
        )
        self.search = QPushButton("Find links")
        theme.mark_primary(self.search)
        self.search.clicked.connect(self.search_wanted)
        grid = QGridLayout()
        grid.addWidget(QLabel("By"), 0, 0)
        grid.addWidget(self.recipe, 0, 1)
        self.share.setToolTip(
            "Lists links as long as chance finds are at most this share of them (false share)"
        )
        self._share_label, self._thresholds_label = QLabel("May be chance, at most"), QLabel("Thresholds")
        for label, field in ((self._share_label, self.share), (self._thresholds_label, self.thresholds)):
            grid.addWidget(label, 0, 2)
            grid.addWidget(field, 0, 3)
        grid.addWidget(self.search, 0, 4)
        self.level = QSlider(Qt.Orientation.Horizontal)
        self.level.setRange(0, PREVIEW_STEPS)
        self.level.setToolTip(
            "Shows the segments of one threshold in the views, from the lowest to the highest"
        )
        self.level.valueChanged.connect(lambda _value: self.preview_wanted.emit())
        self._level_label = QLabel("Preview")
        grid.addWidget(self._level_label, 1, 0)
        grid.addWidget(self.level, 1, 1, 1, 3)
        grid.setColumnStretch(1, 1)
        return grid

    def _make_tabs(self) -> QTabWidget:
        self.list, self.vesicles = _table(LINK_HEADER), _table(VESICLE_HEADER)
        for column, name in enumerate(LINK_HEADER):
            self.list.headerItem().setToolTip(column, _MEANINGS.get(name, ""))
        self.list.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        self.list.currentItemChanged.connect(lambda item, _before: self._choose(item))
        self.list.itemClicked.connect(lambda item, _column: self._choose(item))
        self.kind = _combo(_KINDS)
        self.kind.activated.connect(lambda _index: self.kind_chosen.emit())
        self.accepting, self.rejecting = QPushButton("Accept"), QPushButton("Reject")
        self.accepting.setToolTip("Accept the chosen links by hand (A); once more takes it back")
        self.rejecting.setToolTip("Reject the chosen links (Delete); once more takes it back")
        below = QLabel(_LEGEND)
        below.setWordWrap(True)
        below.setProperty("faint", True)
        line = QHBoxLayout()
        line.addWidget(QLabel("Show"))
        line.addWidget(self.kind)
        line.addStretch(1)
        for button, wanted in ((self.accepting, self.accept_wanted), (self.rejecting, self.reject_wanted)):
            button.setAutoDefault(False)
            button.clicked.connect(wanted)
            line.addWidget(button)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 6, 0, 0)
        box.addLayout(line)
        box.addWidget(self.list, 1)
        box.addWidget(below)
        self.methods = QPlainTextEdit()
        self.methods.setReadOnly(True)
        self.zones, self.plots, self.compared = ZonesTab(), PlotsTab(), ComparedTab()
        self.compared.pair_chosen.connect(self.pair_chosen)
        self.tabs = QTabWidget()
        for tab, title in (
            (page, "Links"),
            (self.vesicles, "Vesicles"),
            (self.zones, "Zones"),
            (self.plots, "Plots"),
            (self.compared, "Compared"),
            (self.methods, "Methods"),
        ):
            self.tabs.addTab(tab, title)
        return self.tabs

    def _make_buttons(self) -> QHBoxLayout:
        self.cancel, self.save = QPushButton("Cancel"), QPushButton("Save…")
        self.compare = QPushButton("Compare")
        self.compare.setAutoDefault(False)
        self.compare.setToolTip("Sets these links beside those that Pyto found in the same tomogram")
        self.find_zone = QPushButton("Find active zone…")
        self.find_zone.setAutoDefault(False)
        self.find_zone.setToolTip(
            "Two clicks on the membrane, where the zone begins and ends: tethers need it"
        )
        self.find_zone.clicked.connect(self.zone_wanted)
        menu = QMenu(self.compare)
        self.folder_to_compare = menu.addAction("With Pyto’s results in a folder…")
        self.file_to_compare = menu.addAction("With a table or label volume…")
        self.compare.setMenu(menu)
        self.save.setToolTip(
            "Saves tables of links and vesicles, the links' voxels and the paragraph in a folder"
        )
        line = QHBoxLayout()
        line.addWidget(self.compare)
        line.addWidget(self.find_zone)
        line.addStretch(1)
        for button, wanted in ((self.cancel, self.cancel_wanted), (self.save, self.save_wanted)):
            button.setAutoDefault(False)
            button.clicked.connect(wanted)
            line.addWidget(button)
        return line

    # -- what is chosen

    @property
    def by_pyto(self) -> bool:
        return bool(self.recipe.currentData() == "pyto")

    @property
    def chosen(self) -> list[int]:
        """Numbers of the links that are selected in the list."""
        return [int(item.data(0, Qt.ItemDataRole.UserRole)) for item in self.list.selectedItems()]

    def _show_choices(self) -> None:
        for label, field in ((self._share_label, self.share), (self._thresholds_label, self.thresholds)):
            is_meant = (field is self.thresholds) is self.by_pyto
            label.setVisible(is_meant)
            field.setVisible(is_meant)
        for widget in (self._level_label, self.level):
            widget.setVisible(self.by_pyto)

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if item is not None:
            self.link_chosen.emit(int(item.data(0, Qt.ItemDataRole.UserRole)))

    # -- what is shown

    def show_work(self, words: str, fraction: float) -> None:
        """While links are looked for."""
        self.words.setText(words)
        self.progress.setValue(round(1000 * fraction))
        self._set_busy(busy=True)

    def show_nothing(self, words: str) -> None:
        """Where there are no links to show, and why."""
        self.words.setText(words)
        self.notes.hide()
        self.methods.clear()
        for table in (self.list, self.vesicles):
            table.clear()
        self.zones.show_zones(())
        self.plots.show_figure(b"", "")
        self.show_compared("", ())
        self.find_zone.hide()
        self._set_busy(busy=False)

    def show_found(self, words: str, notes: str, methods: str) -> None:
        self.words.setText(words)
        self.show_notes(notes)
        self.methods.setPlainText(methods)
        self._set_busy(busy=False)

    def show_notes(self, notes: str) -> None:
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))

    def show_links(self, rows: Sequence[LinkRow]) -> None:
        """List these; those that were selected stay so."""
        before = set(self.chosen)
        self.list.blockSignals(True)  # filling the list chooses nothing
        items = [_item(row) for row in rows]
        put_rows(self.list, items)
        for row, item in zip(rows, items, strict=True):
            item.setSelected(row.number in before)
        self.list.blockSignals(False)

    def show_vesicles(self, rows: Sequence[tuple[str, ...]]) -> None:
        put_rows(self.vesicles, [_SortedItem(list(row)) for row in rows])

    def show_compared(self, words: str, rows: Sequence[tuple[str, ...]]) -> None:
        """The pairs of both programs; without words, that there is nothing to compare with."""
        self.compared.show_pairs(words, rows)
        self.list.setColumnHidden(ALSO_THERE, not words)
        chosen = self.kind.currentData()
        fill_combo(self.kind, (*_KINDS, *(_COMPARED_KINDS if words else ())))
        self.kind.setCurrentIndex(max(self.kind.findData(chosen), 0))

    def mark(self, numbers: set[int]) -> None:
        """Select links in the list without choosing them."""
        self.list.blockSignals(True)
        items = [self.list.topLevelItem(place) for place in range(self.list.topLevelItemCount())]
        meant = [i for i in items if i is not None and int(i.data(0, Qt.ItemDataRole.UserRole)) in numbers]
        self.list.clearSelection()
        for item in meant:
            item.setSelected(True)
        if meant:
            self.list.scrollToItem(meant[0])
        self.list.blockSignals(False)

    def _set_busy(self, *, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.search.setEnabled(not busy)
        for button in (self.compare, self.save, self.accepting, self.rejecting):
            button.setEnabled(not busy and bool(self.methods.toPlainText()))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.cancel_wanted.emit()
        self.closed.emit()
        super().closeEvent(event)


def _combo(entries: Sequence[tuple[str, str]]) -> QComboBox:
    combo = QComboBox()
    fill_combo(combo, entries)
    return combo


def fill_combo(combo: QComboBox, entries: Sequence[tuple[str, str]]) -> None:
    """Put entries in place of those that a combo has."""
    combo.clear()
    for key, text in entries:
        combo.addItem(text, key)


def _table(header: Sequence[str]) -> QTreeWidget:
    table = text_table(header)
    table.setSortingEnabled(True)
    table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
    return table


class _SortedItem(QTreeWidgetItem):
    """Numbers in order of their size, links by their own; what is not known comes last."""

    def __lt__(self, other: QTreeWidgetItem) -> bool:
        column = self.treeWidget().sortColumn()
        return _sorting_key(self, column) < _sorting_key(other, column)


def _sorting_key(item: QTreeWidgetItem, column: int) -> tuple[float, str]:
    number, text = item.data(0, Qt.ItemDataRole.UserRole), item.text(column)
    if column == 0 and number is not None:
        return float(number), text
    try:
        return float(text), text
    except ValueError:
        return math.inf, text


def _item(row: LinkRow) -> QTreeWidgetItem:
    item = _SortedItem(list(row.cells))
    item.setData(0, Qt.ItemDataRole.UserRole, row.number)
    if row.is_rejected:
        font = item.font(0)
        font.setStrikeOut(True)
        for column in range(len(row.cells)):
            item.setFont(column, font)
            item.setForeground(column, _FAINT)
    return item
