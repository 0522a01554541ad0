"""Which formats, where to, and how far the export is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
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
from cryoves_app.ui.panels.export.options import FormatList

_MOST_NAMED = 6


class ExportView(QWidget):
    """Passive."""

    export_wanted = Signal()
    cancel_wanted = Signal()
    folder_wanted = Signal()
    methods_wanted = Signal()
    points_wanted = Signal()
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.selection = _wrapped()
        self.formats = FormatList()
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Folder")
        self.button = QPushButton("Export")
        theme.mark_primary(self.button)
        self.busy = QProgressBar()
        self.busy.setRange(0, 1000)
        self.doing = _wrapped()
        self.cancel = QPushButton("Cancel")
        self.result = _wrapped()
        self.open_folder = QPushButton("Show the folder")
        self.open_folder.setProperty("link", True)
        self.methods = QPushButton("Copy the Methods paragraph")
        self.methods.setProperty("link", True)
        self.methods.setToolTip("A paragraph for your article, true for this recipe and these vesicles")
        self.points = QPushButton("Points on vesicles…")
        self.points.setProperty("link", True)
        self.points.setToolTip("Oriented points for subtomogram averaging, in a window of their own")
        self._build()
        self.show_idle("")

    def _build(self) -> None:
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.selection)
        box.addWidget(self.formats)
        box.addLayout(self._folder_line())
        box.addWidget(self.button)
        for widget in (self.busy, self.doing, self.cancel, self.result):
            box.addWidget(widget)
        box.addWidget(self.open_folder)
        box.addWidget(self.methods)
        box.addWidget(self.points)
        self.button.clicked.connect(self.export_wanted)
        self.cancel.clicked.connect(self.cancel_wanted)
        self.open_folder.clicked.connect(self.folder_wanted)
        self.methods.clicked.connect(self.methods_wanted)
        self.points.clicked.connect(self.points_wanted)

    def _folder_line(self) -> QHBoxLayout:
        browse = QToolButton()
        theme.give_icon(browse, "folder-open-outline")
        browse.setToolTip("Choose the folder")
        browse.clicked.connect(self._browse)
        line = QHBoxLayout()
        line.addWidget(QLabel("Into"))
        line.addWidget(self.folder, 1)
        line.addWidget(browse)
        return line

    def _browse(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Export into", self.folder.text())
        if name:
            self.folder.setText(name)

    def showEvent(self, event: QShowEvent) -> None:
        """What is exported is counted only while it can be read."""
        super().showEvent(event)
        self.shown.emit()

    def show_selection(self, sentence: str, *, possible: bool) -> None:
        """What would go out and what is left out; nothing to say while there are no vesicles."""
        self.selection.setText(sentence)
        self.selection.setVisible(bool(sentence))
        self.button.setEnabled(possible)
        self.methods.setEnabled(bool(sentence))
        self.points.setEnabled(possible)
        self.formats.check.setEnabled(possible)

    def show_busy(self, doing: str, fraction: float) -> None:
        """How far it is, in words and as a bar."""
        self.busy.setValue(round(1000 * fraction))
        self.doing.setText(doing)
        for widget in (self.busy, self.doing, self.cancel):
            widget.show()
        for widget in (self.button, self.result, self.open_folder):
            widget.hide()

    def show_idle(self, sentence: str, *, is_saved: bool = False) -> None:
        """Ready again, with what came of it."""
        for widget in (self.busy, self.doing, self.cancel):
            widget.hide()
        self.button.show()
        self.result.setText(sentence)
        self.result.setVisible(bool(sentence))
        self.open_folder.setVisible(is_saved)

    def ask_to_replace(self, names: Sequence[str], folder: str) -> bool:
        """Whether files that exist may be replaced."""
        shown = ", ".join(names[:_MOST_NAMED])
        more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
        return self._ask(
            "Replace the files?", f"{folder} holds {shown}{more} already. Replace what is there?", "Replace"
        )

    def ask_despite(self, sentences: Sequence[str]) -> bool:
        """Whether to export for Pyto although the checks found problems."""
        listed = "\n".join(f"• {sentence}" for sentence in sentences[:_MOST_NAMED])
        text = f"The checks found:\n{listed}\n\nExport all the same?"
        return self._ask("Export for Pyto all the same?", text, "Export")

    def _ask(self, title: str, text: str, yes: str) -> bool:
        box = QMessageBox(QMessageBox.Icon.Question, title, text, parent=self)
        button = box.addButton(yes, QMessageBox.ButtonRole.AcceptRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        box.exec()
        return box.clickedButton() is button


def _wrapped() -> QLabel:
    label = QLabel()
    label.setWordWrap(True)
    return label
