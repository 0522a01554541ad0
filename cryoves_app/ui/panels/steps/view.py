"""The path from opening to exporting: one step open at a time, each with its state."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme


@dataclass(frozen=True)
class StepState:
    """``kind`` is done, ready, needs or running; ``note`` says more in a few words.

    ``<a href="Open">`` in a note leads to another step.
    """

    kind: str
    note: str = ""


LEAST_WIDTH = 270
_SYMBOLS = {
    "done": ("check-circle", theme.GREEN),
    "ready": ("circle-outline", theme.SKY_BLUE),
    "needs": ("circle-outline", "#8a8f95"),
    "running": ("progress-clock", theme.ORANGE),
}


class StepSection(QFrame):
    """Title line, and the content that unfolds below it."""

    opened = Signal()
    link_clicked = Signal(str)
    hint_dismissed = Signal()

    def __init__(self, title: str, content: QWidget) -> None:
        super().__init__()
        self.setProperty("card", True)
        self.title = title
        self.header = QToolButton()
        self.header.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.header.setText(f"  {title}")
        self.header.setAutoRaise(True)
        self.header.setStyleSheet("font-weight: 600; text-align: left; padding: 4px;")
        policy = self.header.sizePolicy()
        policy.setHorizontalPolicy(policy.Policy.Expanding)
        self.header.setSizePolicy(policy)
        self.header.clicked.connect(self.opened)
        self.note = QLabel()
        self.note.setProperty("faint", True)
        self.note.setWordWrap(True)
        self.note.setContentsMargins(28, 0, 4, 2)
        self.note.linkActivated.connect(self.link_clicked)
        self.hint = self._hint()
        self._hint_wanted = False
        self.content = content
        box = QVBoxLayout(self)
        box.setContentsMargins(6, 4, 8, 4)
        box.setSpacing(2)
        box.addWidget(self.header)
        box.addWidget(self.note)
        box.addWidget(self.hint)
        box.addWidget(content)
        content.setContentsMargins(4, 4, 4, 6)
        self.set_state(StepState("needs"))

    def set_state(self, state: StepState) -> None:
        symbol, colour = _SYMBOLS[state.kind]
        self.header.setIcon(theme.coloured_icon(symbol, colour))
        self.note.setText(state.note)
        self.note.setVisible(bool(state.note))

    def _hint(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("hint", True)
        self.hint_text = QLabel()
        self.hint_text.setWordWrap(True)
        self.hint_close = QToolButton()
        self.hint_close.setAutoRaise(True)
        self.hint_close.setToolTip("Put this away for good")
        theme.give_icon(self.hint_close, "close")
        self.hint_close.clicked.connect(self.hint_dismissed)
        line = QHBoxLayout(frame)
        line.setContentsMargins(8, 4, 2, 4)
        line.addWidget(self.hint_text, 1)
        line.addWidget(self.hint_close, 0, Qt.AlignmentFlag.AlignTop)
        frame.hide()
        return frame

    def show_hint(self, sentence: str) -> None:
        """Explain the step in a line that shows while it is open; empty takes it away."""
        self._hint_wanted = bool(sentence)
        self.hint_text.setText(sentence)
        self.hint.setVisible(self._hint_wanted and not self.content.isHidden())

    def set_open(self, is_open: bool) -> None:
        self.content.setVisible(is_open)
        self.hint.setVisible(is_open and self._hint_wanted)


class StepsView(QScrollArea):
    """All steps, one below the other."""

    step_opened = Signal(str)
    hint_dismissed = Signal(str)

    def __init__(self, contents: dict[str, QWidget]) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(LEAST_WIDTH)
        inner = QWidget()
        box = QVBoxLayout(inner)
        box.setContentsMargins(6, 6, 6, 6)
        box.setSpacing(6)
        self.sections = {title: StepSection(title, content) for title, content in contents.items()}
        for title, section in self.sections.items():
            section.opened.connect(lambda t=title: self.open_step(t))
            section.link_clicked.connect(self.open_step)
            section.hint_dismissed.connect(lambda t=title: self.hint_dismissed.emit(t))
            box.addWidget(section)
        box.addStretch(1)
        self.setWidget(inner)
        self.current = ""
        self.open_step(next(iter(contents)))

    def open_step(self, title: str) -> None:
        """Unfold one step and fold the others."""
        self.current = title
        for name, section in self.sections.items():
            section.set_open(name == title)
        self._make_room()
        self.step_opened.emit(title)

    def _make_room(self) -> None:
        """Never narrower than the open step: nothing scrolls sideways here."""
        content = self.widget()
        if content is not None:
            needed = content.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
            self.setMinimumWidth(max(LEAST_WIDTH, needed))

    def show_hint(self, title: str, sentence: str) -> None:
        if title in self.sections:
            self.sections[title].show_hint(sentence)

    def set_state(self, title: str, state: StepState) -> None:
        self.sections[title].set_state(state)
