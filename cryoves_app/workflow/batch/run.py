"""Many tomograms, by one worker or several; a bad one does not stop the rest, and two runs share one list."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.notes import Note
from cryoves_app.storage.claims import take_claim
from cryoves_app.workflow.jobs.endings import stop_if_told
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult

_LOOK_SECONDS = 0.1
#: Within which this process has heard a signal that ended its worker.
_HEARD_SECONDS = 0.2


class State(StrEnum):
    """What became of a tomogram of a list."""

    WAITING = "waiting"
    RUNNING = "running"
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
    def elsewhere(self) -> bool:
        """Whether another run is at work on it."""
        return self.result is not None and self.result.elsewhere

    @property
    def state(self) -> State:
        if self.elsewhere:
            return State.RUNNING
        if self.result is None:
            return State.FAILED
        return State.SKIPPED if self.result.skipped else State.DONE

    def to_dict(self) -> JsonObject:
        """For other programs."""
        about = {"tomogram": self.job.tomogram, "folder": self.job.folder, "state": self.state}
        if self.job.condition:
            about["condition"] = self.job.condition
        if self.result is None:
            return {**about, "error": self.failure}
        values = {**about, **asdict(self.result), "warnings": [n.sentence for n in self.result.notes]}
        return {name: value for name, value in values.items() if name != "notes"}


def _ignore(*_: object) -> None:
    """Where nobody listens."""


@dataclass(frozen=True)
class Listener:
    """Who is told how it goes: one call at a time, in threads of the run.

    ``on_progress`` hears of step, fraction and message.
    """

    on_begun: Callable[[SegmentJob], None] = _ignore
    on_progress: Callable[[SegmentJob, str, float, str], None] = _ignore
    on_note: Callable[[SegmentJob, Note], None] = _ignore
    on_outcome: Callable[[Outcome], None] = _ignore


def run_all(
    jobs: Iterable[SegmentJob],
    workers: Sequence[WorkerProcess],
    listener: Listener,
    *,
    is_shared: bool = False,
) -> list[Outcome]:
    """Run the jobs, begun in their order; one outcome each, in the order of their ends.

    Parameters
    ----------
    workers
        As many run at a time.
    is_shared
        Whether other runs may be at work on the same list: a tomogram that one of them has claimed is left to it, and
        looked at once more when all others are done.

    Raises
    ------
    Cancelled, KeyboardInterrupt
        When the user stopped the list; outcomes so far were told to the listener.
    """
    run = _Run(jobs, listener, is_shared=is_shared)
    with ThreadPoolExecutor(len(workers)) as pool:
        try:
            waiting = {pool.submit(run.serve, worker) for worker in workers}
            while waiting:  # for short times, since an endless wait hears no Ctrl-C on Windows
                done, waiting = wait(waiting, _LOOK_SECONDS, FIRST_COMPLETED)
                stop_if_told()
                for end in done:
                    end.result()
        except BaseException:
            run.stop()
            for worker in workers:
                worker.cancel()
            raise
    return run.outcomes


def do_claimed(job: SegmentJob, work: Callable[[], Outcome]) -> Outcome:
    """Do a job unless another run is at work on it."""
    claim = take_claim(Path(job.folder))
    if claim is None:
        sentence = f"Another run is writing {job.folder} just now, so it is left to that."
        return Outcome(job, result=SegmentResult(sentence, {}, (), skipped=True, elsewhere=True))
    with claim:
        return work()


class _Run:
    """Jobs that several workers take, one after the other."""

    def __init__(self, jobs: Iterable[SegmentJob], listener: Listener, *, is_shared: bool) -> None:
        self._waiting = deque((job, is_shared) for job in jobs)
        self._listener, self._is_shared = listener, is_shared
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self.outcomes: list[Outcome] = []

    def stop(self) -> None:
        self._stopped.set()

    def serve(self, worker: WorkerProcess) -> None:
        """Take jobs until none is left."""
        try:
            while (taken := self._take()) is not None:
                job, may_come_again = taken
                outcome = self._serve_one(job, worker)
                if outcome.elsewhere and may_come_again:
                    self._waiting.append((job, False))
                else:
                    self._tell(outcome)
        except BaseException:
            self.stop()
            raise

    def _take(self) -> tuple[SegmentJob, bool] | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting and not self._stopped.is_set() else None

    def _serve_one(self, job: SegmentJob, worker: WorkerProcess) -> Outcome:
        return do_claimed(job, lambda: self._do(job, worker)) if self._is_shared else self._do(job, worker)

    def _do(self, job: SegmentJob, worker: WorkerProcess) -> Outcome:
        def progress(step: str, fraction: float, message: str) -> None:
            with self._lock:
                self._listener.on_progress(job, step, fraction, message)

        def note(note: Note) -> None:
            with self._lock:
                self._listener.on_note(job, note)

        with self._lock:
            self._listener.on_begun(job)
        try:
            return Outcome(job, result=worker.run(job, progress, note))
        except Cancelled:
            raise
        except CryoVesError as error:
            # a signal to all processes ends the worker, too, which may be heard first; it is no failure of the tomogram
            if self._stopped.wait(_HEARD_SECONDS):
                raise Cancelled from error
            return Outcome(job, failure=str(error))

    def _tell(self, outcome: Outcome) -> None:
        with self._lock:
            self.outcomes.append(outcome)
            self._listener.on_outcome(outcome)
