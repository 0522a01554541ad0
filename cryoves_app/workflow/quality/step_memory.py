"""The memory of each step of a run."""

from __future__ import annotations

import threading
from types import TracebackType

import psutil

from cryoves_app.domain.progress import Progress

#: Often enough for the steps that take memory, which last seconds.
_EVERY_S = 0.02


class StepMemory:
    """Looks again and again how much memory this process holds, and keeps the most of each step."""

    def __init__(self, progress: Progress) -> None:
        self._outer = progress
        self.progress = Progress(self._listen, progress.token)
        self.peak_bytes: dict[str, int] = {}
        self._step, self._ended = "", threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> StepMemory:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _listen(self, step: str, fraction: float, message: str) -> None:
        self._step = step
        self._look(step)
        self._outer.listener(step, fraction, message)

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY_S):
            self._look(self._step)

    def _look(self, step: str) -> None:
        if step:
            held = int(psutil.Process().memory_info().rss)
            self.peak_bytes[step] = max(held, self.peak_bytes.get(step, 0))
