"""The evaluation as a window of its own: what is compared, scores, the list of errors, the figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtSvgWidgets import QSvgWidget
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base.text_table import put_rows, text_table

#: What can be held against what, by key.
HELD = (
    ("project-file", "this project, against a file"),
    ("run-project", "the automatic result, against this project as corrected"),
    ("run-file", "the automatic result, against a file"),
    ("agreement", "agreement of two people: this project and another's"),
)
NEED_FILE = ("project-file", "run-file", "agreement")
_RULES = (("centre", "a centre lies in the other"), ("overlap", "they overlap by half"))
_SCORES = ("Score", "Value", "Meaning")
ERROR_COLUMNS = ("Error", "Found", "True", "Radius (nm)", "Δ radius (nm)", "Δ centre (nm)")
_LEGEND = (
    "In the views: {first} yellow, {second} pink and dashed. Thin dashed circles are all others of the result that is "
    "compared. <b>A</b> accepts the chosen vesicle of this project, <b>D</b> rejects it."
)
_RESULTS = ("the vesicle that was found is", "the one it is held against")


class EvaluateView(QDialog):
    """Passive. Not modal: the window stays usable, and errors are looked at there."""

    asked_anew = Signal()
    file_wanted = Signal()
    error_chosen = Signal(int)
    save_wanted = Signal()
    copy_wanted = Signal()
    settle_wanted = Signal()
    cancel_wanted = Signal()
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Evaluate")
        self.resize(760, 640)
        self._sentence = ""
        self.words, self.notes = QLabel(), QLabel()
        for label in (self.words, self.notes):
            label.setWordWrap(True)
        self.notes.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
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

    def _make_choices(self) -> QGridLayout:
        self.held, self.rule = QComboBox(), QComboBox()
        for combo, entries in ((self.held, HELD), (self.rule, _RULES)):
            for key, text in entries:
                combo.addItem(text, key)
            combo.activated.connect(self._choose)
        self.rule.setToolTip("When a found and a true vesicle are the same one")
        self.file = QLineEdit()
        self.file.setReadOnly(True)
        self.file.setPlaceholderText("another project, IMOD model, labels or table of the same tomogram")
        self.browse = QPushButton("Choose…")
        self.browse.setAutoDefault(False)
        self.browse.clicked.connect(self.file_wanted)
        self.within = QCheckBox("Only within the cytoplasm that is outlined")
        self.within.toggled.connect(lambda _on: self.asked_anew.emit())
        grid = QGridLayout()
        grid.addWidget(QLabel("Compare"), 0, 0)
        grid.addWidget(self.held, 0, 1, 1, 2)
        self._file_label = QLabel("File")
        grid.addWidget(self._file_label, 1, 0)
        grid.addWidget(self.file, 1, 1)
        grid.addWidget(self.browse, 1, 2)
        grid.addWidget(QLabel("Same if"), 2, 0)
        grid.addWidget(self.rule, 2, 1, 1, 2)
        grid.addWidget(self.within, 3, 1, 1, 2)
        grid.setColumnStretch(1, 1)
        return grid

    def _make_tabs(self) -> QTabWidget:
        self.scores, self.errors = text_table(_SCORES), text_table(ERROR_COLUMNS)
        self.errors.currentItemChanged.connect(self._choose_error)
        self.errors.itemClicked.connect(lambda item, _column: self._choose_error(item))
        self.legend = QLabel(_LEGEND.format(first=_RESULTS[0], second=_RESULTS[1]))
        self.legend.setWordWrap(True)
        self.legend.setProperty("faint", True)
        page = QWidget()
        box = QVBoxLayout(page)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.errors, 1)
        box.addWidget(self.legend)
        self.figure = QSvgWidget()
        self.figure.setStyleSheet("background: white")
        scroll = QScrollArea()
        scroll.setWidget(self.figure)
        scroll.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.tabs = QTabWidget()
        self.tabs.setUsesScrollButtons(False)  # titles grow with their numbers, and there is room
        for tab, title in ((self.scores, "Scores"), (page, "Errors"), (scroll, "Figure")):
            self.tabs.addTab(tab, title)
        return self.tabs

    def _make_buttons(self) -> QHBoxLayout:
        self.cancel, self.copy = QPushButton("Cancel"), QPushButton("Copy as Markdown")
        self.save = QPushButton("Save…")
        self.save.setToolTip(
            "Scores, errors and curves as CSV, a Markdown page, the figure as PNG and SVG, in a folder"
        )
        self.settle = QPushButton("Settle disputes…")
        self.settle.setToolTip(
            "Make a third project in which what only one has, and pairs that differ, stand first in the queue of "
            "doubtful vesicles"
        )
        self.settle.hide()
        self.again = QPushButton("Compare again")
        self.again.setToolTip("With the project as it is now")
        self.again.hide()
        line = QHBoxLayout()
        line.addStretch(1)
        for button, wanted in (
            (self.again, self.asked_anew),
            (self.cancel, self.cancel_wanted),
            (self.settle, self.settle_wanted),
            (self.copy, self.copy_wanted),
            (self.save, self.save_wanted),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(wanted)
            line.addWidget(button)
        return line

    # -- what is asked for

    @property
    def needs_file(self) -> bool:
        return self.held.currentData() in NEED_FILE

    def show_file(self, path: Path | None) -> None:
        self.file.setText(str(path) if path else "")
        self.file.setToolTip(self.file.text())

    def offer_region(self, *, offered: bool) -> None:
        """Whether the project has one."""
        self.within.setEnabled(offered)
        self.within.setToolTip("" if offered else "The project has no cytoplasm outlined (step Region)")

    def _choose(self, _index: int) -> None:
        self._show_choices()
        self.asked_anew.emit()

    def _show_choices(self) -> None:
        for widget in (self._file_label, self.file, self.browse):
            widget.setEnabled(self.needs_file)

    def _choose_error(self, item: QTreeWidgetItem | None, _before: QTreeWidgetItem | None = None) -> None:
        if item is not None:
            self.error_chosen.emit(self.errors.indexOfTopLevelItem(item))

    # -- what is shown

    def show_work(self, words: str, fraction: float) -> None:
        """While it is being computed."""
        self.words.setText(words)
        self.progress.setValue(round(1000 * fraction))
        self._set_busy(busy=True)

    def show_nothing(self, words: str) -> None:
        """Where there is nothing to show, and why."""
        self.words.setText(words)
        self.notes.clear()
        for table in (self.scores, self.errors):
            table.clear()
        self.figure.hide()
        self.tabs.setTabText(1, "Errors")
        self.settle.hide()
        self._set_busy(busy=False)

    def show_scores(self, words: str, rows: Sequence[Sequence[str]], notes: str, drawing: bytes) -> None:
        self._sentence = words
        self.words.setText(words)
        self.notes.setText(notes)
        self.notes.setVisible(bool(notes))
        put_rows(self.scores, rows)
        self.figure.load(QByteArray(drawing))
        self.figure.setFixedSize(self.figure.renderer().defaultSize())
        self.figure.show()
        self._set_busy(busy=False)

    def show_change(self) -> None:
        """Say that the project was edited since."""
        self.words.setText(f"{self._sentence} The project was changed since.")
        self.again.show()

    def show_errors(self, rows: Sequence[Sequence[str]], people: tuple[str, str] | None = None) -> None:
        """Errors; or what two people dispute, where their names are given."""
        word = "Disputes" if people else "Errors"
        first, second = people or ERROR_COLUMNS[1:3]
        self.errors.setHeaderLabels([word[:-1], first, second, *ERROR_COLUMNS[3:]])
        names = (f"what {first} has is", f"what {second} has") if people else _RESULTS
        self.legend.setText(_LEGEND.format(first=names[0], second=names[1]))
        self.settle.setVisible(people is not None)
        self.errors.blockSignals(True)  # filling the list chooses nothing
        put_rows(self.errors, rows)
        self.errors.blockSignals(False)
        self.tabs.setTabText(1, f"{word} ({len(rows)})")

    def _set_busy(self, *, busy: bool) -> None:
        self.again.hide()
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        for button in (self.save, self.copy, self.settle):
            button.setEnabled(not busy and self.scores.topLevelItemCount() > 0)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.cancel_wanted.emit()
        self.closed.emit()
        super().closeEvent(event)
