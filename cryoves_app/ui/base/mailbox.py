"""What other threads send to Qt objects, without keeping those alive.

A thread that listens to a process or works off a queue has to call somebody. Would it hold a widget, it could be the
last to let it go, and the widget would be deleted in that thread, which crashes. So threads hold a mailbox: a number.
"""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from types import MethodType
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

#: A method of a Qt object.
Receiver = Callable[..., object]


class Mailbox:
    """May be sent to from any thread; what was sent from another one arrives in the window's, in its order."""

    def __init__(self, number: int) -> None:
        self._number = number

    def send(self, *values: Any) -> None:
        """Call the receiver with these, if it still exists."""
        _the_office().arrived.emit(self._number, values)


class _Office(QObject):
    """Lives as long as the program; only the window's thread looks at who receives."""

    arrived = Signal(int, object)

    def __init__(self) -> None:
        super().__init__()
        self._numbers = itertools.count()
        self._receivers: dict[int, weakref.WeakMethod[Receiver]] = {}
        self.arrived.connect(self._deliver)

    def open(self, receive: Receiver) -> Mailbox:
        number = next(self._numbers)
        self._receivers[number] = weakref.WeakMethod(receive, lambda _: self._receivers.pop(number, None))
        return Mailbox(number)

    def _deliver(self, number: int, values: tuple[Any, ...]) -> None:
        kept = self._receivers.get(number)
        receive = kept() if kept is not None else None
        if isinstance(receive, MethodType) and isValid(receive.__self__):
            receive(*values)


_office: _Office | None = None


def _the_office() -> _Office:
    global _office
    if _office is None:
        _office = _Office()
    return _office


def open_mailbox(receive: Receiver) -> Mailbox:
    """A mailbox for a method of a Qt object; to be opened in the window's thread."""
    return _the_office().open(receive)
