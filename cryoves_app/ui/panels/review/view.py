"""Accept, reject, next: the buttons under the table, and how much is left."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.share_bar import ShareBar


class ReviewView(QWidget):
    """Passive: four buttons, the reason, a bar."""

    accepted = Signal()
    rejected = Signal()
    next_wanted = Signal()
    previous_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.bar = ShareBar()
        self.reason = QLabel()
        self.reason.setWordWrap(True)
        self.reason.setMinimumHeight(self.reason.fontMetrics().height() * 2 + 4)
        self.accept = self._button("Accept (A)", "check-circle", theme.SKY_BLUE, self.accepted)
        self.reject = self._button("Reject (D)", "close-circle", theme.VERMILLION, self.rejected)
        self.previous = self._button(
            "Previous (P)", "chevron-left", theme.shades().text, self.previous_wanted
        )
        self.next = self._button("Next (N)", "chevron-right", theme.shades().text, self.next_wanted)
        grid = QGridLayout()
        for place, button in enumerate((self.accept, self.reject, self.previous, self.next)):
            grid.addWidget(button, place // 2, place % 2)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.bar)
        box.addWidget(self.reason)
        box.addLayout(grid)

    @staticmethod
    def _button(text: str, symbol: str, colour: str, signal: object) -> QPushButton:
        button = QPushButton(theme.coloured_icon(symbol, colour), text)
        button.clicked.connect(signal)
        return button

    def show_progress(self, checked: int, total: int, by: str = "") -> None:
        """Say how many are checked; ``by`` is who, where only that person's judgements count."""
        self.setVisible(total > 0)
        who = f" by {by}" if by else ""
        self.bar.show_share(checked / max(total, 1), f"{checked} of {total} checked{who}")

    def show_reason(self, text: str) -> None:
        self.reason.setText(text)

    def enable(self, *, decide: bool, go: bool) -> None:
        for button in (self.accept, self.reject):
            button.setEnabled(decide)
        for button in (self.previous, self.next):
            button.setEnabled(go)
