"""Runs a function in a thread and hands its result back to the window's thread."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from shiboken6 import isValid

from cryoves_app.domain.errors import CryoVesError

#: A reading thread gets this long to come to its end when the window closes.
LAST_WAIT_MS = 3000

log = logging.getLogger(__name__)


class _Messenger(QObject):
    done = Signal(object)
    failed = Signal(str)


class _Task(QRunnable):
    def __init__(self, work: Callable[[], Any], messenger: _Messenger) -> None:
        super().__init__()
        self._work, self._messenger = work, messenger

    def run(self) -> None:
        try:
            result = self._work()
        except CryoVesError as error:
            self._tell("failed", str(error))
        except Exception as error:
            log.exception("A background task failed.")
            self._tell("failed", f"Something unexpected went wrong: {error}. The log file has the details.")
        else:
            self._tell("done", result)

    def _tell(self, signal: str, value: Any) -> None:
        if isValid(self._messenger):  # the window may have gone meanwhile
            getattr(self._messenger, signal).emit(value)


_alive: set[_Messenger] = set()


def run_in_background(
    work: Callable[[], Any],
    on_done: Callable[[Any], None],
    on_failed: Callable[[str], None],
    owner: QObject | None = None,
) -> None:
    """Do ``work`` in a thread; afterwards one of the others is called in this thread, if ``owner`` still exists."""
    messenger = _Messenger()
    _alive.add(messenger)  # else it is gone before its signal arrives

    def finish(deliver: Callable[[Any], None], value: Any) -> None:
        _alive.discard(messenger)
        if owner is None or isValid(owner):
            deliver(value)

    messenger.done.connect(lambda result: finish(on_done, result))
    messenger.failed.connect(lambda sentence: finish(on_failed, sentence))
    QThreadPool.globalInstance().start(_Task(work, messenger))


def forget_all() -> None:
    """Before the window goes: wait for what is being done, and tell no one any more."""
    for messenger in _alive:
        messenger.blockSignals(True)
    _alive.clear()
    QThreadPool.globalInstance().waitForDone(LAST_WAIT_MS)
