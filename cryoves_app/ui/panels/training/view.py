"""The window in which a network is trained: the dataset and its card, settings, and the course."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.training.course import TrainingCourse
from cryoves_app.ui.panels.training.stopped import StoppedLine

_EXPLANATION = (
    "Add corrected projects, or tomograms with their vesicles beside them (NAME_truth.csv, NAME.mod, NAME_labels.mrc). "
    "Tomograms in a subfolder “validation” are never learned from; without it the last ones are held out."
)
NEW_NETWORK = "A new network"


class TrainingView(QDialog):
    """Passive. Not modal: the window stays usable."""

    folder_wanted = Signal()
    files_wanted = Signal()
    clear_wanted = Signal()
    changed = Signal()
    train_wanted = Signal()

    def __init__(self, columns: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a model")
        self.resize(900, 700)
        self.explanation, self.sentence = QLabel(_EXPLANATION), QLabel()
        for label in (self.explanation, self.sentence):
            label.setWordWrap(True)
        self.card = QTreeWidget()
        self.card.setHeaderLabels([column.capitalize() for column in columns])
        self.card.setRootIsDecorated(False)
        self.card.setAlternatingRowColors(True)
        self.course = TrainingCourse(may_stop=True)
        self._is_usable = self._is_running = False
        box = QVBoxLayout(self)
        box.addWidget(self.explanation)
        box.addLayout(self._make_sources())
        box.addWidget(self.card, 1)
        box.addWidget(self.sentence)
        box.addLayout(self._make_settings())
        box.addLayout(self._make_buttons())
        box.addWidget(self.course)
        self.show_card((), "Nothing is chosen yet.", usable=False)

    def _make_sources(self) -> QHBoxLayout:
        self.add_folder, self.add_files = QPushButton("Add a folder…"), QPushButton("Add files…")
        self.clear = QPushButton("Clear")
        self.add_files.setToolTip("Projects (.cryoves), IMOD models, label volumes or tables")
        self.mix = QCheckBox("Mix in simulated tomograms")
        self.mix.setToolTip("Six small ones, made once: they keep a network from forgetting what it knew")
        self.mix.setChecked(True)
        self.mix.toggled.connect(lambda _on: self.changed.emit())
        line = QHBoxLayout()
        for button, signal in (
            (self.add_folder, self.folder_wanted),
            (self.add_files, self.files_wanted),
            (self.clear, self.clear_wanted),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(signal)
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self.mix)
        return line

    def _make_settings(self) -> QFormLayout:
        self.start, self.name = QComboBox(), QLineEdit()
        self.epochs, self.patches = _number(1, 1000, 10), _number(1, 100_000, 300)
        self.patches.setToolTip("Boxes cut out in each epoch; more of them take longer")
        self.name.setToolTip("Under which it stands among the models; letters, digits, “-”, “_” and “.”")
        self.start.activated.connect(lambda _n: self.changed.emit())
        numbers = QHBoxLayout()
        for widget in (self.epochs, QLabel("with"), self.patches, QLabel("patches each")):
            numbers.addWidget(widget)
        numbers.addStretch(1)
        form = QFormLayout()
        form.addRow("Go on from", self.start)
        form.addRow("Epochs", numbers)
        form.addRow("Name of the model", self.name)
        return form

    def _make_buttons(self) -> QHBoxLayout:
        self.train, self.stopped = QPushButton("Train"), StoppedLine()
        theme.mark_primary(self.train)
        self.train.clicked.connect(self.train_wanted)
        self.train.setAutoDefault(False)
        line = QHBoxLayout()
        line.addWidget(self.stopped, 1)
        line.addWidget(self.train, 0, Qt.AlignmentFlag.AlignRight)
        return line

    # -- what is shown

    def show_card(self, rows: Sequence[Sequence[str]], sentence: str, *, usable: bool) -> None:
        """What would be learned."""
        self.card.clear()
        for cells in rows:
            item = QTreeWidgetItem(list(cells))
            item.setToolTip(len(cells) - 1, cells[-1])
            self.card.addTopLevelItem(item)
        for column in range(self.card.columnCount()):
            self.card.resizeColumnToContents(column)
        self.sentence.setText(sentence)
        self._is_usable = usable
        self._enable()

    def show_starts(self, names: Sequence[str], chosen: str) -> None:
        """From what a training can go on; first of all from nothing."""
        self.start.clear()
        self.start.addItem(NEW_NETWORK, "")
        for name in names:
            self.start.addItem(name, name)
        self.start.setCurrentIndex(max(self.start.findData(chosen), 0))

    def set_running(self, *, running: bool) -> None:
        self._is_running = running
        self._enable()

    def _enable(self) -> None:
        self.train.setEnabled(self._is_usable and not self._is_running)
        for widget in (
            self.add_folder,
            self.add_files,
            self.clear,
            self.mix,
            self.start,
            self.epochs,
            self.patches,
            self.name,
            self.stopped,
        ):
            widget.setEnabled(not self._is_running)


def _number(low: int, high: int, value: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, high)
    box.setValue(value)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    return box
