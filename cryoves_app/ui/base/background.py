"""Runs a function in a thread and hands its result back to the window's thread."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from cryoves_app.domain.errors import CryoVesError

log = logging.getLogger(__name__)

THREADS = 4
#: What is being read or computed gets this long to come to its end when the window closes.
LAST_WAIT_SECONDS = 3.0


@dataclass(frozen=True)
class _Order:
    on_done: Callable[[Any], None]
    on_failed: Callable[[str], None]
    owner: QObject | None


class _Desk(QObject):
    """Lives in the window's thread as long as the program: results of all threads arrive here.

    No Qt object is made for a single task, because Python might delete it in the wrong thread.
    """

    _arrived = Signal(int, bool, object)

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="window")
        self._orders: dict[int, _Order] = {}
        self._futures: set[Future[None]] = set()
        self._numbers = itertools.count()
        self._arrived.connect(self._deliver)

    def take(self, work: Callable[[], Any], order: _Order) -> None:
        number = next(self._numbers)
        self._orders[number] = order
        self._futures = {f for f in self._futures if not f.done()}
        self._futures.add(self._pool.submit(self._run, number, work))

    def _run(self, number: int, work: Callable[[], Any]) -> None:
        try:
            result = work()
        except CryoVesError as error:
            self._arrived.emit(number, False, str(error))
        except Exception as error:
            log.exception("A background task failed.")
            sentence = f"Something unexpected went wrong: {error}. The log file has the details."
            self._arrived.emit(number, False, sentence)
        else:
            self._arrived.emit(number, True, result)

    def _deliver(self, number: int, is_done: bool, value: Any) -> None:
        order = self._orders.pop(number, None)
        if order is None or (order.owner is not None and not isValid(order.owner)):
            return
        (order.on_done if is_done else order.on_failed)(value)

    @property
    def busy(self) -> bool:
        return any(not f.done() for f in self._futures)

    def forget_all(self) -> None:
        self._orders.clear()
        wait(self._futures, LAST_WAIT_SECONDS)


_desk: _Desk | None = None


def _the_desk() -> _Desk:
    global _desk
    if _desk is None:
        _desk = _Desk()
    return _desk


def run_in_background(
    work: Callable[[], Any],
    on_done: Callable[[Any], None],
    on_failed: Callable[[str], None],
    owner: QObject | None = None,
) -> None:
    """Do ``work`` in a thread; afterwards one of the others is called in this thread, if ``owner`` still exists.

    Call it from the window's thread only.
    """
    _the_desk().take(work, _Order(on_done, on_failed, owner))


def is_busy() -> bool:
    """Whether something is still being done."""
    return _the_desk().busy


def forget_all() -> None:
    """Before the window goes: tell no one any more, and wait for what is being done."""
    _the_desk().forget_all()
