"""Progress on the terminal: bars where somebody watches, occasional lines where a log is written."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Self

from cryoves_app.cli import console

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

#: Seconds between two lines about one step when nobody watches.
QUIET_SECONDS = 30.0


class ProgressDisplay:
    """Shows the steps of tasks on standard error; standard output stays free for results.

    A terminal that goes away ends the bars, never the work.
    """

    def __init__(self) -> None:
        self._bars: Bars | None = None
        self._drawn: dict[str, tuple[str, TaskID]] = {}  # the step's name and bar of each task
        self._told: dict[str, tuple[str, float]] = {}  # the step's name and the time of each task's last line

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._start_bars()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop_bars()

    def listener(self, step: str, fraction: float, message: str = "") -> None:
        """Show how far a step is; fits ``Progress(listener)``."""
        self.show("", step, fraction, message)

    def show(self, task: str, step: str, fraction: float, message: str = "") -> None:
        """Show how far a step of a named task is."""
        name = f"{task}: {step}" if task else step
        if self._bars is None:
            self._tell(task, name, fraction, message)
        else:
            with self._while_watched():
                self._draw(self._bars, task, name, fraction, message)

    def finish(self, task: str) -> None:
        """A task has ended, well or not; its bar stays as it is."""
        self._drawn.pop(task, None)
        self._told.pop(task, None)

    def note(self, sentence: str) -> None:
        """A sentence for standard error that does not tear the bars."""
        self._above_bars(console.note, sentence)

    def say(self, text: str) -> None:
        """A result for standard output that does not tear the bars; it ends the step of a task without a name."""
        if self._bars is not None:
            with self._while_watched():
                self._finish(self._bars, "")
        self._above_bars(console.tell, text)

    def _above_bars(self, write: Callable[[str], None], text: str) -> None:
        had_bars = self._bars is not None
        self._stop_bars()
        write(text)
        if had_bars:
            self._start_bars()

    @contextmanager
    def _while_watched(self) -> Iterator[None]:
        """Do without bars from the moment when they cannot be drawn."""
        try:
            yield
        except OSError:
            self._bars = None
            self._drawn.clear()

    def _start_bars(self) -> None:
        with self._while_watched():
            self._bars = _bars()
            self._bars.start()

    def _stop_bars(self) -> None:
        bars, self._bars = self._bars, None
        self._drawn.clear()
        if bars is not None:
            with self._while_watched():
                bars.stop()

    def _draw(self, bars: Bars, task: str, name: str, fraction: float, message: str) -> None:
        if task not in self._drawn or self._drawn[task][0] != name:
            self._finish(bars, task)
            self._drawn[task] = name, bars.add_task(name, total=1.0, message="")
        bars.update(self._drawn[task][1], completed=fraction, message=message)

    def _finish(self, bars: Bars, task: str) -> None:
        if task in self._drawn:
            bars.update(self._drawn[task][1], completed=1.0, message="")

    def _tell(self, task: str, name: str, fraction: float, message: str) -> None:
        now = time.monotonic()
        told_name, told_at = self._told.get(task, ("", 0.0))
        if name == told_name and now - told_at < QUIET_SECONDS:
            return
        share = f" {fraction:.0%}" if name == told_name else ""
        self._told[task] = name, now
        console.note(f"{name}{share}{f' ({message})' if message else ''}")


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[message]}"),
        console=Console(stderr=True),
    )
