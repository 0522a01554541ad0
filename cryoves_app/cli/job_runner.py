"""Runs segmenting jobs for the commands, and shows how far they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from cryoves_app.cli.progress_display import ProgressDisplay
from cryoves_app.domain.notes import Note
from cryoves_app.workflow.batch.run import Outcome, run_all
from cryoves_app.workflow.jobs.supervisor import WorkerProcess
from cryoves_app.workflow.segment.order import SegmentJob


def run_jobs(
    jobs: Sequence[SegmentJob],
    *,
    threads: int,
    silent: bool,
    on_outcome: Callable[[Outcome], None] = lambda outcome: None,
) -> list[Outcome]:
    """Run all jobs in one worker; ``silent`` prints no results (they follow as JSON)."""
    many = len(jobs) > 1

    def on_note(job: SegmentJob, note: Note) -> None:
        display.note(f"{job.tomogram}: {note.sentence}" if many else note.sentence)

    def on_progress(job: SegmentJob, step: str, fraction: float, message: str) -> None:
        display.show(job.tomogram if many else "", step, fraction, message)

    def tell(outcome: Outcome) -> None:
        if outcome.result is not None and not silent:
            display.say(outcome.result.sentence)
        elif outcome.result is None and many:
            display.note(f"{outcome.job.tomogram}: {outcome.failure}")
        on_outcome(outcome)

    with WorkerProcess(threads) as worker, ProgressDisplay() as display:
        return run_all(jobs, worker, on_progress, on_note, tell)
