"""A process that reads one file after the other, as the program's own does one, until one of them ends it.

Forked from a process that has the libraries already, it costs a file a millisecond, where a new one costs a second.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_DONE, _FAILED = b".", b"!"


class ReadingProcess:
    """Starts when it is first needed, and again after its end. ``read`` may raise only what a reader may say."""

    def __init__(self, read: Callable[[Path], object], cpu_seconds: float) -> None:
        self._read, self._seconds = read, cpu_seconds
        self._child, self._orders, self._answers = 0, -1, -1

    def give(self, path: Path) -> None:
        """Have it read a file.

        It may be stopped by a limit or a signal, which the program tells; a mistake is one all the same.
        """
        if not self._child:
            self._start()
        os.write(self._orders, os.fsencode(path) + b"\n")
        answer = os.read(self._answers, 1)
        if answer != _DONE:
            self._end()
        if answer == _FAILED:
            raise RuntimeError(f"the process that reads weights failed on {path.name}")

    def _start(self) -> None:
        inner, self._orders = os.pipe()
        self._answers, outer = os.pipe()
        self._child = os.fork()
        if self._child:
            os.close(inner)
            os.close(outer)
            return
        with suppress(BaseException):
            os.close(self._orders)
            os.close(self._answers)
            self._serve(inner, outer)
        os._exit(0)

    def _serve(self, orders: int, answers: int) -> None:
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        with os.fdopen(orders, "rb") as lines:
            for line in lines:
                os.write(answers, self._answer(Path(os.fsdecode(line.rstrip(b"\n")))))

    def _answer(self, path: Path) -> bytes:
        signal.setitimer(signal.ITIMER_PROF, self._seconds)  # ends the process, in C too
        try:
            self._read(path)
        except BaseException:  # noqa: BLE001 - nothing may come out of it
            return _FAILED
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        return _DONE

    def _end(self) -> None:
        os.close(self._orders)
        os.close(self._answers)
        with suppress(ProcessLookupError):
            os.kill(self._child, signal.SIGKILL)
        os.waitpid(self._child, 0)
        self._child = 0
