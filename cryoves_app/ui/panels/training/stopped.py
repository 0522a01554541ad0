"""A training that was stopped: a line that offers to go on with it, or to remove it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget


class StoppedLine(QWidget):
    """Passive. It is seen where there is something to go on with."""

    resume_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label, self.resume, self.remove = (
            QLabel(),
            QPushButton("Go on with it"),
            QPushButton("Remove it"),
        )
        self.label.setWordWrap(True)
        self.resume.setToolTip(
            "Goes on after the last whole epoch, with the same numbers as if it had never stopped"
        )
        self.remove.setToolTip("Removes the epochs that were kept; no model and no project changes")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.label, 1)
        for button, signal in ((self.remove, self.remove_wanted), (self.resume, self.resume_wanted)):
            button.setAutoDefault(False)
            button.clicked.connect(signal)
            line.addWidget(button)
        self.offer("", "")

    def offer(self, name: str, others: str) -> None:
        """The name of the model that would come of it, and what else to say; nothing where the name is empty."""
        self.label.setText(f"“{name}” was stopped before it was finished.{others}")
        self.setVisible(bool(name))
