"""``cryoves batch``: a queue of tomograms, which goes on where it was stopped."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import add_run_options, base_job, count, threads

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cryoves_app.workflow.batch.run import Listener, Outcome
    from cryoves_app.workflow.batch.summary import RunningSummary, SummaryRow
    from cryoves_app.workflow.segment.order import SegmentJob


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "batch",
        help="segment a queue of tomograms, going on where it was stopped",
        description="QUEUE is a text file with one tomogram or pattern per line, a .csv table with the columns "
        "tomogram, condition and any setting, or a .toml file with settings for all and for each. Finished tomograms "
        "are left out and failed ones tried again, so the same command goes on after a stop; several of it at once, "
        "also on several computers, share the work. summary.csv in the output folder says what became of each.",
    )
    parser.add_argument("queue", type=Path, metavar="QUEUE")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where results go, if the queue doesn't say"
    )
    add_run_options(parser)
    parser.add_argument(
        "--jobs",
        type=count,
        default=1,
        metavar="N",
        help="tomograms at a time; they share the threads, and are fewer where the memory is short (%(default)s)",
    )
    _add_cluster_options(parser)
    parser.add_argument("--status", action="store_true", help="only show what became of each so far")
    parser.add_argument("--force", action="store_true", help="do all again and replace earlier results")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print the summary as JSON")
    output.add_argument(
        "--progress", choices=("json",), help="print a line of JSON for each event, for programs that watch"
    )
    parser.set_defaults(run=run)


def _add_cluster_options(parser: argparse.ArgumentParser) -> None:
    cluster = parser.add_mutually_exclusive_group()
    cluster.add_argument(
        "--scheduler",
        metavar="ADDRESS|FILE",
        help="have the workers of a running Dask scheduler do it (tcp://host:8786, or its scheduler file)",
    )
    cluster.add_argument(
        "--slurm", type=count, metavar="N", help="have N jobs of SLURM do it, each one tomogram at a time"
    )
    parser.add_argument(
        "--slurm-option",
        action="append",
        type=_option,
        default=[],
        metavar="NAME=VALUE",
        help="of dask_jobqueue's SLURMCluster, as queue=cpu, account=lab, memory=16GB, walltime=04:00:00",
    )
    parser.add_argument(
        "--slurm-script",
        action="store_true",
        help="only print the script that SLURM would get for each job of --slurm",
    )


def _option(text: str) -> tuple[str, str]:
    """``NAME=VALUE``, for argparse."""
    name, sign, value = text.partition("=")
    if not (sign and name.strip().isidentifier()):
        raise argparse.ArgumentTypeError(f"“{text:.200}” is not NAME=VALUE, as memory=16GB")
    return name.strip(), value.strip()


def run(args: argparse.Namespace) -> int:
    """Work the queue off; 1 if any tomogram failed."""
    from dataclasses import replace

    from cryoves_app.workflow.batch.queue_file import read_queue
    from cryoves_app.workflow.batch.summary import SUMMARY, RunningSummary, read_summary, summaries

    _refuse_lost_options(args)
    jobs = read_queue(
        args.queue, args.output, replace(base_job(args), skip_done=not args.force, force=args.force)
    )
    if args.slurm_script:
        from cryoves_app.workflow.batch.slurm import job_script

        console.say(job_script(threads(args), args.slurm_option).rstrip("\n"))
        return 0
    path = Path(jobs[0].folder).parent / SUMMARY
    if args.status:
        rows = read_summary(path) if path.is_file() else [found.row() for found in summaries(jobs, [])]
        _show(rows, console.say, as_json=args.json)
        return 0
    summary = RunningSummary(path, jobs)
    outcomes = _work_off(jobs, summary, args)
    if not args.progress:
        _show(summary.rows, console.tell, as_json=args.json)
    console.note(summary.failure or f"Summary: {path}")
    return int(bool(summary.failure) or any(o.failure for o in outcomes))


def _work_off(jobs: list[SegmentJob], summary: RunningSummary, args: argparse.Namespace) -> list[Outcome]:
    """What became of each; the summary is written also where the user stops it."""
    from cryoves_app.workflow.batch.capacity import limit_workers

    workers, why_fewer = (1, "") if _on_cluster(args) else limit_workers(jobs, args.jobs)
    if why_fewer:
        console.note(why_fewer)
    summary.begin()
    try:
        return _run(jobs, workers, summary.take, args)
    finally:
        summary.close()


def _refuse_lost_options(args: argparse.Namespace) -> None:
    """Nothing that was asked for is left out without a word."""
    from cryoves_app.domain.errors import CryoVesError

    if (args.slurm_option or args.slurm_script) and not args.slurm:
        raise CryoVesError(
            "--slurm-option and --slurm-script are about jobs of SLURM; say how many with --slurm N, too."
        )
    if _on_cluster(args) and args.jobs > 1:
        raise CryoVesError(
            "--jobs is for this computer; on a cluster its workers say how many tomograms run at a time."
        )


def _on_cluster(args: argparse.Namespace) -> bool:
    return bool(args.scheduler or args.slurm)


def _run(
    jobs: list[SegmentJob], workers: int, keep: Callable[[Outcome], None], args: argparse.Namespace
) -> list[Outcome]:
    from cryoves_app.cli.job_runner import terminal_listener
    from cryoves_app.cli.json_progress import JsonProgress
    from cryoves_app.cli.progress_display import ProgressDisplay

    if args.progress:
        return _run_somewhere(jobs, workers, JsonProgress(keep).listener(), args)
    with ProgressDisplay() as display:
        listener = terminal_listener(display, many=len(jobs) > 1, silent=args.json, on_outcome=keep)
        return _run_somewhere(jobs, workers, listener, args)


def _run_somewhere(
    jobs: list[SegmentJob], workers: int, listener: Listener, args: argparse.Namespace
) -> list[Outcome]:
    """Here, or on a cluster."""
    from cryoves_app.cli.job_runner import run_by_workers

    if not _on_cluster(args):
        return run_by_workers(jobs, workers, listener, is_shared=True)
    from cryoves_app.workflow.batch.cluster import connect_scheduler, run_on_cluster
    from cryoves_app.workflow.batch.slurm import start_slurm

    opened = (
        connect_scheduler(args.scheduler)
        if args.scheduler
        else start_slurm(args.slurm, threads(args), args.slurm_option, console.note)
    )
    with opened as client:
        own = threads(args) if args.slurm else args.threads
        return run_on_cluster(jobs, client, listener, threads=own, tell=console.note)


def _show(rows: Sequence[SummaryRow], tell: Callable[[str], None], *, as_json: bool) -> None:
    if as_json:
        console.say_json([dict(row) for row in rows])
        return
    shown = [
        (r["tomogram"], r["state"], r["accepted"], r["outlier"], r["mean_radius_nm"], r["error"])
        for r in rows
    ]
    tell(console.table(("tomogram", "state", "vesicles", "doubtful", "mean radius nm", "error"), shown))
