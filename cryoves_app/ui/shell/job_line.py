"""How far a job is, with a button that ends it, as a part of the line at the bottom."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from cryoves_app.ui.base.share_bar import ShareBar


class JobLine(QWidget):
    """Seen only while the job runs."""

    cancel_wanted = Signal()

    def __init__(self, cancel_tip: str) -> None:
        super().__init__()
        self.job = QLabel()
        self.bar = ShareBar()
        self.bar.setFixedWidth(100)
        self.cancel = QPushButton("Cancel")
        self.cancel.setToolTip(cancel_tip)
        self.cancel.clicked.connect(self.cancel_wanted)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        for widget in (self.job, self.bar, self.cancel):
            line.addWidget(widget)
        self.hide()

    def show_job(self, text: str, fraction: float) -> None:
        self.show()
        self.job.setText(text)
        self.bar.show_share(fraction)

    def end_job(self) -> None:
        self.hide()
