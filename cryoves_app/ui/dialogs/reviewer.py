"""Asks for the name that is kept with judgements."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QLabel, QLineEdit, QVBoxLayout, QWidget

from cryoves_app.ui.base.reviewer import LONGEST_NAME, Reviewer

_HINT = (
    "Your name is kept with every vesicle that you accept, reject or mark as checked, and with every step of the "
    "history. What others judged under theirs stays beside it."
)


class ReviewerDialog(QDialog):
    """One field; what was judged already keeps its old name."""

    def __init__(self, reviewer: Reviewer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._reviewer = reviewer
        self.setWindowTitle("Your name")
        self.setMinimumWidth(360)
        self.field = QLineEdit(reviewer.name)
        self.field.setMaxLength(LONGEST_NAME)
        self.field.selectAll()
        hint = QLabel(_HINT)
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        for widget in (hint, self.field, buttons):
            box.addWidget(widget)

    def accept(self) -> None:
        self._reviewer.rename(self.field.text())
        super().accept()
