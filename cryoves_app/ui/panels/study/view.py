"""The study as a window of its own: figure, means, tests, and the paragraph for the Methods section."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base.text_table import put_rows, text_table
from cryoves_app.workflow.study.names import Cells

_MEANS = ("Measure", "Condition", "Tomograms", "Mean", "SD", "SE")
_TESTS = ("Measure", "Test", "Conditions", "p", "Adjusted p", "No test")


class StudyView(QDialog):
    """Passive. Not modal: the window stays usable."""

    save_wanted = Signal()
    cancel_wanted = Signal()
    test_chosen = Signal(str)

    def __init__(self, tests: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Study")
        self.resize(960, 640)
        self.words, self.notes = QLabel(), QLabel()
        for label in (self.words, self.notes):
            label.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.tabs = self._make_tabs()
        box = QVBoxLayout(self)
        box.addLayout(self._make_top(tests))
        box.addWidget(self.progress)
        box.addWidget(self.tabs, 1)
        box.addWidget(self.notes)
        box.addLayout(self._make_buttons())

    def _make_top(self, tests: Sequence[tuple[str, str]]) -> QHBoxLayout:
        self.test = QComboBox()
        self.test.setToolTip(
            "Between means of tomograms. Choose before you look: Welch where spreads differ, Kruskal–Wallis where "
            "values are far from normal"
        )
        for key, text in tests:
            self.test.addItem(text, key)
        self.test.activated.connect(lambda _: self.test_chosen.emit(str(self.test.currentData())))
        line = QHBoxLayout()
        line.addWidget(self.words, 1)
        line.addWidget(QLabel("Means are compared by"))
        line.addWidget(self.test)
        return line

    def _make_tabs(self) -> QTabWidget:
        self.figure = QSvgWidget()
        self.figure.setStyleSheet("background: white")
        scroll = QScrollArea()
        scroll.setWidget(self.figure)
        scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.means, self.tests = text_table(_MEANS), text_table(_TESTS)
        self.methods = QPlainTextEdit()
        self.methods.setReadOnly(True)
        tabs = QTabWidget()
        for page, title in (
            (scroll, "Figure"),
            (self.means, "Means"),
            (self.tests, "Tests"),
            (self.methods, "Methods"),
        ):
            tabs.addTab(page, title)
        return tabs

    def _make_buttons(self) -> QHBoxLayout:
        self.cancel, self.save = QPushButton("Cancel"), QPushButton("Save…")
        self.save.setToolTip("Save all tables, the figure and the paragraph into a folder")
        for button in (self.cancel, self.save):
            button.setAutoDefault(False)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.save.clicked.connect(self.save_wanted)
        line = QHBoxLayout()
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.save)
        return line

    # -- what is shown

    def show_work(self, words: str, fraction: float) -> None:
        """While it is being measured."""
        self.words.setText(words)
        self.progress.setValue(round(1000 * fraction))
        self._set_busy(busy=True)

    def show_nothing(self, words: str) -> None:
        """Where there is no study; the earlier one stays."""
        self.words.setText(words)
        self._set_busy(busy=False)

    def show_study(self, words: str, drawing: bytes, methods: str, notes: str) -> None:
        self.words.setText(words)
        self.figure.load(QByteArray(drawing))
        self.figure.setFixedSize(self.figure.renderer().defaultSize() * 1.25)
        self.methods.setPlainText(methods)
        self.notes.setText(notes)
        self._set_busy(busy=False)
        self.save.setEnabled(True)

    def show_tables(self, means: Sequence[Cells], tests: Sequence[Cells]) -> None:
        for table, rows in ((self.means, means), (self.tests, tests)):
            put_rows(table, rows)

    def _set_busy(self, *, busy: bool) -> None:
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.test.setEnabled(not busy)
        self.save.setEnabled(not busy and bool(self.methods.toPlainText()))

    def closeEvent(self, event: QCloseEvent) -> None:
        self.cancel_wanted.emit()
        super().closeEvent(event)
