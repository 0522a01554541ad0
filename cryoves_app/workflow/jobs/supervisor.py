"""Supervises the worker process without Qt: start, submit, cancel, and a sentence when it dies.

The command line and the window use the same class. Callbacks arrive in a thread of this module; a window
passes them on to its own.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Generic, Self

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.notes import Note
from cryoves_app.domain.program import own_command, own_environment
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.shortage import why_died
from cryoves_app.workflow.jobs.codec import NotUnderstood, Parcel, decode, encode
from cryoves_app.workflow.jobs.endings import stop_if_told
from cryoves_app.workflow.jobs.leftovers import Leftovers
from cryoves_app.workflow.jobs.messages import (
    FROM_WORKER,
    Cancel,
    Done,
    EpochDone,
    Failed,
    FolderMade,
    FromWorker,
    Noted,
    Order,
    Progressed,
    R,
    Run,
    ScratchMade,
    SpheresFound,
    StepDone,
    ToWorker,
)
from cryoves_app.workflow.jobs.priority import give_way

#: How long a cancelled job may take to stop by itself before its process is killed, in seconds.
CANCEL_SECONDS = 1.0

log = logging.getLogger(__name__)


def _ignore(*_: object) -> None:
    """The callback of those who don't want to know."""


@dataclass(frozen=True)
class Callbacks(Generic[R]):
    """What happens with a job; all are called in the supervisor's thread."""

    on_progress: Callable[[str, float, str], None] = _ignore
    on_step: Callable[[StepReport], None] = _ignore
    on_epoch: Callable[[EpochDone], None] = _ignore
    on_spheres: Callable[[SpheresFound], None] = _ignore
    on_note: Callable[[Note], None] = _ignore
    on_done: Callable[[R], None] = _ignore
    on_failed: Callable[[Failed], None] = _ignore


@dataclass
class _Running:
    number: int
    order: Order[Any]
    callbacks: Callbacks[Any]
    cancelled: bool = False
    leftovers: Leftovers = field(default_factory=Leftovers)
    ended: threading.Event = field(default_factory=threading.Event)


