"""Work that follows the user: it waits for a pause, is done in a thread, and what is out of date is dropped."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base.background import (
    OnFailed,
    forget_all,
    ignore,
    is_busy,
    run_in_background,
    show_failure,
)

T = TypeVar("T")


def pause_timer(owner: QObject, pause_ms: int, call: Callable[[], object]) -> QTimer:
    """A timer that calls once, this long after its last start."""
    timer = QTimer(owner)
    timer.setSingleShot(True)
    timer.setInterval(pause_ms)
    timer.timeout.connect(call)
    return timer


class Newest:
    """Tasks of which only the newest counts: what comes of older ones is dropped.

    ``forget`` drops the one under way as well.
    """

    def __init__(self, owner: QObject) -> None:
        self._owner = owner
        self._number = 0

    def forget(self) -> None:
        self._number += 1

    def run(
        self,
        work: Callable[[], T],
        take: Callable[[T], None],
        on_failed: OnFailed | None = None,
        on_dropped: Callable[[T | None], None] = ignore,
    ) -> None:
        """Do ``work`` in a thread; ``take``, or ``on_failed``, follows if nothing newer was asked for meanwhile.

        Else ``on_dropped`` gets what came of it, to let go of it: ``None`` where it failed.
        """
        self._number += 1
        number = self._number

        def deliver(result: T) -> None:
            (take if number == self._number else on_dropped)(result)

        def fail(sentence: str) -> None:  # a failure of what is out of date concerns nobody
            if number == self._number:
                (on_failed or show_failure)(sentence)
            else:
                on_dropped(None)

        run_in_background(work, deliver, fail, self._owner)


class Recompute:
    """Computes something again after each change, at most one at a time.

    ``prepare`` runs in the window's thread once nothing has changed for a while. It reads what is needed and gives
    the work that is done in a thread, or nothing where there is nothing to do. ``take`` gets the result, unless
    another change came meanwhile: then the result is dropped and the newest state computed. With ``takes_older`` the
    result is taken all the same, for work that goes on bit by bit or whose results hold for what did not change.
    """

    def __init__(
        self,
        owner: QObject,
        prepare: Callable[[], Callable[[], T] | None],
        take: Callable[[T], None],
        *,
        pause_ms: int = 0,
        on_failed: OnFailed | None = None,
        takes_older: bool = False,
    ) -> None:
        self._owner, self._prepare, self._take = owner, prepare, take
        self._on_failed = on_failed or show_failure
        self._takes_older = takes_older
        self._timer = pause_timer(owner, pause_ms, self._begin)
        self._is_running = self._is_wanted = False
        self._number = 0
        _all.add(self)

    @property
    def idle(self) -> bool:
        """Whether nothing is waited for, being computed or wanted."""
        return not (self._is_running or self._is_wanted or (isValid(self._timer) and self._timer.isActive()))

    def ask(self) -> None:
        """Something changed: compute after the pause, or at once where there is none."""
        if not self._takes_older:
            self._number += 1
        if self._timer.interval():
            self._timer.start()
        else:
            self._begin()

    def forget(self) -> None:
        """Compute nothing, and drop what is being computed."""
        self._number += 1
        self._timer.stop()
        self._is_wanted = False

    def stop(self) -> None:
        """As ``forget``, when nothing arrives any more from the threads."""
        if isValid(self._timer):
            self.forget()
        self._is_running = False

    def _begin(self) -> None:
        self._is_wanted = self._is_running
        work = None if self._is_running else self._prepared()
        if work is None:
            return
        self._is_running, number = True, self._number
        run_in_background(
            work,
            lambda result: self._end(number, self._take, result),
            lambda sentence: self._end(number, self._on_failed, sentence),
            self._owner,
        )

    def _prepared(self) -> Callable[[], Any] | None:
        """The work; what cannot even be prepared, such as a tomogram that is cut short, fails like the work itself."""
        try:
            return self._prepare()
        except CryoVesError as error:
            self._on_failed(str(error))
            return None

    def _end(self, number: int, deliver: Callable[[Any], None], value: Any) -> None:
        self._is_running = False
        try:
            if number == self._number:
                deliver(value)
        finally:
            if self._is_wanted:
                self._begin()


_all: weakref.WeakSet[Recompute] = weakref.WeakSet()


def is_everything_computed() -> bool:
    """Whether nothing is waited for or computed anywhere in the window."""
    return not is_busy() and all(recompute.idle for recompute in list(_all))


def stop_everything() -> None:
    """Before the window goes: begin nothing any more, tell no one, and wait for what is being done."""
    for recompute in list(_all):
        recompute.stop()
    forget_all()
