"""Asks for whom a blind review is begun."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from cryoves_app.ui.base.reviewer import LONGEST_NAME, usable_name

_HINT = (
    "Makes a copy of the project for one person: what the run found, with today's regions, and nothing of what anybody "
    "judged, tagged, changed or made by hand. Whoever reviews it judges under this name; <i>Run → Evaluate…</i> then "
    "tells how far two people agree."
)


class BlindReviewDialog(QDialog):
    """One field."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Start a blind review")
        self.setMinimumWidth(420)
        self.field = QLineEdit(name)
        self.field.setMaxLength(LONGEST_NAME)
        self.field.selectAll()
        hint = QLabel(_HINT)
        hint.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.start = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.start.setText("Choose the place…")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.field.textChanged.connect(lambda text: self.start.setEnabled(bool(usable_name(text))))
        box = QVBoxLayout(self)
        box.addWidget(hint)
        box.addWidget(QLabel("Name of the reviewer"))
        box.addWidget(self.field)
        box.addWidget(self.buttons)

    def accept(self) -> None:
        super().accept()
        self.chosen.emit(usable_name(self.field.text()))
