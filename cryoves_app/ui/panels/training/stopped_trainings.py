"""What was stopped before it was finished: looked for and removed in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Generic, TypeVar

from PySide6.QtCore import QObject

from cryoves_app.domain.wording import counted
from cryoves_app.network.model_store import models_folder
from cryoves_app.ui.base.background import run_in_background, silent
from cryoves_app.ui.panels.training.stopped import StoppedLine
from cryoves_app.workflow.training.adapt_order import AdaptOrder
from cryoves_app.workflow.training.begun import clear_killed, discard_begun
from cryoves_app.workflow.training.improve_order import ImproveOrder
from cryoves_app.workflow.training.order import TrainJob

T = TypeVar("T", TrainJob, ImproveOrder, AdaptOrder)


class StoppedTrainings(Generic[T]):
    """The latest one of a kind is the one to go on with. ``find`` lists those of a folder, the latest first."""

    def __init__(self, find: Callable[[Path], list[T]], owner: QObject) -> None:
        self._find: Callable[[Path], list[T]] = find
        self._owner = owner
        self.found: Sequence[T] = ()
        self.line: StoppedLine | None = None

    @property
    def latest(self) -> T | None:
        return self.found[0] if self.found else None

    def look(self, then: Callable[[], None] = lambda: None) -> None:
        """Look for them, and show the latest where there is a line for it; what was killed too early goes."""

        def show(found: Sequence[T]) -> None:
            self.found = found
            self._show()
            then()

        def find() -> list[T]:
            clear_killed(models_folder())
            return self._find(models_folder())

        run_in_background(find, show, silent("the command line goes on as well"), self._owner)

    def hide(self) -> None:
        """While one is at work."""
        if self.line is not None:
            self.line.offer("", "")

    def remove(self) -> None:
        """Remove the latest one."""
        order = self.latest
        if order is not None:
            run_in_background(lambda: discard_begun(order), lambda _none: self.look(), owner=self._owner)

    def _show(self) -> None:
        if self.line is not None:
            others = len(self.found) - 1
            more = f" So were {counted(others, 'other')}." if others > 0 else ""
            self.line.offer(Path(self.found[0].output).name if self.found else "", more)
