"""The worker process: runs jobs that the program sends, one after the other.

It holds what is slow to load (libraries, model, engine) over many jobs, and it may die (out of memory, a
crash in native code, a cancel that it doesn't heed) without taking the window or the list of jobs along.
"""

from __future__ import annotations

import gc
import logging
import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

from cryoves_app.domain.errors import Cancelled, CryoVesError, one_line
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.domain.shortage import keep_reserve, use_reserve, why_short
from cryoves_app.storage.temporary import clear_local_leftovers
from cryoves_app.workflow.jobs.codec import NotUnderstood, decode, encode
from cryoves_app.workflow.jobs.endings import heed_endings
from cryoves_app.workflow.jobs.leftovers import Leftovers
from cryoves_app.workflow.jobs.messages import (
    TO_WORKER,
    Cancel,
    Done,
    Event,
    Failed,
    FolderMade,
    FromWorker,
    Progressed,
    Ready,
    Run,
    ScratchMade,
)
from cryoves_app.workflow.jobs.protocol import JobContext, Task, task_of

log = logging.getLogger(__name__)
#: How long a job may go on after the program that wanted it is gone, in seconds.
GRACE_SECONDS = 5.0
#: For whoever waits for a job when a signal ends this process alone.
TOLD_TO_END = "The system told the worker process to end. Nothing that was finished is lost; run it again."
#: Least time between two reports about one step.
REPORT_SECONDS = 0.05


def _segment() -> Task:
    from cryoves_app.workflow.links.after_segmenting import segment_and_link
    from cryoves_app.workflow.segment.order import SegmentJob

    return task_of(SegmentJob, segment_and_link)


def _live_segment() -> Task:
    from cryoves_app.workflow.segment.live_job import live_segment_job
    from cryoves_app.workflow.segment.live_order import LiveOrder

    return task_of(LiveOrder, live_segment_job)


def _check() -> Task:
    from cryoves_app.workflow.health.engine_check import check_engines_job
    from cryoves_app.workflow.health.order import CheckOrder

    return task_of(CheckOrder, check_engines_job)


def _train() -> Task:
    from cryoves_app.workflow.training.job import train_job
    from cryoves_app.workflow.training.order import TrainJob

    return task_of(TrainJob, train_job)


def _improve() -> Task:
    from cryoves_app.workflow.training.improve import improve_job
    from cryoves_app.workflow.training.improve_order import ImproveOrder

    return task_of(ImproveOrder, improve_job)


def _adapt() -> Task:
    from cryoves_app.workflow.training.adapt import adapt_job
    from cryoves_app.workflow.training.adapt_order import AdaptOrder

    return task_of(AdaptOrder, adapt_job)


def _mask() -> Task:
    from cryoves_app.workflow.masks.find import mask_job
    from cryoves_app.workflow.masks.order import MaskOrder

    return task_of(MaskOrder, mask_job)


def _benchmark() -> Task:
    from cryoves_app.workflow.quality.benchmark import BenchmarkOrder, benchmark_job

    return task_of(BenchmarkOrder, benchmark_job)


#: Kinds of orders; a loader imports what its job needs.
LOADERS: Mapping[str, Callable[[], Task]] = {
    "segment": _segment,
    "live_segment": _live_segment,
    "check": _check,
    "train": _train,
    "improve": _improve,
    "adapt": _adapt,
    "mask": _mask,
    "benchmark": _benchmark,
}


def main() -> int:
    """Serve jobs from standard input until it ends."""
    clear_local_leftovers()
    keep_reserve()
    worker = Worker(os.fdopen(0, "r", encoding="utf-8"), _private_stdout())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    heed_endings(lambda _number, _frame: worker.end(TOLD_TO_END))
    return worker.serve()


