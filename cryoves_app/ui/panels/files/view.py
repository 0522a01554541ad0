"""The list of tomograms, and what is done with all of them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

#: Letters of a state that are shown; the tool tip has all of a longer one.
LONGEST_STATE = 20


class FilesView(QWidget):
    """Passive; hidden while there is no list."""

    chosen = Signal(int)
    all_wanted = Signal()
    next_wanted = Signal()
    summary_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.title = QLabel()
        self.list = QTreeWidget()
        self.list.setColumnCount(2)
        self.list.setHeaderHidden(True)
        self.list.setRootIsDecorated(False)
        self.list.setMaximumHeight(150)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns = self.list.header()
        columns.setStretchLastSection(False)
        columns.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        columns.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.list.itemDoubleClicked.connect(
            lambda item, _c: self.chosen.emit(self.list.indexOfTopLevelItem(item))
        )
        self.run_all = QPushButton("Segment all")
        self.next = QPushButton("Next")
        self.next.setToolTip("Open the next tomogram of the list")
        self.summary = QPushButton("Summary…")
        self.summary.setToolTip("Save one CSV table with a row for each tomogram")
        for button, signal in (
            (self.run_all, self.all_wanted),
            (self.next, self.next_wanted),
            (self.summary, self.summary_wanted),
        ):
            button.clicked.connect(signal)
        line = QHBoxLayout()
        for button in (self.run_all, self.next, self.summary):
            line.addWidget(button)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 6, 0, 0)
        box.addWidget(self.title)
        box.addWidget(self.list)
        box.addLayout(line)
        self.hide()

    def show_files(self, rows: list[tuple[str, str, str]], current: int | None, *, busy: bool) -> None:
        """Show (name, state, path) rows."""
        self.setVisible(bool(rows))
        self.title.setText(f"{len(rows)} tomograms")
        self.list.clear()
        for number, (name, state, path) in enumerate(rows):
            item = QTreeWidgetItem(
                [name, state if len(state) <= LONGEST_STATE else f"{state[: LONGEST_STATE - 1]}…"]
            )
            item.setToolTip(0, path)
            item.setToolTip(1, state)
            item.setForeground(1, Qt.GlobalColor.gray)
            if number == current:
                font = item.font(0)
                font.setBold(True)
                item.setFont(0, font)
            self.list.addTopLevelItem(item)
        self.run_all.setText("Stop" if busy else "Segment all")
        self.next.setEnabled(not busy)
