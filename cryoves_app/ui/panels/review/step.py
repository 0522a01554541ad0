"""The step Review in the path: how far it is, and the way to the next doubtful vesicle."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.workflow.project.reviewers import Reviewers

DISPUTED_LINK, NAME_LINK = "disputed", "name"

HOW_TO = (
    "<b>N</b> flies to the most doubtful vesicle, <b>A</b> accepts, <b>D</b> rejects, and both fly on. "
    "<b>E</b> adds a vesicle by a click, <b>R</b> moves and resizes. Nothing is deleted: <b>Shift+O</b> shows "
    "what was rejected."
)


class ReviewStep(QWidget):
    """Passive."""

    next_wanted = Signal()
    p_values_wanted = Signal()
    disputed_wanted = Signal()
    name_wanted = Signal()

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
        self.reviewers = QLabel()
        self.reviewers.setWordWrap(True)
        self.reviewers.linkActivated.connect(self._follow)
        self.button = QPushButton("Show the next doubtful vesicle")
        theme.mark_primary(self.button)
        self.button.clicked.connect(self.next_wanted)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        for widget in (self.progress, self.reviewers, self.button, self.how, self.p_values):
            box.addWidget(widget)

    def _follow(self, link: str) -> None:
        {DISPUTED_LINK: self.disputed_wanted, NAME_LINK: self.name_wanted}[link].emit()

    def show_reviewers(self, name: str, reviewers: Reviewers) -> None:
        """Say under which name one judges, how many each person judged, and how many are disputed."""
        lines = [f"You judge as {escape(name)}. <a href='{NAME_LINK}'>Change</a>"]
        if len(reviewers.numbers) > 1 or reviewers.others_than(name).numbers:
            lines.append(f"{escape(reviewers.sentence())}.")
        if reviewers.disputed:
            lines.append(f"<a href='{DISPUTED_LINK}'>{len(reviewers.disputed)} disputed</a>")
        self.reviewers.setText("<br>".join(lines))

    def show_progress(self, checked: int, total: int, by: str = "") -> None:
        """Say how many vesicles have been checked; ``by`` is who, where only that person's judgements count."""
        who = f" by {by}" if by else ""
        self.button.setEnabled(checked < total)
        if total == 0:
            self.progress.setText("Needs vesicles: segment first, or add some by hand.")
        elif checked < total:
            self.progress.setText(f"{checked} of {total} vesicles checked{who}.")
        else:
            self.progress.setText(f"All {total} vesicles are checked{who}.")

    def show_p_values(self, text: str) -> None:
        """Say when the p-values of all vesicles were last computed."""
        self.p_values.setText(f"{text} <a href='again'>Compute all again</a>" if text else "")
        self.p_values.setVisible(bool(text))
