"""One tomogram as a task of a Dask cluster: what happens where a worker of the cluster runs.

A task takes its tomogram by a claim, so that no other run does it too, and gives it to a worker process of our own: a
crash in there costs the cluster no worker, and the network is loaded once. Its results appear whole or not at all. If
the cluster's worker is lost, our own process ends, the claim is free, and the scheduler has the task done again.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import cryoves_app
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.notes import Note
from cryoves_app.workflow.batch.run import Outcome, do_claimed
from cryoves_app.workflow.jobs.codec import from_plain, to_plain
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob


@dataclass(frozen=True)
class ClusterTask:
    """What is sent: the job with whole paths, of which run of the batch, of which version of the program.

    ``threads`` is ``None`` where the worker is to use what its processors give.
    """

    run: str
    number: int
    job: SegmentJob
    threads: int | None = None
    version: str = cryoves_app.__version__


@dataclass(frozen=True)
class TaskEvent:
    """What a task tells on its way; ``note`` or a step, or neither for its beginning."""

    number: int
    step: str = ""
    fraction: float = 0.0
    message: str = ""
    note: Note | None = None


class RareProgress:
    """Lets through a report of each step's beginning, and one now and then: they all pass the one scheduler."""

    SECONDS = 2.0

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._step, self._told_at = "", 0.0

    def is_due(self, step: str) -> bool:
        """Whether to tell it; counts as told then."""
        now = self._clock()
        if step == self._step and now - self._told_at < self.SECONDS:
            return False
        self._step, self._told_at = step, now
        return True


def topic_of(run: str) -> str:
    """Under which name the events of a run go through the scheduler."""
    return f"cryoves-{run}"


@dataclass
class _Pool:
    """The worker processes of this process of the cluster, and for which run each is at work."""

    idle: list[WorkerProcess] = field(default_factory=list)
    at_work: dict[WorkerProcess, str] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def worker(self, run: str, threads: int) -> Iterator[WorkerProcess]:
        with self.lock:
            fitting = next((w for w in self.idle if w.threads == threads), None)
            worker = fitting or WorkerProcess(threads)
            if fitting is not None:
                self.idle.remove(fitting)
            self.at_work[worker] = run
        try:
            yield worker
        finally:
            with self.lock:
                del self.at_work[worker]
                self.idle.append(worker)

    def stop(self, run: str) -> None:
        with self.lock:
            self.stopped.add(run)
            workers = [worker for worker, its in self.at_work.items() if its == run]
        for worker in workers:
            worker.cancel()


_POOL = _Pool()


def do_task(plain: object) -> object:
    """Do a task that was sent; an ``Outcome``, both in the form in which messages go."""
    version = cast(Mapping[str, object], plain)["version"]
    if version != cryoves_app.__version__:  # its form may be another, too
        return to_plain(Refused(cryoves_app.__version__))
    from distributed import get_worker

    task, worker = from_plain(ClusterTask, plain), get_worker()
    threads = task.threads or _own_threads(worker.state.nthreads)

    def tell(event: TaskEvent) -> None:
        worker.log_event(topic_of(task.run), to_plain(event))

    return to_plain(do_claimed(task.job, lambda: _outcome(task, threads, tell)))


@dataclass(frozen=True)
class Refused:
    """What a worker with another version of the program answers."""

    worker_version: str


def stop_run(run: str) -> None:
    """Cancel what is at work for a run here, and begin nothing more of it."""
    _POOL.stop(run)


def _outcome(task: ClusterTask, threads: int, tell: Callable[[TaskEvent], None]) -> Outcome:
    def progress(step: str, fraction: float, message: str) -> None:
        if task.run in _POOL.stopped:  # told just before it began
            worker.cancel()
        if rare.is_due(step):
            tell(TaskEvent(task.number, step, fraction, message))

    def note(note: Note) -> None:
        tell(TaskEvent(task.number, note=note))

    rare = RareProgress()
    if task.run in _POOL.stopped:
        return Outcome(task.job, failure=str(Cancelled()))
    tell(TaskEvent(task.number))
    with _POOL.worker(task.run, threads) as worker:
        try:
            return Outcome(task.job, result=worker.run(task.job, progress, note))
        except CryoVesError as error:
            return Outcome(task.job, failure=str(error))


def _own_threads(tasks: int) -> int:
    """The processors that this process may use, shared by the tasks that it does at a time."""
    has_affinity = hasattr(os, "sched_getaffinity")
    processors = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    return max(processors // max(tasks, 1), 1)
