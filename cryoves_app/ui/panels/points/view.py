"""Points on vesicles as a window of their own: what they are to be like, how many there are, where they go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.points.choices import PointFields

_EXPLAINED = (
    "Evenly spaced points on the accepted vesicles, each with the membrane's normal (outwards) as its z axis: starts "
    "for subtomogram averaging in other programs."
)


class PointsView(QDialog):
    """Passive. Not modal: the window stays usable."""

    write_wanted = Signal()
    cancel_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Points on vesicles")
        self.setMinimumWidth(460)
        self.fields = PointFields()
        self.count, self.outcome = _wrapped(), _wrapped()
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        explained = _wrapped()
        explained.setText(_EXPLAINED)
        explained.setProperty("faint", True)
        box = QVBoxLayout(self)
        box.addWidget(explained)
        box.addWidget(self.fields)
        box.addLayout(self._make_folder_line())
        for widget in (self.count, self.progress, self.outcome):
            box.addWidget(widget)
        box.addLayout(self._make_buttons())
        self.show_idle("")

    def _make_folder_line(self) -> QHBoxLayout:
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Folder")
        browse = QToolButton()
        theme.give_icon(browse, "folder-open-outline")
        browse.setToolTip("Choose the folder")
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.addWidget(QLabel("Into"))
        line.addWidget(self.folder, 1)
        line.addWidget(browse)
        return line

    def _make_buttons(self) -> QHBoxLayout:
        self.open_folder, self.cancel = QPushButton("Open folder"), QPushButton("Cancel")
        self.write = QPushButton("Write points")
        theme.mark_primary(self.write)
        line = QHBoxLayout()
        line.addWidget(self.open_folder)
        line.addStretch(1)
        line.addWidget(self.cancel)
        line.addWidget(self.write)
        for button, wanted in (
            (self.open_folder, self.folder_wanted),
            (self.cancel, self.cancel_wanted),
            (self.write, self.write_wanted),
        ):
            button.setAutoDefault(False)
            button.clicked.connect(wanted)
        return line

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Write points into", self.folder.text())
        if name:
            self.folder.setText(name)

    # -- what is shown

    def show_count(self, sentence: str, *, possible: bool) -> None:
        """How many points there would be, or why none."""
        self.count.setText(sentence)
        self.write.setEnabled(possible)
        self._make_room()

    def show_busy(self, words: str, fraction: float) -> None:
        """While files are written."""
        self.progress.setValue(round(1000 * fraction))
        self.outcome.setText(words)
        self._set_busy(busy=True)

    def show_idle(self, sentence: str, *, is_saved: bool = False) -> None:
        """Ready again, with what came of it."""
        self.outcome.setText(sentence)
        self._set_busy(busy=False)
        self.open_folder.setVisible(is_saved)

    def _set_busy(self, *, busy: bool) -> None:
        self.outcome.setVisible(bool(self.outcome.text()))
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)
        self.write.setVisible(not busy)
        self.fields.setEnabled(not busy)
        self.folder.setEnabled(not busy)
        if busy:
            self.open_folder.hide()
        self._make_room()

    def _make_room(self) -> None:
        """For sentences that need more lines than those before."""
        self.resize(self.width(), max(self.height(), self.layout().totalHeightForWidth(self.width())))  # type: ignore[union-attr]

    def ask_to_replace(self, names: Sequence[str], folder: str) -> bool:
        """Whether files that exist may be replaced."""
        text = f"{folder} holds {', '.join(names)} already. Replace what is there?"
        box = QMessageBox(QMessageBox.Icon.Question, "Replace the files?", text, parent=self)
        button = box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is button

    def done(self, result: int) -> None:
        """Closed, by any way: what is being written is given up."""
        self.cancel_wanted.emit()
        super().done(result)


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label
