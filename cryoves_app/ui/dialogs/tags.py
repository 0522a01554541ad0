"""Asks for the names of the tags on the number keys."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from cryoves_app.ui.base.tag_names import TagNames, default_name

_LONGEST_NAME = 40
_EXAMPLES = ("docked", "tethered", "dense core")


class TagDialog(QDialog):
    """Nine fields; vesicles that carry a tag already keep its old name."""

    def __init__(self, tags: TagNames, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tags = tags
        self.setWindowTitle("Names of the tags")
        self.setMinimumWidth(360)
        given = [name if name != default_name(place) else "" for place, name in enumerate(tags.names)]
        self.fields = [QLineEdit(name) for name in given]
        form = QFormLayout()
        for number, field in enumerate(self.fields, start=1):
            field.setMaxLength(_LONGEST_NAME)
            example = f", for example {_EXAMPLES[number - 1]}" if number <= len(_EXAMPLES) else ""
            field.setPlaceholderText(f"{default_name(number - 1)}{example}")
            form.addRow(f"Key {number}", field)
        hint = QLabel(
            "A number key puts its tag on the selected vesicles, or takes it off. "
            "Vesicles that carry a tag already keep its old name."
        )
        hint.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        box = QVBoxLayout(self)
        box.addWidget(hint)
        box.addLayout(form)
        box.addWidget(buttons)

    def accept(self) -> None:
        self._tags.rename([field.text() for field in self.fields])
        super().accept()
