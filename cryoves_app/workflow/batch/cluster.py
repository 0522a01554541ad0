"""A queue on a Dask cluster: one task for each tomogram, done by whichever worker is free.

Needs the packages of the extra ``cluster``.
"""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock
from typing import TYPE_CHECKING, Any

from cryoves_app.domain.errors import CryoVesError, one_line
from cryoves_app.domain.reading import is_file, read_settings
from cryoves_app.storage.temporary import LATELY_S
from cryoves_app.workflow.batch.cluster_task import (
    ClusterTask,
    Refused,
    TaskEvent,
    do_task,
    stop_run,
    topic_of,
)
from cryoves_app.workflow.batch.queue_file import pattern_from
from cryoves_app.workflow.batch.run import Listener, Outcome
from cryoves_app.workflow.jobs.codec import from_plain, to_plain
from cryoves_app.workflow.jobs.endings import stop_if_told
from cryoves_app.workflow.segment.order import SegmentJob

if TYPE_CHECKING:
    from distributed import Client, Future

_LOOK_SECONDS = 0.1
_CONNECT_SECONDS = 10
#: So many tomograms lie with the scheduler at a time: enough for a thousand workers, and no burden for it.
IN_FLIGHT = 4000
#: A tomogram that another run, or a worker that was lost, has claimed is asked for again after this time …
AGAIN_SECONDS = 30.0
#: … until its claim would be free if nobody were at work on it.
PATIENCE_SECONDS = LATELY_S + 2 * AGAIN_SECONDS
NOT_INSTALLED = (
    "A cluster needs the packages dask, distributed and dask-jobqueue, which are not installed here: "
    "pip install 'cryoves-app[cluster]'."
)


