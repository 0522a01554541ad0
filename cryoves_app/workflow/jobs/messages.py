"""What the program and its worker process tell each other: frozen dataclasses, written down by ``codec``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar, get_args

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import Note
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.workflow.jobs.codec import Parcel

R = TypeVar("R")


class Order(Generic[R]):
    """What a job is to do; its subclasses are frozen dataclasses, and ``R`` is what the job results in.

    ``kind`` is the name under which the worker knows the job.
    """

    kind: ClassVar[str]
    result_type: ClassVar[type[Any]]

    def __init_subclass__(cls, kind: str) -> None:
        cls.kind = kind
        (cls.result_type,) = get_args(cls.__orig_bases__[0])  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Run:
    """To the worker: begin a job."""

    kind: str
    order: Parcel


@dataclass(frozen=True)
class Cancel:
    """To the worker: stop the job."""


@dataclass(frozen=True)
class Ready:
    """The worker takes jobs."""


@dataclass(frozen=True)
class Progressed:
    """How far a step is, from 0 to 1."""

    step: str
    fraction: float
    message: str = ""


@dataclass(frozen=True)
class StepDone:
    """A step of a run is finished."""

    report: StepReport


@dataclass(frozen=True)
class EpochDone:
    """An epoch of a training is finished, with its losses and scores by name."""

    epoch: int
    figures: Mapping[str, float]


@dataclass(frozen=True)
class SpheresFound:
    """The spheres as they stand after a step, for those who watch."""

    step: str
    spheres: tuple[Sphere, ...]


@dataclass(frozen=True)
class Noted:
    """Something that the user should read now, not at the end."""

    note: Note


@dataclass(frozen=True)
class ScratchMade:
    """A file or folder to remove should the worker die before the job's end."""

    path: str


@dataclass(frozen=True)
class FolderMade:
    """A folder to remove should the worker die and leave it empty; innermost first."""

    path: str


@dataclass(frozen=True)
class Done:
    """The job's result, as its order's ``result_type``."""

    result: Parcel


@dataclass(frozen=True)
class Failed:
    """Why a job did not end well. ``details`` are for the log file."""

    sentence: str
    cancelled: bool = False
    details: str = ""

    def as_error(self) -> CryoVesError:
        return Cancelled(self.sentence) if self.cancelled else CryoVesError(self.sentence)


#: What a job tells on its way.
Event = Progressed | StepDone | EpochDone | SpheresFound | Noted | ScratchMade | FolderMade
ToWorker = Run | Cancel
FromWorker = Ready | Event | Done | Failed

TO_WORKER: Mapping[str, type[ToWorker]] = {kind.__name__: kind for kind in get_args(ToWorker)}
FROM_WORKER: Mapping[str, type[FromWorker]] = {kind.__name__: kind for kind in get_args(FromWorker)}
