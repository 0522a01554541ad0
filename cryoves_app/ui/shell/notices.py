"""Sentences for the user, in place: a bar over the views instead of a box that has to be clicked away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme

_LOOKS = {
    "info": ("information", theme.SKY_BLUE),
    "done": ("check-circle", theme.GREEN),
    "warning": ("alert", theme.ORANGE),
    "error": ("alert-octagon", theme.VERMILLION),
}
MOST = 3


@dataclass(frozen=True)
class Choice:
    """A button of a notice; without ``run`` it only puts the notice away."""

    text: str
    run: Callable[[], object] = lambda: None


class Notice(QFrame):
    """One sentence with its symbol, perhaps buttons, and a way to put it away."""

    def __init__(self, kind: str, sentence: str, *choices: Choice) -> None:
        super().__init__()
        self.sentence = sentence
        self.dismissed = False
        symbol, colour = _LOOKS[kind]
        self.setStyleSheet(
            f"Notice {{ border-left: 4px solid {colour}; background: {theme.shades().raised}; }}"
        )
        mark = QLabel()
        mark.setPixmap(theme.coloured_icon(symbol, colour).pixmap(18, 18))
        text = QLabel(sentence)
        text.setWordWrap(True)
        text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 5, 5, 5)
        line.addWidget(mark)
        line.addWidget(text, 1)
        self.buttons = [self._button(choice) for choice in choices]
        for button in self.buttons:
            line.addWidget(button)
        close = QToolButton()
        close.setAutoRaise(True)
        theme.give_icon(close, "close")
        close.setToolTip("Put this away")
        close.clicked.connect(self.dismiss)
        line.addWidget(close)

    @property
    def button(self) -> QPushButton | None:
        """The first one, if there are any."""
        return self.buttons[0] if self.buttons else None

    def _button(self, choice: Choice) -> QPushButton:
        """One that does something, and puts the notice away."""

        def choose() -> None:
            self.dismiss()
            choice.run()

        button = QPushButton(choice.text)
        button.clicked.connect(choose)
        return button

    def dismiss(self) -> None:
        """Go at the next turn of the event loop: the click that wants it is still being delivered."""
        self.hide()
        self.dismissed = True
        self.deleteLater()


class NoticeBar(QWidget):
    """The newest few notices."""

    def __init__(self) -> None:
        super().__init__()
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(1)

    def tell(self, kind: str, sentence: str, *choices: Choice) -> None:
        """Show a sentence (``info``, ``done``, ``warning``, ``error``); the same one is shown once."""
        for old in self.notices():
            if old.sentence == sentence:
                old.dismiss()
        self._box.insertWidget(0, Notice(kind, sentence, *choices))
        for old in self.notices()[MOST:]:
            old.dismiss()

    def notices(self) -> list[Notice]:
        items = [self._box.itemAt(i) for i in range(self._box.count())]
        found = [w for item in items if item is not None and isinstance(w := item.widget(), Notice)]
        return [w for w in found if not w.dismissed]

    def sentences(self) -> list[str]:
        return [n.sentence for n in self.notices()]

    def clear(self) -> None:
        for notice in self.notices():
            notice.dismiss()
