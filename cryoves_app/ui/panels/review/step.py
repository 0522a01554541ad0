"""The step Review in the path: how far it is, and the way to the next doubtful vesicle."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme

HOW_TO = (
    "<b>N</b> flies to the most doubtful vesicle, <b>A</b> accepts, <b>D</b> rejects, and both fly on. "
    "<b>E</b> adds a vesicle by a click, <b>R</b> moves and resizes. Nothing is deleted: <b>Shift+O</b> shows "
    "what was rejected."
)


class ReviewStep(QWidget):
    """Passive."""

    next_wanted = Signal()
    p_values_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.progress = QLabel()
        self.progress.setWordWrap(True)
        self.how = QLabel(HOW_TO)
        self.how.setWordWrap(True)
        self.how.setProperty("faint", True)
        self.p_values = QLabel()
        self.p_values.setWordWrap(True)
        self.p_values.setProperty("faint", True)
        self.p_values.hide()
        self.p_values.linkActivated.connect(lambda _link: self.p_values_wanted.emit())
        self.button = QPushButton("Show the next doubtful vesicle")
        theme.mark_primary(self.button)
        self.button.clicked.connect(self.next_wanted)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for widget in (self.progress, self.button, self.how, self.p_values):
            box.addWidget(widget)

    def show_progress(self, checked: int, total: int) -> None:
        """Say how many vesicles have been checked."""
        self.button.setEnabled(checked < total)
        if total == 0:
            self.progress.setText("Needs vesicles: segment first, or add some by hand.")
        elif checked < total:
            self.progress.setText(f"{checked} of {total} vesicles checked.")
        else:
            self.progress.setText(f"All {total} vesicles are checked.")

    def show_p_values(self, text: str) -> None:
        """Say when the p-values of all vesicles were last computed."""
        self.p_values.setText(f"{text} <a href='again'>Compute all again</a>" if text else "")
        self.p_values.setVisible(bool(text))
