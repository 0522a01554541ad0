"""Many tomograms, one after the other, with one worker; a bad one does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob

#: Progress of one tomogram: job, step, fraction, message.
JobProgress = Callable[[SegmentJob, str, float, str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of one tomogram. ``result`` is empty after a failure."""

    job: SegmentJob
    failure: str = ""
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        if self.failure:
            return "failed"
        return "skipped" if self.result.get("skipped") else "done"

    def to_dict(self) -> dict[str, Any]:
        about = {"tomogram": self.job.tomogram, "folder": self.job.folder, "state": self.state}
        return {**about, "error": self.failure, **self.result} if self.failure else {**about, **self.result}


def run_all(
    jobs: Iterable[SegmentJob],
    worker: WorkerProcess,
    on_progress: JobProgress,
    on_note: Callable[[SegmentJob, str], None],
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
    on_note: Callable[[SegmentJob, str], None],
) -> Outcome:
    def progress(step: str, fraction: float, message: str) -> None:
        on_progress(job, step, fraction, message)

    try:
        result = worker.run("segment", job.to_params(), progress, lambda sentence: on_note(job, sentence))
    except Cancelled:
        raise
    except CryoVesError as error:
        return Outcome(job, failure=str(error))
    return Outcome(job, result=result)
