"""Runs a function in a thread and hands its result back to the window's thread.

A failure is written to the log and shown to the user, unless the caller handles it, or asks for silence by ``silent``.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.shortage import why_short

log = logging.getLogger(__name__)

T = TypeVar("T")
#: What is done with the sentence of a failure.
OnFailed = Callable[[str], None]
THREADS = 4
#: What is being read or computed gets this long to come to its end when the window closes.
LAST_WAIT_SECONDS = 3.0
#: Work that waits its turn begins when nothing else was asked for this long, or after the longest wait.
CALM_SECONDS, LONGEST_WAIT_SECONDS = 0.1, 3.0


@dataclass(frozen=True)
class _Order:
    on_done: Callable[[Any], None]
    on_failed: OnFailed | None
    owner: QObject | None


@dataclass(frozen=True)
class _Failure:
    sentence: str
    is_cancelled: bool


class _Awaited:
    """Counts what the user waits for, such as slices."""

    def __init__(self) -> None:
        self._count, self._changed_at = 0, 0.0
        self._changed = threading.Condition()

    def begin(self) -> None:
        self._change(1)

    def end(self) -> None:
        self._change(-1)

    def _change(self, by: int) -> None:
        with self._changed:
            self._count += by
            self._changed_at = time.monotonic()
            self._changed.notify_all()

    def wait_for_calm(self) -> None:
        """Until nothing is awaited, and nothing new came within a moment; not for ever."""
        end = time.monotonic() + LONGEST_WAIT_SECONDS
        with self._changed:
            while (now := time.monotonic()) < end:
                calm_in = self._changed_at + CALM_SECONDS - now
                if not self._count and calm_in <= 0:
                    return
                self._changed.wait(end - now if self._count else min(calm_in, end - now))


class _Delivery(QObject):
    """The threads, and the place where their results arrive: in the window's thread, as long as the program lives.

    No Qt object is made for a single task, because Python might delete it in the wrong thread. For the same reason the
    work itself, which may be a method of a widget, is kept here until its result has arrived: a thread that let go
    of it last would delete the widget.
    """

    failed = Signal(str)
    _arrived = Signal(int, object)
    _taken_in_turn = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="window")
        self._later = ThreadPoolExecutor(1, thread_name_prefix="window-later")
        self._orders: dict[int, _Order] = {}
        self._works: dict[int, Callable[[], Any]] = {}
        self._futures: dict[int, Future[None]] = {}
        self._numbers = itertools.count()
        self._awaited = _Awaited()
        self._arrived.connect(self._deliver)
        self._taken_in_turn.connect(self._awaited.end, Qt.ConnectionType.QueuedConnection)

    def take(self, work: Callable[[], Any], order: _Order) -> None:
        number = next(self._numbers)
        self._orders[number] = order
        self._works[number] = work
        self._futures = {n: f for n, f in self._futures.items() if not f.done()}
        if isinstance(work, _InTurn):
            # slices are often asked for a moment later, by what the window's thread is at
            self._awaited.begin()
            self._taken_in_turn.emit()
            self._futures[number] = self._later.submit(self._run_when_calm, number)
            return
        future = self._pool.submit(self._run, number)
        self._futures[number] = future
        self._awaited.begin()
        future.add_done_callback(lambda _future: self._awaited.end())

    def _run(self, number: int) -> None:
        self._arrived.emit(number, _outcome(self._works, number))

    def _run_when_calm(self, number: int) -> None:
        self._awaited.wait_for_calm()
        self._run(number)

    def _deliver(self, number: int, outcome: Any) -> None:
        del self._works[number]
        order = self._orders.pop(number, None)
        if order is None or (order.owner is not None and not isValid(order.owner)):
            return
        if not isinstance(outcome, _Failure):
            order.on_done(outcome)
        elif order.on_failed is not None:
            order.on_failed(outcome.sentence)
        elif not outcome.is_cancelled:
            self.failed.emit(outcome.sentence)

    @property
    def busy(self) -> bool:
        return bool(self._orders) or any(not f.done() for f in self._futures.values())

    def wait(self, seconds: float) -> bool:
        return not wait(self._futures.values(), seconds).not_done

    def forget_all(self) -> None:
        self._orders.clear()
        for number, future in self._futures.items():
            if future.cancel():  # what has not begun never will; it may have been cancelled before
                self._works.pop(number, None)
        self.wait(LAST_WAIT_SECONDS)


def _outcome(works: Mapping[int, Callable[[], Any]], number: int) -> Any:
    """What the work gives, or how it failed; no name here holds the work itself."""
    try:
        return works[number]()
    except CryoVesError as error:
        is_cancelled = isinstance(error, Cancelled)
        log.log(logging.INFO if is_cancelled else logging.WARNING, "A background task ended: %s", error)
        return _Failure(str(error), is_cancelled)
    except Exception as error:
        log.exception("A background task failed.")
        unexpected = f"Something unexpected went wrong: {error}. The log file has the details."
        return _Failure(why_short(error) or unexpected, is_cancelled=False)


_delivery: _Delivery | None = None


def _the_delivery() -> _Delivery:
    global _delivery
    if _delivery is None:
        _delivery = _Delivery()
    return _delivery


def run_in_background(
    work: Callable[[], T],
    on_done: Callable[[T], None],
    on_failed: OnFailed | None = None,
    owner: QObject | None = None,
) -> None:
    """Do ``work`` in a thread; afterwards one of the others is called in this thread, if ``owner`` still exists.

    Without ``on_failed`` a failure is shown to the user; one that was cancelled is not. Call it from the window's
    thread only.
    """
    _the_delivery().take(work, _Order(on_done, on_failed, owner))


@dataclass(frozen=True)
class _InTurn(Generic[T]):
    work: Callable[[], T]

    def __call__(self) -> T:
        return self.work()


def in_turn(work: Callable[[], T]) -> Callable[[], T]:
    """The same work, but one after the other, and after what the user waits for: for what takes more than a moment.

    Two threads that compute leave the window's thread a third of Python's time, and clicks wait; slices, too, come
    later when a whole tomogram is read beside them.
    """
    return _InTurn(work)


def silent(because: str) -> OnFailed:
    """A failure that the user need not see, for a reason; it is in the log all the same."""
    return lambda sentence: log.info("Not shown, since %s: %s", because, sentence)


def ignore(_result: object) -> None:
    """For work whose result nobody waits for."""


def show_failure(sentence: str) -> None:
    """Show a failure where all of those are shown that nobody else handles."""
    _the_delivery().failed.emit(sentence)


def show_failures_with(show: OnFailed) -> None:
    """Who shows them: a method of a Qt object, which is called until the object goes."""
    _the_delivery().failed.connect(show)


def is_busy() -> bool:
    """Whether something is still being done."""
    return _the_delivery().busy


def wait_for_all(seconds: float) -> bool:
    """Whether all that is being done came to its end in this time."""
    return _the_delivery().wait(seconds)


def forget_all() -> None:
    """Before the window goes: tell no one any more, and wait for what is being done."""
    _the_delivery().forget_all()
