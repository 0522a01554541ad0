"""The worker process: runs jobs that the program sends, one after the other.

It holds what is slow to load (libraries, model, engine) over many jobs, and it may die (out of memory, a
crash in native code, a cancel that it doesn't heed) without taking the window or the list of jobs along.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import CancelToken, Progress
from cryoves_app.workflow.jobs.endings import heed_endings
from cryoves_app.workflow.jobs.leftovers import Leftovers
from cryoves_app.workflow.jobs.protocol import Job, JobContext, Message, decode, encode

#: How long a job may go on after the program that wanted it is gone, in seconds.
GRACE_SECONDS = 5.0
#: For whoever waits for a job when a signal ends this process alone.
TOLD_TO_END = "The system told the worker process to end. Nothing that was finished is lost; run it again."
#: Least time between two reports about one step.
REPORT_SECONDS = 0.05


def _segment() -> Job:
    from cryoves_app.workflow.segment.job import segment_job

    return segment_job


def _live_segment() -> Job:
    from cryoves_app.workflow.segment.live_job import live_segment_job

    return live_segment_job


def _check() -> Job:
    from cryoves_app.workflow.health.engine_check import check_engines_job

    return check_engines_job


def _train() -> Job:
    from cryoves_app.workflow.training.job import train_job

    return train_job


def _benchmark() -> Job:
    from cryoves_app.workflow.quality.benchmark import benchmark_job

    return benchmark_job


#: Kinds of jobs; a loader imports what its job needs.
LOADERS: Mapping[str, Callable[[], Job]] = {
    "segment": _segment,
    "live_segment": _live_segment,
    "check": _check,
    "train": _train,
    "benchmark": _benchmark,
}


def main() -> int:
    """Serve jobs from standard input until it ends."""
    worker = Worker(os.fdopen(0, "r", encoding="utf-8"), _private_stdout())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    heed_endings(lambda _number, _frame: worker.end(TOLD_TO_END))
    return worker.serve()


def _private_stdout() -> IO[str]:
    """The real standard output; prints of libraries go to standard error from now on."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "w", encoding="utf-8", buffering=1)


class Worker:
    """Reads jobs and cancel wishes in a thread, runs the jobs in the main thread."""

    def __init__(self, source: IO[str], sink: IO[str]) -> None:
        self._source = source
        self._sink = sink
        self._jobs: queue.SimpleQueue[Message | None] = (
            queue.SimpleQueue()
        )  # may be filled by a signal's handler
        self._tokens: dict[int, CancelToken] = {}
        self._leftovers = Leftovers()
        self._why_ended = ""
        self._lock = threading.Lock()

    def serve(self) -> int:
        threading.Thread(target=self._listen, daemon=True).start()
        self._send({"event": "ready"})
        while (message := self._jobs.get()) is not None and not self._why_ended:
            self._run(message)
        return 0

    def _listen(self) -> None:
        try:
            for line in self._source:
                self._heed(decode(line) or {})
        finally:
            self.end("The program that started this worker is gone.")

    def _heed(self, message: Message) -> None:
        number = message.get("id")
        if not isinstance(number, int):
            return
        if message.get("do") == "run":
            self._tokens[number] = CancelToken()
            self._jobs.put(message)
        elif message.get("do") == "cancel" and (token := self._tokens.get(number)):
            token.cancel()

    def end(self, why: str) -> None:
        """Cancel the job and end; a job that does not heed this loses its process, and what it would leave."""
        if self._why_ended:
            return
        self._why_ended = why
        for token in list(self._tokens.values()):
            token.cancel()
        self._jobs.put(None)
        timer = threading.Timer(GRACE_SECONDS, self._break_off)
        timer.daemon = True
        timer.start()

    def _break_off(self) -> None:
        self._leftovers.remove()
        os._exit(1)

    def _run(self, message: Message) -> None:
        number = int(message["id"])
        self._leftovers = Leftovers()
        try:
            answer = self._answer(message, number)
        finally:
            self._tokens.pop(number, None)
        self._send({"id": number, **answer})

    def _answer(self, message: Message, number: int) -> Message:
        try:
            job = LOADERS[str(message["kind"])]()
            return {"event": "done", "result": dict(job(message["params"], self._context(number)))}
        except Cancelled as error:
            return _failure(self._why_ended or str(error), cancelled=not self._why_ended)
        except CryoVesError as error:
            return _failure(str(error))
        except MemoryError:
            return _failure(
                "There is not enough memory for this; close other programs or use a smaller part."
            )
        except Exception as error:  # noqa: BLE001 - the last resort: whatever went wrong, the program gets its answer
            return _failure(_unexpected(error))

    def _context(self, number: int) -> JobContext:
        leftovers = self._leftovers

        def emit(event: Message) -> None:
            if event["event"] == "scratch":
                leftovers.scratch.append(Path(event["path"]))
            elif event["event"] == "made_folder":
                leftovers.made_folders.append(Path(event["path"]))
            self._send({"id": number, **event})

        return JobContext(Progress(_Throttled(emit), self._tokens[number]), emit)

    def _send(self, event: Mapping[str, Any]) -> None:
        line = encode(event)
        with self._lock, suppress(OSError, ValueError):  # nobody listens: the reader thread ends the process
            self._sink.write(line)
            self._sink.flush()


class _Throttled:
    """A progress listener that passes on no more reports than eyes can follow."""

    def __init__(self, emit: Callable[[Message], None]) -> None:
        self._emit = emit
        self._step = ""
        self._sent_at = 0.0

    def __call__(self, step: str, fraction: float, text: str) -> None:
        now = time.monotonic()
        if step == self._step and fraction < 1.0 and now - self._sent_at < REPORT_SECONDS:
            return
        self._step, self._sent_at = step, now
        self._emit({"event": "progress", "step": step, "fraction": round(fraction, 4), "message": text})


def _failure(sentence: str, *, cancelled: bool = False) -> Message:
    return {
        "event": "failed",
        "sentence": sentence,
        "cancelled": cancelled,
        "details": traceback.format_exc(),
    }


def _unexpected(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return f"The system refused a file or device: {error.strerror}{where}."
    text = " ".join(str(error).split())[:300]
    return f"Something went wrong that the program did not expect: {type(error).__name__}: {text}."
