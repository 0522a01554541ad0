"""Adapting the network to the open tomogram without labels: what happens, the course, and what came of it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.training.course import TrainingCourse
from cryoves_app.ui.panels.training.start_form import StartForm
from cryoves_app.ui.panels.training.stopped import StoppedLine

_EXPLANATION = (
    "Experimental. The tomogram is segmented, and the network learns from what the fits of spheres accept with "
    "certainty and from what they reject, mixed with simulated tomograms. It learns from two thirds of the tomogram; "
    "the new model is kept only if the fits find more with it in the rest, and if it forgets nothing. The project does "
    "not change. Correcting some vesicles and improving with them teaches more."
)


class AdaptView(QDialog):
    """Passive. Not modal."""

    adapt_wanted = Signal()
    choose_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Adapt to this tomogram")
        self.resize(760, 420)
        explanation, self.verdict = QLabel(_EXPLANATION), QLabel()
        for label in (explanation, self.verdict):
            label.setWordWrap(True)
        self.form, self.stopped = StartForm(), StoppedLine()
        self.start, self.name, self.show_starts = self.form.start, self.form.name, self.form.show_starts
        self.adapt, self.choose = QPushButton("Adapt"), QPushButton("Choose the model under Segment")
        theme.mark_primary(self.adapt)
        line = QHBoxLayout()
        line.addStretch(1)
        for button, signal in ((self.choose, self.choose_wanted), (self.adapt, self.adapt_wanted)):
            button.setAutoDefault(False)
            button.clicked.connect(signal)
            line.addWidget(button)
        self.course = TrainingCourse(may_stop=False)
        box = QVBoxLayout(self)
        box.addWidget(explanation)
        box.addLayout(self.form)
        box.addWidget(self.stopped)
        box.addLayout(line)
        box.addWidget(self.course)
        box.addWidget(self.verdict)
        box.addStretch(1)
        self.show_verdict("", kept=False)

    def set_running(self, *, running: bool) -> None:
        for widget in (self.adapt, self.start, self.name, self.stopped):
            widget.setEnabled(not running)

    def show_verdict(self, sentence: str, *, kept: bool) -> None:
        """What came of it, and whether there is a model to choose."""
        self.verdict.setText(sentence)
        self.verdict.setVisible(bool(sentence))
        self.choose.setVisible(kept)