class WorkerProcess:
    """One worker process that runs one job at a time and is started again after it died.

    Parameters
    ----------
    threads
        How many threads numerical libraries may use in the worker.
    gives_way
        Whether others compute before it, above all the window: for what nobody sits and waits for.
    """

    def __init__(self, threads: int = 2, *, gives_way: bool = False) -> None:
        self.threads, self._gives_way = threads, gives_way
        self._process: subprocess.Popen[str] | None = None
        self._job: _Running | None = None
        self._latest: _Running | None = None
        self._number = 0
        self._lock = threading.RLock()
        self._last_words: deque[str] = deque(maxlen=200)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process's number while it lives."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    @property
    def busy(self) -> bool:
        return self._job is not None

    def start(self) -> None:
        """Start the process now, so that the first job needn't wait for it."""
        with self._lock:
            if self.pid is None:
                self._process = self._launch()
                if self._gives_way:
                    give_way(self._process.pid)

    def submit(self, order: Order[R], callbacks: Callbacks[R] | None = None) -> int:
        """Send a job; its number.

        Raises
        ------
        CryoVesError
            If a job is running.
        """
        parcel = Parcel.of(order)
        with self._lock:
            if self._job is not None:
                raise CryoVesError("The worker is busy with another job; wait for it or cancel it.")
            self.start()
            self._number += 1
            self._job = self._latest = _Running(self._number, order, callbacks or Callbacks())
            self._write(Run(order.kind, parcel), self._number)
            return self._number

    def cancel(self) -> None:
        """Ask the running job to stop; within a second it is killed if it doesn't."""
        with self._lock:
            job = self._job
            if job is None or job.cancelled:
                return
            job.cancelled = True
            self._write(Cancel(), job.number)
        timer = threading.Timer(CANCEL_SECONDS, self._kill_if_running, args=(job,))
        timer.daemon = True
        timer.start()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for the latest job's end (after its callbacks); whether it ended."""
        job = self._latest
        return job is None or job.ended.wait(timeout)

    def run(
        self,
        order: Order[R],
        on_progress: Callable[[str, float, str], None] = _ignore,
        on_note: Callable[[Note], None] = _ignore,
    ) -> R:
        """Run a job to its end; its result. Ctrl-C cancels it first.

        Raises
        ------
        CryoVesError
            With the job's sentence, if it failed.
        """
        results: list[R] = []
        failures: list[Failed] = []
        callbacks = Callbacks(on_progress, on_note=on_note, on_done=results.append, on_failed=failures.append)
        self.submit(order, callbacks)
        try:
            while not self.wait(0.1):  # short waits, since an endless one hears no Ctrl-C on Windows
                stop_if_told()
        except KeyboardInterrupt:
            self.cancel()
            self.wait(10 * CANCEL_SECONDS)
            raise
        if failures:
            raise failures[0].as_error()
        return results[0]

    def close(self) -> None:
        """End the process; a running job is cancelled."""
        self.cancel()
        self.wait(10 * CANCEL_SECONDS)
        process = self._process
        if process is None:
            return
        _close_input(process)
        try:
            process.wait(CANCEL_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _launch(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            worker_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env=own_environment(self.threads),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert process.stdout is not None
        assert process.stderr is not None
        self._last_words.clear()
        collector = threading.Thread(target=self._collect, args=(process.stderr,), daemon=True)
        collector.start()
        threading.Thread(target=self._listen, args=(process, process.stdout, collector), daemon=True).start()
        return process

    def _write(self, message: ToWorker, job: int) -> None:
        process = self._process
        if process is None or process.stdin is None:
            return
        try:
            process.stdin.write(encode(message, job))
            process.stdin.flush()
        except (OSError, ValueError):  # it just died; the listening thread tells about it
            return

    def _collect(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                self._last_words.append(line.rstrip())

    def _listen(self, process: subprocess.Popen[str], stream: IO[str], collector: threading.Thread) -> None:
        """Heed the process until its end; whatever goes wrong here, its job ends."""
        why = ""
        try:
            with stream:
                for line in stream:
                    self._hear(line)
        except NotUnderstood:
            log.exception("Words of the worker process")
            why = "The worker process said something that the program does not understand, so it was ended."
        except Exception:  # a stream that broke
            log.exception("The stream of the worker process")
            why = "The worker process could no longer be heard, so it was ended."
        finally:
            if why:
                process.kill()
            self._bury(process, collector, why)

    def _hear(self, line: str) -> None:
        """Heed a line. What a library prints before the worker is ready is no message."""
        if not line.startswith("{"):
            log.info("The worker process printed: %s", line.rstrip())
        elif line.endswith("\n"):  # the last word of a process that died may be cut off
            number, message = decode(line, FROM_WORKER)
            job = self._job
            if job is not None and number == job.number:
                self._heed(job, message)

    def _bury(self, process: subprocess.Popen[str], collector: threading.Thread, why: str) -> None:
        code = process.wait()
        collector.join(CANCEL_SECONDS)
        _close_input(process)
        with self._lock:  # a job that is just being sent to the dead process is to be told as well
            job = self._job if self._process is process else None
        if job is not None:
            self._fail(job, self._death(job, why or why_died(code, [*self._last_words]) or _cause(code)))

    def _heed(self, job: _Running, message: FromWorker) -> None:
        callbacks = job.callbacks
        match message:
            case Progressed(step, fraction, text):
                _call(callbacks.on_progress, step, fraction, text)
            case StepDone(report):
                _call(callbacks.on_step, report)
            case EpochDone():
                _call(callbacks.on_epoch, message)
            case SpheresFound():
                _call(callbacks.on_spheres, message)
            case Noted(note):
                _call(callbacks.on_note, note)
            case ScratchMade(path):
                job.leftovers.scratch.append(Path(path))
            case FolderMade(path):
                job.leftovers.made_folders.append(Path(path))
            case Done(parcel):
                result = parcel.opened(job.order.result_type)
                self._end(job, lambda: callbacks.on_done(result))
            case Failed():
                self._fail(job, _cancelled(message.details) if job.cancelled else message)

    def _fail(self, job: _Running, failure: Failed) -> None:
        if not failure.cancelled:
            log.error("%s\n%s", failure.sentence, failure.details)
        self._end(job, lambda: job.callbacks.on_failed(failure))

    def _end(self, job: _Running, tell: Callable[[], None]) -> None:
        job.leftovers.remove()
        with self._lock:
            self._job = None
        _call(tell)
        job.ended.set()

    def _death(self, job: _Running, why: str) -> Failed:
        details = "\n".join(self._last_words)
        if job.cancelled:
            return _cancelled(details)
        return Failed(f"{why} Nothing that was finished is lost; run it again.", details=details)

    def _kill_if_running(self, job: _Running) -> None:
        with self._lock:
            if self._job is job and self._process is not None:
                self._process.kill()


def _cancelled(details: str) -> Failed:
    return Failed(str(Cancelled()), cancelled=True, details=details)


def _call(callback: Callable[..., None], *values: object) -> None:
    """Tell whoever listens; a mistake of theirs must not stop the listening."""
    try:
        callback(*values)
    except Exception:
        log.exception("What was to happen with a job's event failed.")


def _close_input(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        with suppress(OSError):  # it died with a line still on its way
            process.stdin.close()


def worker_command() -> list[str]:
    """How this program starts itself as a worker."""
    return [*own_command(), "--worker"]


def _cause(code: int) -> str:
    if code == -getattr(signal, "SIGBUS", 0):
        return "A file was cut short by another program while it was read, or a disk is full (signal 7)."
    if code < 0:
        return f"The worker process crashed (signal {-code})."
    return f"The worker process ended unexpectedly (exit code {code})."
