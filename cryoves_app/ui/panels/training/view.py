"""The window in which a network is trained: the dataset and its card, settings, and the course."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.text_table import text_table
from cryoves_app.ui.panels.training.course import TrainingCourse
from cryoves_app.ui.panels.training.stopped import StoppedLine

_EXPLANATION = (
    "Add corrected projects, or tomograms with their vesicles beside them (NAME_truth.csv, NAME.mod, NAME_labels.mrc); "
    "for a structure, tomograms with label volumes beside them. "
    "Tomograms in a subfolder “validation” are never learned from; without it the last ones are held out."
)
NEW_NETWORK = "A new network"
#: What can be learned.
VESICLES, STRUCTURE = "vesicles", "mask"
#: A structure is larger than a vesicle, and known by what lies around it.
_STRUCTURE_VOXEL_NM = 6.0
#: Usual names of label volumes; any other can be typed.
_LABEL_VOLUMES = ("regions", "labels", "inside", "membrane", "mitochondria")


class TrainingView(QDialog):
    """Passive. Not modal: the window stays usable."""

    folder_wanted = Signal()
    files_wanted = Signal()
    clear_wanted = Signal()
    changed = Signal()
    kind_changed = Signal()
    train_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Train a model")
        self.resize(900, 640)
        self.explanation, self.sentence = QLabel(_EXPLANATION), QLabel()
        for label in (self.explanation, self.sentence):
            label.setWordWrap(True)
        self.card = text_table(())
        self.course = TrainingCourse(may_stop=True)
        self._is_usable = self._is_running = False
        box = QVBoxLayout(self)
        box.addWidget(self.explanation)
        box.addLayout(self._make_sources())
        box.addLayout(self._make_kind())
        box.addWidget(self.card, 1)
        box.addWidget(self.sentence)
        box.addLayout(self._make_settings())
        box.addLayout(self._make_buttons())
        box.addWidget(self.course)
        self.show_sentence("Nothing is chosen yet.")

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

    def _make_kind(self) -> QHBoxLayout:
        """What is learned: vesicles, or the voxels of a label."""
        self.kind, self.named, self.label = QComboBox(), QComboBox(), _number(1, 65_535, 1)
        self.kind.addItem("Vesicles", VESICLES)
        self.kind.addItem("A structure of label volumes", STRUCTURE)
        self.kind.setToolTip("A structure (a membrane, mitochondria) becomes a model that outlines regions")
        self.named.setEditable(True)
        self.named.setToolTip("Beside each tomogram NAME.mrc lies NAME_….mrc with the labels")
        for name in _LABEL_VOLUMES:
            self.named.addItem(name)
        self.label.setToolTip("The number that the structure's voxels have; all others are background")
        self.kind.activated.connect(lambda _n: self._show_kind())
        self.named.currentTextChanged.connect(lambda _text: self.changed.emit())
        self.label.valueChanged.connect(lambda _n: self.changed.emit())
        self.named_words, self.label_words = QLabel("label volumes NAME_"), QLabel("label")
        self.voxel, self.voxel_words = QDoubleSpinBox(), QLabel("seen with voxels of")
        self.voxel.setRange(0.5, 50.0)
        self.voxel.setValue(_STRUCTURE_VOXEL_NM)
        self.voxel.setSuffix(" nm")
        self.voxel.setToolTip(
            "Of a new network: as coarse as the structure can still be told at, so that it sees far"
        )
        self.voxel.valueChanged.connect(lambda _nm: self.changed.emit())
        line = QHBoxLayout()
        for widget in (
            QLabel("It learns"),
            self.kind,
            self.named_words,
            self.named,
            self.label_words,
            self.label,
            self.voxel_words,
            self.voxel,
        ):
            line.addWidget(widget)
        line.addStretch(1)
        self._show_kind()
        return line

    def _show_kind(self) -> None:
        """Simulated tomograms know their vesicles only; a structure needs its label."""
        own = self.named_words, self.named, self.label_words, self.label, self.voxel_words, self.voxel
        for widget in own:
            widget.setVisible(self.is_structure)
        self.mix.setVisible(not self.is_structure)
        self.kind_changed.emit()
        self.changed.emit()

    @property
    def voxel_nm(self) -> float | None:
        """The voxel size of a new network for a structure; ``None`` where there is a usual one."""
        is_new = not self.start.currentData()
        return float(self.voxel.value()) if self.is_structure and is_new else None

    @property
    def is_structure(self) -> bool:
        """Whether voxels of a label are to be learned."""
        return bool(self.kind.currentData() == STRUCTURE)

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

    def show_card(
        self, columns: Sequence[str], rows: Sequence[Sequence[str]], sentence: str, *, usable: bool
    ) -> None:
        """What would be learned."""
        self.card.clear()
        self.card.setColumnCount(max(len(columns), 1))
        self.card.setHeaderLabels([column.capitalize() for column in columns])
        self.card.setHeaderHidden(not columns)
        for cells in rows:
            item = QTreeWidgetItem(list(cells))
            item.setToolTip(len(cells) - 1, cells[-1])
            self.card.addTopLevelItem(item)
        for column in range(self.card.columnCount()):
            self.card.resizeColumnToContents(column)
        self.sentence.setText(sentence)
        self._is_usable = usable
        self._enable()

    def show_sentence(self, sentence: str) -> None:
        """Why there is no card."""
        self.show_card((), (), sentence, usable=False)

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
            self.kind,
            self.named,
            self.label,
            self.voxel,
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