@contextmanager
def connect_scheduler(address: str) -> Iterator[Client]:
    """A connection to a running scheduler, by its address or the file that it wrote.

    Raises
    ------
    CryoVesError
        If the packages are missing, or nobody answers.
    """
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ModuleNotFoundError as error:
        raise CryoVesError(NOT_INSTALLED) from error
    asked = _address_in(Path(address)) if is_file(address) else address
    try:
        # the client waits long for nobody, and its remains complain at the end of the program
        socket.create_connection(get_address_host_port(asked), _CONNECT_SECONDS).close()
        client = Client(asked, timeout=_CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CryoVesError(f"No Dask scheduler answers at {address}: {one_line(error)}.") from error
    with client:
        yield client


def _address_in(path: Path) -> str:
    """Where the scheduler is that wrote a file."""
    address = read_settings(path, "a Dask scheduler's file").get("address")
    if not isinstance(address, str):
        raise CryoVesError(f"{path} is no Dask scheduler's file: it holds no address.")
    return address


def run_on_cluster(
    jobs: Sequence[SegmentJob],
    client: Client,
    listener: Listener,
    *,
    threads: int | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> list[Outcome]:
    """Run the jobs, the first ones first; one outcome each, in the order of their ends.

    Parameters
    ----------
    threads
        Of each tomogram; what the processors of a worker give where not said.
    tell
        Hears what concerns the cluster as a whole.

    Raises
    ------
    Cancelled, KeyboardInterrupt
        When the user stopped it; what was at work is cancelled.
    """
    if not client.scheduler_info()["workers"]:
        tell("The cluster has no worker yet; the queue begins when the first one comes.")
    run = _ClusterRun(jobs, client, listener, threads)
    topic = topic_of(run.name)
    client.subscribe_topic(topic, run.hear)
    try:
        return run.work_off()
    except BaseException:
        run.stop()
        raise
    finally:
        with suppress(Exception):  # the scheduler may be gone
            client.unsubscribe_topic(topic)


@dataclass
class _ClusterRun:
    """Tasks on their way."""

    jobs: Sequence[SegmentJob]
    client: Client
    listener: Listener
    threads: int | None
    name: str = field(default_factory=lambda: uuid.uuid4().hex)
    _ended: SimpleQueue[tuple[int, Future]] = field(default_factory=SimpleQueue)
    _futures: dict[int, Future] = field(default_factory=dict)
    _again: dict[int, float] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)
    _tries: int = 0

    def work_off(self) -> list[Outcome]:
        waiting = deque(range(len(self.jobs)))
        outcomes: list[Outcome] = []
        last = time.monotonic()
        while len(outcomes) < len(self.jobs):
            stop_if_told()
            while waiting and len(self._futures) < IN_FLIGHT:
                self._submit(waiting.popleft())
            is_patient = time.monotonic() - last < PATIENCE_SECONDS
            outcome = self._next(is_patient=is_patient)
            if outcome is None:
                continue
            if not outcome.elsewhere:
                last = time.monotonic()
            with self._lock:
                outcomes.append(outcome)
                self.listener.on_outcome(outcome)
        return outcomes

    def stop(self) -> None:
        """Cancel all that is left, also what is at work."""
        with suppress(Exception):  # the scheduler may be the reason
            self.client.cancel(list(self._futures.values()))
            self.client.run(stop_run, self.name, on_error="ignore")

    def hear(self, event: tuple[float, Any]) -> None:
        """An event of a worker; comes in a thread of the client."""
        told = from_plain(TaskEvent, event[1])
        job = self.jobs[told.number]
        with self._lock:
            if told.note is not None:
                self.listener.on_note(job, told.note)
            elif told.step:
                self.listener.on_progress(job, told.step, told.fraction, told.message)
            else:
                self.listener.on_begun(job)

    def _submit(self, number: int) -> None:
        task = ClusterTask(self.name, number, with_whole_paths(self.jobs[number]), self.threads)
        self._tries += 1
        future = self.client.submit(
            do_task,
            to_plain(task),
            key=f"cryoves-{self.name}-{number}-{self._tries}",
            priority=-number,
            pure=False,
        )
        self._futures[number] = future
        future.add_done_callback(lambda done: self._ended.put((number, done)))

    def _next(self, *, is_patient: bool) -> Outcome | None:
        """The next that ended for good, if one did within a moment."""
        for number in [n for n, when in self._again.items() if time.monotonic() >= when]:
            del self._again[number]
            self._submit(number)
        try:
            number, future = self._ended.get(timeout=_LOOK_SECONDS)
        except Empty:
            return None
        outcome = self._outcome(number, future)
        del self._futures[number]
        if outcome.elsewhere and is_patient:
            self._again[number] = time.monotonic() + AGAIN_SECONDS
            return None
        return outcome

    def _outcome(self, number: int, future: Future) -> Outcome:
        job = self.jobs[number]
        if future.status != "finished":
            return Outcome(job, failure=_failure(future))
        answer = future.result()
        if set(answer) == {"worker_version"}:
            version = from_plain(Refused, answer).worker_version
            return Outcome(
                job, failure=f"A worker of the cluster has CryoVes {version}; install the same there."
            )
        return replace(from_plain(Outcome, answer), job=job)


def _failure(future: Future) -> str:
    """Why a task has no answer, in a sentence."""
    from distributed.scheduler import KilledWorker

    if future.status != "error":
        return "The cluster's scheduler was lost before it was done; run the queue again."
    error = future.exception()
    if isinstance(error, KilledWorker):
        return (
            "Each worker of the cluster that began it died, most likely because memory or the time of its job ran out; "
            "give the workers more."
        )
    if isinstance(error, ImportError):
        return (
            f"A worker of the cluster cannot use CryoVes: {one_line(error)}. Install it in its environment."
        )
    return f"It failed on the cluster: {type(error).__name__}: {one_line(error)}."


def with_whole_paths(job: SegmentJob) -> SegmentJob:
    """The job for a process that stands in another folder."""
    model = str(Path(job.model).absolute()) if os.path.exists(job.model) else job.model  # noqa: PTH110 - may be no name
    return replace(
        job,
        tomogram=str(Path(job.tomogram).absolute()),
        folder=str(Path(job.folder).absolute()),
        model=model,
        region=_whole(job.region),
        active_zone=_whole(job.active_zone),
        fit_volume=_whole(job.fit_volume),
        probability=_whole(job.probability),
        labels=_whole(job.labels),
    )


def _whole(pattern: str | None) -> str | None:
    return None if pattern is None else pattern_from(Path.cwd(), pattern)
