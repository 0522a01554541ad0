"""Works through a list in a thread, in short turns, so that it shows how far it is and can be stopped."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal

from cryoves_app.ui.base.background import run_in_background, show_failure

SLICE_SECONDS = 0.2


class ItemJob(QObject):
    """One list at a time; ``start`` while another is worked on is refused."""

    progressed = Signal(str, float)  # what, share done
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._stop: Callable[[], None] | None = None

    @property
    def running(self) -> bool:
        return self._stop is not None

    def start(
        self,
        what: str,
        items: Sequence[Any],
        work: Callable[[Any], Any],
        on_done: Callable[[list[Any]], None],
    ) -> bool:
        """Call ``work`` for each item in a thread, then ``on_done`` with all results here; whether it began."""
        if self.running or not items:
            return False
        found: list[Any] = []
        stopped: list[bool] = []
        self._stop = lambda: stopped.append(True)

        def some() -> list[Any]:
            end = time.monotonic() + SLICE_SECONDS
            results: list[Any] = []
            for item in items[len(found) :]:
                results.append(work(item))
                if time.monotonic() > end or stopped:
                    break
            return results

        def take(results: list[Any]) -> None:
            found.extend(results)
            if stopped:
                self._end()
                return
            if len(found) == len(items):
                self._stop = None
                on_done(found)
                self._end()
                return
            self.progressed.emit(what, len(found) / len(items))
            run_in_background(some, take, self._fail, self)

        run_in_background(some, take, self._fail, self)
        return True

    def cancel(self) -> None:
        """Stop; nothing of what was done is taken over."""
        if self._stop is not None:
            self._stop()

    def _fail(self, sentence: str) -> None:
        self._end()
        show_failure(sentence)

    def _end(self) -> None:
        self._stop = None
        self.ended.emit()
