"""Runs segmenting jobs for the commands, and shows how far they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace

from cryoves_app.cli.progress_display import ProgressDisplay
from cryoves_app.domain.notes import Note
from cryoves_app.workflow.batch.capacity import threads_each
from cryoves_app.workflow.batch.run import Listener, Outcome, run_all
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob


def run_jobs(
    jobs: Sequence[SegmentJob],
    *,
    silent: bool,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run all jobs in one worker, with progress on the terminal; ``silent`` prints no results (they follow as JSON)."""
    with ProgressDisplay() as display:
        listener = terminal_listener(display, many=len(jobs) > 1, silent=silent, on_outcome=on_outcome)
        return run_by_workers(jobs, 1, listener)


def run_by_workers(
    jobs: Sequence[SegmentJob], workers: int, listener: Listener, *, is_shared: bool = False
) -> list[Outcome]:
    """Run all jobs by so many workers, which share the threads of the first job."""
    threads = threads_each(jobs[0].threads, workers)
    shared = [replace(job, threads=threads) for job in jobs]
    with ExitStack() as stack:
        processes = [stack.enter_context(WorkerProcess(threads)) for _ in range(workers)]
        return run_all(shared, processes, listener, is_shared=is_shared)


def terminal_listener(
    display: ProgressDisplay, *, many: bool, silent: bool, on_outcome: Callable[[Outcome], None]
) -> Listener:
    """Bars or lines on standard error, results on standard output."""

    def on_note(job: SegmentJob, note: Note) -> None:
        display.note(f"{job.tomogram}: {note.sentence}" if many else note.sentence)

    def on_progress(job: SegmentJob, step: str, fraction: float, message: str) -> None:
        display.show(job.tomogram if many else "", step, fraction, message)

    def tell(outcome: Outcome) -> None:
        if many:
            display.finish(outcome.job.tomogram)
        if outcome.result is not None and not silent:
            display.say(outcome.result.sentence)
        elif outcome.result is None and many:
            display.note(f"{outcome.job.tomogram}: {outcome.failure}")
        on_outcome(outcome)

    return Listener(on_progress=on_progress, on_note=on_note, on_outcome=tell)
