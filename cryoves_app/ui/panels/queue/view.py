"""The queue as a window of its own, which may stay open beside the main one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.panels.queue.rows import QueueList, QueueRow


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
    watch_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Queue")
        self.setAcceptDrops(True)
        self.resize(960, 560)
        self.explanation = QLabel()
        self.explanation.setWordWrap(True)
        self.list = QueueList()
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

    def _make_settings(self) -> QFormLayout:
        self.results = QLineEdit()
        self.results.setPlaceholderText("a folder cryoves-results beside the first tomogram")
        self.region = QLineEdit()
        self.region.setPlaceholderText("everywhere; or a file for each, as {dir}/{stem}_cell.mod")
        self.condition = QLineEdit()
        self.condition.setPlaceholderText("a group of the study, as control; each row's can be changed")
        self.optional_region = QCheckBox("go on where a region's file is missing")
        self.links = QCheckBox("look for connectors and tethers afterwards")
        self.links.setToolTip("Where the region's file outlines the cytoplasm; tables lie beside the results")
        form = QFormLayout()
        form.addRow("Results in", self.results)
        form.addRow("Region", self.region)
        form.addRow("", self.optional_region)
        form.addRow("Condition", self.condition)
        form.addRow("Links", self.links)
        return form

    def _make_list_buttons(self) -> QHBoxLayout:
        self.add_files = self._button(
            "Add files…", "Put tomograms at the end of the queue", self.files_wanted
        )
        self.add_folder = self._button("Add folder…", "All tomograms of a folder", self.folder_wanted)
        self.watch = self._button(
            "Watch…", "Show a queue that runs elsewhere: choose its output folder", self.watch_wanted
        )
        self.up = self._button("Up", "Earlier in the queue")
        self.down = self._button("Down", "Later in the queue")
        self.retry = self._button("Retry", "Segment these again if they failed; finished results stay")
        self.mark = self._button("Reviewed", "Count these as reviewed, or those that are as not")
        self.remove = self._button(
            "Remove", "Take these out of the queue, or watch their folder no longer; results stay"
        )
        self.up.clicked.connect(lambda: self.moved.emit(self.list.selected(), -1))
        self.down.clicked.connect(lambda: self.moved.emit(self.list.selected(), 1))
        self.retry.clicked.connect(lambda: self.retried.emit(self.list.selected()))
        self.mark.clicked.connect(lambda: self.reviewed.emit(self.list.selected()))
        self.remove.clicked.connect(lambda: self.removed.emit(self.list.selected()))
        line = QHBoxLayout()
        for button in (self.add_files, self.add_folder, self.watch):
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
        self.list.show_rows(rows)
        self._enable()

    def show_work(self, words: str, *, paused: bool, has_next: bool, has_results: bool) -> None:
        self.words.setText(words)
        self.pause.setText("Go on" if paused else "Pause")
        self.next.setEnabled(has_next)
        self.study.setEnabled(has_results)
        self.summary.setEnabled(self.list.topLevelItemCount() > 0)

    def _enable(self) -> None:
        any_selected = bool(self.list.selectedItems())
        for button in (self.up, self.down, self.retry, self.mark, self.remove):
            button.setEnabled(any_selected)

    # -- what is done

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.dropped.emit([Path(u.toLocalFile()) for u in event.mimeData().urls() if u.isLocalFile()])
        event.acceptProposedAction()
