"""Which network a round goes on from, and what the new one is called."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QComboBox, QFormLayout, QLineEdit


class StartForm(QFormLayout):
    """Two fields; passive."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.name = QComboBox(), QLineEdit()
        self.addRow("Go on from", self.start)
        self.addRow("Name of the new model", self.name)

    def show_starts(self, names: Sequence[str], chosen: str) -> None:
        """The networks there are, and the one that is proposed."""
        self.start.clear()
        for name in names:
            self.start.addItem(name, name)
        self.start.setCurrentIndex(max(self.start.findData(chosen), 0))
