"""Something unexpected happened: a sentence first, details on request."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QMessageBox, QPushButton, QWidget


class ErrorDialog(QMessageBox):
    """Says that work goes on; the traceback is folded away and can be copied."""

    def __init__(self, summary: str, details: str, log_file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle("Something unexpected happened")
        self.setText("Something unexpected happened. The program goes on, and your work is kept.")
        self.setInformativeText(
            f"{summary}\n\nIf it happens again, save the project and start anew. "
            f"The details are also in the log file:\n{log_file}"
        )
        self.setDetailedText(details)
        self.copy_button = QPushButton("Copy details")
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(details))
        self.addButton(self.copy_button, QMessageBox.ButtonRole.ActionRole)
        self.addButton(QMessageBox.StandardButton.Close)
