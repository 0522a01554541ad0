"""``cryoves batch``: a queue of tomograms, which goes on where it was stopped."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import add_run_options, base_job
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryoves_app.workflow.batch.run import Outcome
    from cryoves_app.workflow.batch.summary import SummaryRow
    from cryoves_app.workflow.segment.order import SegmentJob


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "batch",
        help="segment a queue of tomograms, going on where it was stopped",
        description="QUEUE is a text file with one tomogram or pattern per line, or a .toml file with settings for all "
        "and for each. Finished tomograms are left out, so the same command goes on after a stop; summary.csv in "
        "the output folder says what became of each.",
    )
    parser.add_argument("queue", type=Path, metavar="QUEUE")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where results go, if the queue doesn't say"
    )
    add_run_options(parser)
    parser.add_argument("--status", action="store_true", help="only show what became of each so far")
    parser.add_argument("--force", action="store_true", help="do all again and replace earlier results")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Work the queue off; 1 if any tomogram failed."""
    from dataclasses import replace

    from cryoves_app.workflow.batch.queue_file import read_queue
    from cryoves_app.workflow.batch.summary import SUMMARY, read_summary, summaries

    jobs = read_queue(
        args.queue, args.output, replace(base_job(args), skip_done=not args.force, force=args.force)
    )
    path = Path(jobs[0].folder).parent / SUMMARY
    if args.status:
        rows = read_summary(path) if path.is_file() else [found.row() for found in summaries(jobs, [])]
        _show(rows, console.say, as_json=args.json)
        return 0
    outcomes, failure = _work_off(jobs, path, silent=args.json)
    _show([found.row() for found in summaries(jobs, outcomes)], console.tell, as_json=args.json)
    console.note(failure or f"Summary: {path}")
    return int(bool(failure) or any(o.failure for o in outcomes))


def _work_off(jobs: list[SegmentJob], path: Path, *, silent: bool) -> tuple[list[Outcome], str]:
    """What became of each, and why the summary could not be written in the end, if so."""
    from cryoves_app.cli.job_runner import run_jobs
    from cryoves_app.workflow.batch.summary import summaries, write_summary

    so_far: list[Outcome] = []
    failures = [""]

    def keep(outcome: Outcome) -> None:
        so_far.append(outcome)
        try:
            write_summary(path, summaries(jobs, so_far))
            failures.append("")
        except CryoVesError as error:  # the tomograms matter more
            failures.append(str(error))

    return run_jobs(jobs, threads=jobs[0].threads, silent=silent, on_outcome=keep), failures[-1]


def _show(rows: Sequence[SummaryRow], tell: Callable[[str], None], *, as_json: bool) -> None:
    if as_json:
        console.say_json([dict(row) for row in rows])
        return
    shown = [
        (r["tomogram"], r["state"], r["accepted"], r["outlier"], r["mean_radius_nm"], r["error"])
        for r in rows
    ]
    tell(console.table(("tomogram", "state", "vesicles", "doubtful", "mean radius nm", "error"), shown))
