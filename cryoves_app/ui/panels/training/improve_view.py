"""A round of improving the network with corrections: what is learned, the course, and what would change."""

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
    "The network goes on with patches around what you added, corrected and rejected, mixed with simulated tomograms so "
    "that it forgets little. A few minutes; the window stays usable. Look for missed vesicles first, or draw the "
    "cytoplasm around the part that you have checked: what is not marked there is learned as background."
)


class ImproveView(QDialog):
    """Passive. Not modal."""

    projects_wanted = Signal()
    improve_wanted = Signal()
    keep_wanted = Signal()
    drop_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Improve with my corrections")
        self.resize(760, 480)
        explanation, self.material, self.verdict = QLabel(_EXPLANATION), QLabel(), QLabel()
        for label in (explanation, self.material, self.verdict):
            label.setWordWrap(True)
        self.form = StartForm()
        self.start, self.name, self.show_starts = self.form.start, self.form.name, self.form.show_starts
        self.more = QPushButton("Add other projects…")
        self.more.setToolTip("With four or more one is held out, and tells whether the new model is better")
        self.stopped = StoppedLine()
        self.course = TrainingCourse(may_stop=False)
        box = QVBoxLayout(self)
        box.addWidget(explanation)
        box.addWidget(self.material)
        box.addLayout(self.form)
        box.addWidget(self.stopped)
        box.addLayout(self._make_buttons())
        box.addWidget(self.course)
        box.addWidget(self.verdict)
        box.addStretch(1)
        self.show_verdict("", judged=False)

    def _make_buttons(self) -> QHBoxLayout:
        self.improve = QPushButton("Improve")
        theme.mark_primary(self.improve)
        self.keep, self.drop = QPushButton("Keep the model"), QPushButton("Drop it")
        self.keep.setToolTip(
            "It is chosen under Segment, and what it found comes into the project (can be undone)"
        )
        self.drop.setToolTip("The new model is removed; nothing else changes")
        line = QHBoxLayout()
        line.addWidget(self.more)
        line.addStretch(1)
        for button, signal in (
            (self.drop, self.drop_wanted),
            (self.keep, self.keep_wanted),
            (self.improve, self.improve_wanted),
        ):
            button.clicked.connect(signal)
            line.addWidget(button)
        self.more.clicked.connect(self.projects_wanted)
        for button in (self.more, self.improve, self.keep, self.drop):
            button.setAutoDefault(False)
        return line

    # -- what is shown

    def show_material(self, sentence: str, *, usable: bool) -> None:
        """What would be learned."""
        self.material.setText(sentence)
        self.improve.setEnabled(usable)

    def show_running(self) -> None:
        for widget in (self.improve, self.more, self.start, self.name, self.stopped):
            widget.setEnabled(False)
        self.show_verdict("", judged=False)

    def show_idle(self) -> None:
        for widget in (self.improve, self.more, self.start, self.name, self.stopped):
            widget.setEnabled(True)

    def show_verdict(self, sentence: str, *, judged: bool) -> None:
        """What came of it, and whether there is a model to keep or drop."""
        self.verdict.setText(sentence)
        self.verdict.setVisible(bool(sentence))
        self.keep.setVisible(judged)
        self.drop.setVisible(judged)
        self.improve.setVisible(not judged)
