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
        self.setVisible(self._box.count() > 1 or not self.brief.isHidden())
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
        notice = Notice(kind, sentence, *choices)
        self._box.insertWidget(0, notice)
        for old in self.notices()[MOST:]:
            old.dismiss()
        if kind in PASSING and not choices:
            pause_timer(notice, PASSING_MS, notice.dismiss).start()
        self._place()

    def notices(self) -> list[Notice]:
        items = [self._box.itemAt(i) for i in range(self._box.count())]
        found = [w for item in items if item is not None and isinstance(w := item.widget(), Notice)]
        return [w for w in found if not w.dismissed]

    def sentences(self) -> list[str]:
        return [n.sentence for n in self.notices()]

    def clear(self) -> None:
        """All goes, the line of what was done last too: its button would undo a step of what is open now."""
        self.brief.hide()
        for notice in self.notices():
            notice.dismiss()