def _private_stdout() -> IO[str]:
    """The real standard output; prints of libraries go to standard error from now on."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8", buffering=1)


def _spare_the_collector() -> None:
    """Let libraries, which live as long as the process, be looked at by no later collection.

    Once, when the first job has loaded them and nothing of it is left: each job ends with a collection.
    """
    gc.collect()
    gc.freeze()


class Worker:
    """Reads jobs and cancel wishes in a thread, runs the jobs in the main thread."""

    def __init__(self, source: IO[str], sink: IO[str]) -> None:
        self._source = source
        self._sink = sink
        # a signal's handler may fill these
        self._jobs: queue.SimpleQueue[tuple[int, Run] | None] = queue.SimpleQueue()
        self._ending: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._tokens: dict[int, CancelToken] = {}
        self._leftovers = Leftovers()
        self._why_ended = ""
        self._lock = threading.Lock()

    def serve(self) -> int:
        self._send(Ready())  # before anything that is heard can be answered
        for duty in (self._listen, self._break_off):
            threading.Thread(target=duty, daemon=True).start()
        is_first = True
        while (job := self._jobs.get()) is not None and not self._why_ended:
            self._run(*job)
            if is_first:
                _spare_the_collector()
                is_first = False
        return 0

    def _listen(self) -> None:
        try:
            for line in self._source:
                self._hear(line)
        finally:
            self.end("The program that started this worker is gone.")

    def _hear(self, line: str) -> None:
        try:
            number, message = decode(line, TO_WORKER)
        except NotUnderstood as error:
            log.warning("%s", error)
            self._send(
                Failed(f"The worker process was told something that it does not understand: {error}."),
                error.job,
            )
            return
        match message:
            case Run():
                self._tokens[number] = CancelToken()
                self._jobs.put((number, message))
            case Cancel() if token := self._tokens.get(number):
                token.cancel()

    def end(self, why: str) -> None:
        """Cancel the job and end; a job that does not heed this loses its process, and what it would leave."""
        if self._why_ended:
            return
        self._why_ended = why
        for token in list(self._tokens.values()):
            token.cancel()
        self._jobs.put(None)
        self._ending.put(None)

    def _break_off(self) -> None:
        """Waits in a thread of its own: a signal's handler must start none, since that may wait for itself."""
        self._ending.get()
        time.sleep(GRACE_SECONDS)
        self._leftovers.remove()
        os._exit(1)

    def _run(self, number: int, wish: Run) -> None:
        self._leftovers = Leftovers()
        try:
            answer = self._answer(wish, number)
        finally:
            self._tokens.pop(number, None)
        self._send(answer, number)

    def _answer(self, wish: Run, number: int) -> Done | Failed:
        try:
            return Done(LOADERS[wish.kind]()(wish.order, self._context(number)))
        except Cancelled as error:
            return _failure(self._why_ended or str(error), cancelled=not self._why_ended)
        except CryoVesError as error:
            return _failure(str(error))
        except Exception as error:  # noqa: BLE001 - the last resort: whatever went wrong, the program gets its answer
            use_reserve()
            failure = _failure(why_short(error) or _unexpected(error))
        keep_reserve()
        return failure

    def _context(self, number: int) -> JobContext:
        leftovers = self._leftovers

        def emit(event: Event) -> None:
            match event:
                case ScratchMade(path):
                    leftovers.scratch.append(Path(path))
                case FolderMade(path):
                    leftovers.made_folders.append(Path(path))
            self._send(event, number)

        return JobContext(Progress(_Throttled(emit), self._tokens[number]), emit)

    def _send(self, message: FromWorker, number: int = 0) -> None:
        line = encode(message, number)
        with self._lock, suppress(OSError, ValueError):  # nobody listens: the reader thread ends the process
            self._sink.write(line)
            self._sink.flush()


class _Throttled:
    """A progress listener that passes on no more reports than eyes can follow."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._step = ""
        self._sent_at = 0.0

    def __call__(self, step: str, fraction: float, text: str) -> None:
        now = time.monotonic()
        if step == self._step and fraction < 1.0 and now - self._sent_at < REPORT_SECONDS:
            return
        self._step, self._sent_at = step, now
        self._emit(Progressed(step, round(fraction, 4), text))


def _failure(sentence: str, *, cancelled: bool = False) -> Failed:
    return Failed(sentence, cancelled, traceback.format_exc())


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"The system refused a file or device: {error.strerror}{where}."
    return f"Something went wrong that the program did not expect: {type(error).__name__}: {one_line(error)}."
