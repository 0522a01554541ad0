"""A short smooth way from one view to another."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEasingCurve, QElapsedTimer, QObject, QRectF, QVariantAnimation

#: Long enough for the eye to follow, short enough not to be waited for.
MILLISECONDS = 180


class Hurry:
    """Whether something is asked for again before a flight would have ended, as by a key that is held."""

    def __init__(self) -> None:
        self._asked = QElapsedTimer()

    def is_on(self) -> bool:
        """Whether the last time was just now; this one counts as the last from now on."""
        hurried = self._asked.isValid() and self._asked.elapsed() < MILLISECONDS
        self._asked.restart()
        return hurried


class Flight(QObject):
    """One flight at a time; a new one begins where the last one is.

    Whoever is in a hurry is put there at once.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._step: Callable[[float], None] = lambda _share: None
        self._hurry = Hurry()
        self._animation = QVariantAnimation(self)
        self._animation.setDuration(MILLISECONDS)
        self._animation.setStartValue(0.0)
        self._animation.setEndValue(1.0)
        self._animation.setEasingCurve(QEasingCurve.Type.InOutCubic)
        self._animation.valueChanged.connect(self._go)

    @property
    def running(self) -> bool:
        return self._animation.state() == QVariantAnimation.State.Running

    def start(self, step: Callable[[float], None]) -> None:
        """Call ``step`` with shares of the way up to 1; not with 0, where the view is already."""
        self._animation.stop()
        if self._hurry.is_on():
            step(1.0)
            return
        self._step = step
        self._animation.start()

    def _go(self, share: float) -> None:
        if share > 0:
            self._step(share)


def between(start: QRectF, end: QRectF, share: float) -> QRectF:
    """The part of the plane that is seen on the way: the middle moves evenly, the size by equal factors."""
    width = start.width() ** (1 - share) * end.width() ** share
    height = start.height() ** (1 - share) * end.height() ** share
    middle = start.center() * (1 - share) + end.center() * share
    return QRectF(middle.x() - width / 2, middle.y() - height / 2, width, height)
