"""Works the window's queue off in a worker process of its own, while everything else goes on."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.reading import exists
from cryoves_app.storage.locks import Lock, lock_in_place
from cryoves_app.storage.replacing import make_folders, replacing
from cryoves_app.workflow.batch.kept_queue import (
    KeptQueue,
    QueuedTomogram,
    Stage,
    read_kept_queue,
    write_kept_queue,
)
from cryoves_app.workflow.batch.run import Listener, Outcome, run_all
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob

log = logging.getLogger(__name__)
ELSEWHERE = "Another window of the program has the queue; close that one, or use its queue."
#: Tomograms that the user may send on their way again.
_ENDED = (Stage.FAILED, Stage.TO_REVIEW, Stage.REVIEWED)


class QueueRunner:
    """The queue and its worker. Callbacks come from the runner's thread as well as from the caller's.

    Parameters
    ----------
    path
        The queue's file. One process has it at a time.
    threads
        What the worker may use.
    on_change
        Called after each change of the queue.
    on_progress
        Told folder, step, and the fraction of the step of the tomogram at work.
    """

    def __init__(
        self,
        path: Path,
        threads: int,
        on_change: Callable[[], None],
        on_progress: Callable[[str, str, float], None],
    ) -> None:
        self._path, self._on_change, self._on_progress = path, on_change, on_progress
        self._threads = threads
        self._worker = WorkerProcess(threads, gives_way=True)
        self._mutex = threading.RLock()
        self._file: Lock | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self.queue = KeptQueue()

    # -- the file

    def resume(self) -> None:
        """Take up the queue of the last time, if there is one, and go on with it unless it was paused.

        Raises
        ------
        CryoVesError
            If it cannot be read, or another window has it.
        """
        if exists(self._path):
            with self._mutex:
                self._take()
                self._go_on()
            self._on_change()

    def _take(self) -> None:
        """Have the file for this process alone, and what is in it."""
        if self._file is not None:
            return
        make_folders(self._path.parent)
        try:
            lock = lock_in_place(self._path.with_suffix(".lock"))
        except OSError as error:
            raise CryoVesError(f"{self._path} cannot be used: {error.strerror}.") from error
        if lock is None:
            raise CryoVesError(ELSEWHERE)
        self._file = lock
        if exists(self._path):
            self.queue = self._read()

    def _read(self) -> KeptQueue:
        """What the file holds; a damaged one is kept under another name, and the queue is empty."""
        try:
            return read_kept_queue(self._path)
        except CryoVesError as error:
            kept = self._path.with_suffix(".damaged")
            with replacing(kept) as temporary:
                shutil.copyfile(self._path, temporary)
            raise CryoVesError(f"{error} It is kept as {kept}, and the queue is empty now.") from error

    def _change(self, how: Callable[[KeptQueue], KeptQueue]) -> None:
        """Change the queue in memory and on the disk, and see whether something can begin.

        Raises
        ------
        CryoVesError
            If another window has it, or it cannot be written.
        """
        with self._mutex:
            self._take()
            changed = how(self.queue)
            if changed != self.queue:
                write_kept_queue(self._path, changed)
                self.queue = changed
            self._go_on()
        self._on_change()

    def _note(self, tomogram: QueuedTomogram, how: Callable[[QueuedTomogram], QueuedTomogram]) -> None:
        """Change a tomogram for the work, which goes on if that cannot be written: a later change may be."""

        def change(queue: KeptQueue) -> KeptQueue:
            return queue.changed([tomogram.folder], how)

        try:
            self._change(change)
        except CryoVesError as error:
            log.error("%s", error)
            with self._mutex:
                self.queue = change(self.queue)
            self._on_change()

    # -- what the user wants

    def add(self, tomograms: Sequence[Path], results: Path, base: SegmentJob) -> int:
        """Put tomograms at the end; how many are new."""
        before = len(self.queue.tomograms)
        self._change(lambda queue: queue.added(tomograms, results, replace(base, threads=self._threads)))
        return len(self.queue.tomograms) - before

    def remove(self, folders: Collection[str]) -> None:
        """Take tomograms out; the one at work is cancelled. Results stay."""
        with self._mutex:
            running = [t for t in self.queue.tomograms if t.folder in folders and t.stage is Stage.RUNNING]
            self._change(lambda queue: queue.without(folders))
            if running:
                self._worker.cancel()

    def retry(self, folders: Collection[str]) -> None:
        """Let ended ones wait again. What is finished is recognised then, and nothing of it is replaced."""
        self._set(folders, _ENDED, Stage.WAITING)

    def set_reviewed(self, folders: Collection[str], *, reviewed: bool = True) -> None:
        """Count segmented tomograms as reviewed, or not."""
        old, new = (Stage.TO_REVIEW, Stage.REVIEWED) if reviewed else (Stage.REVIEWED, Stage.TO_REVIEW)
        self._set(folders, (old,), new)

    def set_condition(self, folder: str, condition: str) -> None:
        """The group of the study that a tomogram belongs to."""
        self._change(
            lambda queue: queue.changed(
                [folder], lambda t: replace(t, job=replace(t.job, condition=condition.strip()))
            )
        )

    def move(self, folders: Collection[str], by: int) -> None:
        """One place up (-1) or down (1)."""
        self._change(lambda queue: queue.moved(folders, by))

    def place(self, folders: Collection[str], before: int) -> None:
        """Before the tomogram that has this place now."""
        self._change(lambda queue: queue.placed(folders, before))

    def watch(self, folder: Path, *, watched: bool = True) -> None:
        """Show a queue that runs elsewhere by its output folder, or no longer."""
        self._change(lambda queue: queue.watching(str(folder), watched=watched))

    def set_reviewed_elsewhere(self, folders: Collection[str], *, reviewed: bool) -> None:
        """Count tomograms of watched queues as reviewed, or not."""
        self._change(lambda queue: queue.with_reviewed_elsewhere(folders, reviewed=reviewed))

    def pause(self, *, paused: bool) -> None:
        """Begin no further tomogram, or go on. The one at work is finished."""
        self._change(lambda queue: replace(queue, is_paused=paused))

    def _set(self, folders: Collection[str], old: Sequence[Stage], new: Stage) -> None:
        def change(tomogram: QueuedTomogram) -> QueuedTomogram:
            return replace(tomogram, stage=new) if tomogram.stage in old else tomogram

        self._change(lambda queue: queue.changed(folders, change))

    def close(self) -> None:
        """Stop; what was at work waits for the next time."""
        with self._mutex:
            self._closing = True
            thread = self._thread
        while thread is not None and thread.is_alive():
            self._worker.cancel()  # again and again: its job may not have begun yet
            thread.join(0.2)
        self._worker.close()
        if self._file is not None:
            self._file.release()
            self._file = None

    # -- the work

    def _go_on(self) -> None:
        if self._thread is None and self._next() is not None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def _next(self) -> QueuedTomogram | None:
        if self._closing or self.queue.is_paused:
            return None
        return next((t for t in self.queue.tomograms if t.stage is Stage.WAITING), None)

    def _work(self) -> None:
        while (tomogram := self._begin()) is not None:
            try:
                (outcome,) = run_all([tomogram.job], [self._worker], self._listener(), is_shared=True)
            except Cancelled:
                self._end(tomogram, None)
            except Exception as error:
                log.exception("The queue could not go on with a tomogram")
                self._end(tomogram, Outcome(tomogram.job, failure=f"It could not be begun: {error}."))
            else:
                self._end(tomogram, outcome)

    def _begin(self) -> QueuedTomogram | None:
        with self._mutex:
            tomogram = self._next()
            if tomogram is None:
                self._thread = None
                return None
            self._note(tomogram, lambda now: replace(now, stage=Stage.RUNNING))
            return tomogram

    def _end(self, tomogram: QueuedTomogram, outcome: Outcome | None) -> None:
        """Note what became of it; without an outcome it was cancelled."""
        self._note(tomogram, lambda now: now.after(outcome) if outcome else replace(now, stage=Stage.WAITING))

    def _listener(self) -> Listener:
        return Listener(on_progress=self._report)

    def _report(self, job: SegmentJob, step: str, fraction: float, _message: str) -> None:
        if self.queue.find(job.folder) is None:  # taken out just before it began
            self._worker.cancel()
        self._on_progress(job.folder, step, fraction)
