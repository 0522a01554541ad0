"""Sentences for the user, in place: a bar over the views instead of a box that has to be clicked away."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from cryoves_app.ui.base import theme
from cryoves_app.ui.base.choice import Choice
from cryoves_app.ui.base.recompute import pause_timer

_LOOKS = {
    "info": ("information", theme.SKY_BLUE),
    "done": ("check-circle", theme.GREEN),
    "warning": ("alert", theme.ORANGE),
    "error": ("alert-octagon", theme.VERMILLION),
}
#: What leaves by itself, and after how long; warnings and errors stay.
PASSING = ("info", "done")
PASSING_MS = 15_000
BRIEF_MS = 6_000
MOST = 3
#: Width at most and distance from the edges, in pixels.
WIDEST, MARGIN = 760, 10


class Notice(QFrame):
    """One sentence with its symbol, perhaps buttons, and a way to put it away.

    It is shown again with other sentences, since the window is told many in its life.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sentence = ""
        self.dismissed = True
        self.buttons: list[QPushButton] = []
        self._kind = ""
        self._choices: tuple[Choice, ...] = ()
        self._made: list[QPushButton] = []
        self._mark, self._text = QLabel(), QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._close = QToolButton()
        self._close.setAutoRaise(True)
        theme.give_icon(self._close, "close")
        self._close.setToolTip("Put this away")
        self._close.clicked.connect(self.dismiss)
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(10, 5, 5, 5)
        self._line.addWidget(self._mark)
        self._line.addWidget(self._text, 1)
        self._line.addWidget(self._close)
        self._timer = pause_timer(self, PASSING_MS, self.dismiss)

    @property
    def button(self) -> QPushButton | None:
        """The first one, if there are any."""
        return self.buttons[0] if self.buttons else None

    def tell(self, kind: str, sentence: str, *choices: Choice) -> None:
        """Show a sentence; what is only told, and asks for nothing, leaves by itself."""
        self.sentence, self.dismissed, self._choices = sentence, False, choices
        self._text.setText(sentence)
        self._look(kind)
        while len(self._made) < len(choices):
            self._add_button(len(self._made))
        for number, button in enumerate(self._made):
            button.setText(choices[number].text if number < len(choices) else "")
            button.setVisible(number < len(choices))
        self.buttons = self._made[: len(choices)]
        self.show()
        if kind in PASSING and not choices:
            self._timer.start()
        else:
            self._timer.stop()

    def dismiss(self) -> None:
        """Go."""
        self._timer.stop()
        self.hide()
        self.dismissed = True

    def _look(self, kind: str) -> None:
        if kind == self._kind:
            return
        self._kind = kind
        symbol, colour = _LOOKS[kind]
        self.setStyleSheet(
            f"Notice {{ border-left: 4px solid {colour}; background: {theme.shades().raised}; }}"
        )
        self._mark.setPixmap(theme.coloured_icon(symbol, colour).pixmap(18, 18))

    def _add_button(self, number: int) -> None:
        """One that does something, and puts the notice away."""
        button = QPushButton()
        button.clicked.connect(lambda: self._choose(number))
        self._line.insertWidget(self._line.count() - 1, button)
        self._made.append(button)

    def _choose(self, number: int) -> None:
        choice = self._choices[number]
        self.dismiss()
        choice.run()


class BriefLine(QFrame):
    """What was done last, with a way back; it leaves by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet(f"BriefLine {{ background: {theme.shades().raised}; border-radius: 4px; }}")
        self.text = QLabel()
        self.button = QPushButton()
        self.button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.button.clicked.connect(self._choose)
        self._choice: Choice | None = None
        line = QHBoxLayout(self)
        line.setContentsMargins(10, 2, 4, 2)
        line.addWidget(self.text, 1)
        line.addWidget(self.button)
        self._timer = pause_timer(self, BRIEF_MS, self.hide)
        self.hide()

    def tell(self, sentence: str, choice: Choice | None = None) -> None:
        self._choice = choice
        self.text.setText(sentence)
        self.button.setText(choice.text if choice else "")
        self.button.setVisible(choice is not None)
        self.show()
        self._timer.start()

    def _choose(self) -> None:
        self.hide()
        if self._choice is not None:
            self._choice.run()


class NoticeBar(QWidget):
    """The newest few notices and the line of what was done last, over the lower edge of ``ground``.

    Nothing moves when they come or go. What is only told, and asks for nothing, leaves by itself.
    """

    def __init__(self, ground: QWidget) -> None:
        super().__init__(ground)
        self.brief = BriefLine()
        self._ground = ground
        self._made: list[Notice] = []
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(1)
        self._box.addWidget(self.brief)
        ground.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._place()
        return handled

    def _place(self) -> None:
        """As high as is needed, in the middle, a little above the lower edge."""
        width = min(self._ground.width() - 2 * MARGIN, WIDEST)
        wraps = self._box.hasHeightForWidth()
        height = self._box.heightForWidth(width) if wraps else self._box.sizeHint().height()
        left = (self._ground.width() - width) // 2
        self.setGeometry(left, self._ground.height() - height - MARGIN, width, height)
        self.setVisible(bool(self.notices()) or not self.brief.isHidden())
        self.raise_()

    def tell_briefly(self, sentence: str, choice: Choice | None = None) -> None:
        """Show what was done; the last such line goes."""
        self.brief.tell(sentence, choice)
        self._place()

    def tell(self, kind: str, sentence: str, *choices: Choice) -> None:
        """Show a sentence (``info``, ``done``, ``warning``, ``error``); the same one is shown once."""
        for old in self.notices():
            if old.sentence == sentence:
                old.dismiss()
        notice = next((n for n in self._made if n.dismissed), None) or self._new()
        self._box.removeWidget(notice)
        self._box.insertWidget(0, notice)
        notice.tell(kind, sentence, *choices)
        for old in self.notices()[MOST:]:
            old.dismiss()
        self._place()

    def _new(self) -> Notice:
        notice = Notice()
        self._made.append(notice)
        return notice

    def notices(self) -> list[Notice]:
        """Those that are shown, the newest first."""
        shown = [n for n in self._made if not n.dismissed]
        return sorted(shown, key=self._box.indexOf)

    def sentences(self) -> list[str]:
        return [n.sentence for n in self.notices()]

    def clear(self) -> None:
        """All goes, the line of what was done last too: its button would undo a step of what is open now."""
        self.brief.hide()
        for notice in self.notices():
            notice.dismiss()
