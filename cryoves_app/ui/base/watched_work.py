"""One long piece of work in a thread that says how far it is and can be stopped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.ui.base.background import OnFailed, run_in_background

T = TypeVar("T")


class WatchedWork(QObject):
    """One piece at a time; ``start`` while another is done is refused."""

    progressed = Signal(str, float)  # what is done, share
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._token: CancelToken | None = None

    @property
    def running(self) -> bool:
        return self._token is not None

    def start(
        self,
        what: str,
        work: Callable[[Progress], T],
        on_done: Callable[[T], None],
        on_failed: OnFailed,
    ) -> bool:
        """Do ``work`` in a thread; afterwards one of the others is called here, unless it was cancelled."""
        if self.running:
            return False
        token = self._token = CancelToken()

        def listen(_step: str, share: float, message: str) -> None:
            self.progressed.emit(f"{what}: {message}" if message else what, share)

        def done(result: T) -> None:
            self._end()
            on_done(result)

        def failed(sentence: str) -> None:
            self._end()
            if not token.cancelled:
                on_failed(sentence)

        self.progressed.emit(what, 0.0)
        run_in_background(lambda: work(Progress(listen, token)), done, failed, self)
        return True

    def cancel(self) -> None:
        if self._token is not None:
            self._token.cancel()

    def _end(self) -> None:
        self._token = None
        self.ended.emit()
