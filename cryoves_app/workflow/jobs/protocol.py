"""What a job in the worker process is, and what it is given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import Note
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.workflow.jobs.codec import Parcel
from cryoves_app.workflow.jobs.messages import (
    EpochDone,
    Event,
    FolderMade,
    Noted,
    Order,
    ScratchMade,
    SpheresFound,
    StepDone,
)

AnyOrder = TypeVar("AnyOrder", bound=Order[Any])


def _tell_nobody(event: Event) -> None:
    """Where nobody listens."""


@dataclass(frozen=True)
class JobContext:
    """What a job in the worker is given besides its order."""

    progress: Progress = field(default_factory=Progress)
    emit: Callable[[Event], None] = _tell_nobody

    def step(self, report: StepReport) -> None:
        self.emit(StepDone(report))

    def epoch(self, done: EpochDone) -> None:
        self.emit(done)

    def spheres(self, step: str, spheres: Sequence[Sphere]) -> None:
        self.emit(SpheresFound(step, tuple(spheres)))

    def note(self, note: Note) -> None:
        self.emit(Noted(note))

    def scratch(self, path: Path) -> None:
        self.emit(ScratchMade(str(path)))

    def made_folder(self, path: Path) -> None:
        self.emit(FolderMade(str(path)))


#: A job as the worker runs it: it opens its order itself, and packs its result.
Task = Callable[[Parcel, JobContext], Parcel]


def task_of(order_type: type[AnyOrder], run: Callable[[AnyOrder, JobContext], object]) -> Task:
    """The task that does ``run`` with orders of a type; what it returns is of that type's ``result_type``."""
    return lambda parcel, context: Parcel.of(run(parcel.opened(order_type), context))
