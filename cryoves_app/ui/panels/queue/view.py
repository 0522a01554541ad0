"""The queue as a window of its own, which may stay open beside the main one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

NAME, CONDITION, STATE = range(3)
_FOLDER = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class QueueRow:
    """A tomogram as it is shown; ``key`` names it for the presenter."""

    key: str
    name: str
    path: str
    condition: str
    state: str
    whole_state: str
    is_current: bool = False


class QueueView(QDialog):
    """Passive. Not modal: the window stays usable."""

    files_wanted = Signal()
    folder_wanted = Signal()
    dropped = Signal(object)  # paths
    removed = Signal(object)  # keys
    retried = Signal(object)  # keys
    reviewed = Signal(object)  # keys
    moved = Signal(object, int)  # keys, by
    pause_toggled = Signal()
    next_wanted = Signal()
    summary_wanted = Signal()
    study_wanted = Signal()
    opened = Signal(str)  # key
    condition_given = Signal(str, str)  # key, condition

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Queue")
        self.setAcceptDrops(True)
        self.resize(760, 520)
        self.explanation = QLabel()
        self.explanation.setWordWrap(True)
        self.list = self._make_list()
        self.words = QLabel()
        self.words.setWordWrap(True)
        box = QVBoxLayout(self)
        box.addWidget(self.explanation)
        box.addLayout(self._make_settings())
        box.addLayout(self._make_list_buttons())
        box.addWidget(self.list, 1)
        box.addWidget(self.words)
        box.addLayout(self._make_work_buttons())
        self.list.itemSelectionChanged.connect(self._enable)
        self._enable()

    def _make_list(self) -> QTreeWidget:
        shown = QTreeWidget()
        shown.setHeaderLabels(["Tomogram", "Condition", "State"])
        shown.setRootIsDecorated(False)
        shown.setSelectionMode(QTreeWidget.SelectionMode.ExtendedSelection)
        shown.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        shown.setTextElideMode(Qt.TextElideMode.ElideRight)
        header = shown.header()
        header.setStretchLastSection(True)
        header.resizeSection(NAME, 250)
        header.resizeSection(CONDITION, 120)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        shown.itemDoubleClicked.connect(self._double_clicked)
        shown.itemChanged.connect(self._item_changed)
        return shown

    def _make_settings(self) -> QFormLayout:
        self.results = QLineEdit()
        self.results.setPlaceholderText("a folder cryoves-results beside the first tomogram")
        self.region = QLineEdit()
        self.region.setPlaceholderText("everywhere; or a file for each, as {dir}/{stem}_cell.mod")
        self.condition = QLineEdit()
        self.condition.setPlaceholderText("a group of the study, as control; each row's can be changed")
        self.optional_region = QCheckBox("go on where a region's file is missing")
        form = QFormLayout()
        form.addRow("Results in", self.results)
        form.addRow("Region", self.region)
        form.addRow("", self.optional_region)
        form.addRow("Condition", self.condition)
        return form

    def _make_list_buttons(self) -> QHBoxLayout:
        self.add_files = self._button(
            "Add files…", "Put tomograms at the end of the queue", self.files_wanted
        )
        self.add_folder = self._button("Add folder…", "All tomograms of a folder", self.folder_wanted)
        self.up = self._button("Up", "Earlier in the queue")
        self.down = self._button("Down", "Later in the queue")
        self.retry = self._button("Retry", "Segment these again if they failed; finished results stay")
        self.mark = self._button("Reviewed", "Count these as reviewed, or those that are as not")
        self.remove = self._button("Remove", "Take these out of the queue; their results stay")
        self.up.clicked.connect(lambda: self.moved.emit(self.selected(), -1))
        self.down.clicked.connect(lambda: self.moved.emit(self.selected(), 1))
        self.retry.clicked.connect(lambda: self.retried.emit(self.selected()))
        self.mark.clicked.connect(lambda: self.reviewed.emit(self.selected()))
        self.remove.clicked.connect(lambda: self.removed.emit(self.selected()))
        line = QHBoxLayout()
        for button in (self.add_files, self.add_folder):
            line.addWidget(button)
        line.addStretch(1)
        for button in (self.up, self.down, self.retry, self.mark, self.remove):
            line.addWidget(button)
        return line

    def _make_work_buttons(self) -> QHBoxLayout:
        self.pause = self._button(
            "Pause", "Begin no further tomogram; the one at work is finished", self.pause_toggled
        )
        self.summary = self._button("Summary…", "Save one CSV table with a row for each", self.summary_wanted)
        self.study = self._button(
            "Study…", "Measure what is segmented and compare its conditions", self.study_wanted
        )
        self.next = self._button(
            "Next to review", "Open the next finished one in the main window", self.next_wanted
        )
        line = QHBoxLayout()
        line.addWidget(self.pause)
        line.addStretch(1)
        line.addWidget(self.summary)
        line.addWidget(self.study)
        line.addWidget(self.next)
        return line

    def _button(self, text: str, hint: str, signal: object = None) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(hint)
        button.setAutoDefault(False)
        if signal is not None:
            button.clicked.connect(signal)
        return button

    # -- what is shown

    def show_rows(self, rows: Sequence[QueueRow]) -> None:
        """Show the queue; what is selected or being typed stays."""
        self.list.blockSignals(True)
        chosen = set(self.selected())
        while self.list.topLevelItemCount() > len(rows):
            self.list.takeTopLevelItem(self.list.topLevelItemCount() - 1)
        while self.list.topLevelItemCount() < len(rows):
            item = QTreeWidgetItem()
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.list.addTopLevelItem(item)
        for number, row in enumerate(rows):
            shown = self.list.topLevelItem(number)
            assert shown is not None
            _fill(shown, row)
            shown.setSelected(row.key in chosen)
        self.list.blockSignals(False)
        self._enable()

    def show_state(self, key: str, state: str) -> None:
        """Renew the state of one row."""
        item = self._item(key)
        if item is not None:
            self.list.blockSignals(True)
            item.setText(STATE, state)
            self.list.blockSignals(False)

    def show_work(self, words: str, *, paused: bool, has_next: bool, has_results: bool) -> None:
        self.words.setText(words)
        self.pause.setText("Go on" if paused else "Pause")
        self.next.setEnabled(has_next)
        self.study.setEnabled(has_results)
        self.summary.setEnabled(self.list.topLevelItemCount() > 0)

    def selected(self) -> list[str]:
        """The keys of the rows that are selected."""
        return [str(item.data(NAME, _FOLDER)) for item in self.list.selectedItems()]

    def _item(self, key: str) -> QTreeWidgetItem | None:
        items = (self.list.topLevelItem(n) for n in range(self.list.topLevelItemCount()))
        return next((i for i in items if i is not None and i.data(NAME, _FOLDER) == key), None)

    def _enable(self) -> None:
        any_selected = bool(self.list.selectedItems())
        for button in (self.up, self.down, self.retry, self.mark, self.remove):
            button.setEnabled(any_selected)

    # -- what is done

    def _double_clicked(self, item: QTreeWidgetItem, column: int) -> None:
        if column == CONDITION:
            self.list.editItem(item, CONDITION)
        else:
            self.opened.emit(str(item.data(NAME, _FOLDER)))

    def _item_changed(self, item: QTreeWidgetItem, column: int) -> None:
        if column == CONDITION:
            self.condition_given.emit(str(item.data(NAME, _FOLDER)), item.text(CONDITION))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropped.emit([Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()])
        event.acceptProposedAction()


def _fill(item: QTreeWidgetItem, row: QueueRow) -> None:
    item.setData(NAME, _FOLDER, row.key)
    for column, text in ((NAME, row.name), (CONDITION, row.condition), (STATE, row.state)):
        if item.text(column) != text:
            item.setText(column, text)
    item.setToolTip(NAME, row.path)
    item.setToolTip(CONDITION, "Double-click to change it")
    item.setToolTip(STATE, row.whole_state)
    font = item.font(NAME)
    font.setBold(row.is_current)
    item.setFont(NAME, font)
