"""Many tomograms, one after the other, with one worker; a bad one does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.notes import Note
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult

#: Progress of one tomogram: job, step, fraction, message.
JobProgress = Callable[[SegmentJob, str, float, str], None]


class State(StrEnum):
    """What became of a tomogram of a list."""

    WAITING = "waiting"
    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True)
class Outcome:
    """What became of one tomogram: a result, or why there is none."""

    job: SegmentJob
    failure: str = ""
    result: SegmentResult | None = None

    @property
    def state(self) -> State:
        if self.result is None:
            return State.FAILED
        return State.SKIPPED if self.result.skipped else State.DONE

    def to_dict(self) -> JsonObject:
        """For other programs."""
        about = {"tomogram": self.job.tomogram, "folder": self.job.folder, "state": self.state}
        if self.result is None:
            return {**about, "error": self.failure}
        values = {**about, **asdict(self.result), "warnings": [n.sentence for n in self.result.notes]}
        return {name: value for name, value in values.items() if name != "notes"}


def run_all(
    jobs: Iterable[SegmentJob],
    worker: WorkerProcess,
    on_progress: JobProgress,
    on_note: Callable[[SegmentJob, Note], None],
    on_outcome: Callable[[Outcome], None],
) -> list[Outcome]:
    """Run the jobs in order; one outcome each.

    Raises
    ------
    Cancelled
        When the user stopped the list; outcomes so far were told by ``on_outcome``.
    """
    outcomes = []
    for job in jobs:
        outcome = _run_one(job, worker, on_progress, on_note)
        on_outcome(outcome)
        outcomes.append(outcome)
    return outcomes


def _run_one(
    job: SegmentJob,
    worker: WorkerProcess,
    on_progress: JobProgress,
    on_note: Callable[[SegmentJob, Note], None],
) -> Outcome:
    def progress(step: str, fraction: float, message: str) -> None:
        on_progress(job, step, fraction, message)

    try:
        result = worker.run(job, progress, lambda note: on_note(job, note))
    except Cancelled:
        raise
    except CryoVesError as error:
        return Outcome(job, failure=str(error))
    return Outcome(job, result=result)
