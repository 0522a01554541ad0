"""Which formats, and where to."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui import theme

#: Format, what it is called, what it is for.
FORMATS = (
    ("imod", "IMOD model (.mod)", "Spheres for 3dmod"),
    ("pyto", "Pyto folder", "Labels, tomogram and settings for connectors and tethers; checked beforehand"),
    ("labels", "Labels (MRC)", "A volume in which each vesicle has its number"),
    ("tiff", "Labels (TIFF)", "The same as a TIFF stack"),
    ("csv", "Table (CSV)", "All vesicles with all measures, rejected ones included"),
    ("star", "STAR", "Particles for RELION"),
    ("dynamo", "Dynamo table", "Particles for Dynamo"),
    ("chimerax", "ChimeraX", "Coloured spheres"),
)


class ExportView(QWidget):
    """Passive."""

    export_wanted = Signal()
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.selection = QLabel()
        self.selection.setWordWrap(True)
        self.formats: dict[str, QCheckBox] = {}
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.selection)
        for key, text, tip in FORMATS:
            check = QCheckBox(text)
            check.setToolTip(tip)
            check.setChecked(key in ("imod", "csv"))
            self.formats[key] = check
            box.addWidget(check)
        self.folder = QLineEdit()
        self.folder.setPlaceholderText("Folder")
        self.replace = QCheckBox("Replace files that exist")
        self.button = QPushButton("Export")
        theme.mark_primary(self.button)
        self.button.clicked.connect(self.export_wanted)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.result = QLabel()
        self.result.setWordWrap(True)
        box.addLayout(self._folder_line())
        for widget in (self.replace, self.button, self.busy, self.result):
            box.addWidget(widget)
        self.show_idle("")

    def _folder_line(self) -> QHBoxLayout:
        browse = QToolButton()
        theme.dress(browse, "folder-open-outline")
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

    def chosen(self) -> list[str]:
        return [key for key, check in self.formats.items() if check.isChecked()]

    def show_selection(self, sentence: str, *, possible: bool) -> None:
        self.selection.setText(sentence)
        self.button.setEnabled(possible)

    def show_busy(self) -> None:
        self.busy.show()
        self.button.setEnabled(False)
        self.result.hide()

    def show_idle(self, sentence: str) -> None:
        self.busy.hide()
        self.button.setEnabled(True)
        self.result.setText(sentence)
        self.result.setVisible(bool(sentence))
