"""``cryoves segment``: find the vesicles of tomograms."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import add_run_options, base_job
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.workflow.batch.run import Outcome
    from cryoves_app.workflow.segment.order import SegmentJob


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "segment",
        help="find the vesicles of one or more tomograms",
        description="Writes DIR/<name>/ for each tomogram: vesicles.csv, labels.mrc, vesicles.mod, "
        "overview.png, the project <name>.cryoves and the run record run.json.",
    )
    parser.add_argument(
        "tomograms",
        nargs="+",
        metavar="TOMO",
        help="tomograms (MRC family, TIFF, OME-Zarr), patterns, copick.json:RUN",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where results go")
    add_run_options(parser)
    parser.add_argument(
        "--into", metavar="PROJECT", help="renew this project and keep work done by hand in it"
    )
    parser.add_argument(
        "--skip-done",
        action="store_true",
        help="leave out what is finished with the same recipe, model and input",
    )
    parser.add_argument("--force", action="store_true", help="replace files of an earlier run")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Segment all; 1 if any failed."""
    from cryoves_app.cli.job_runner import run_jobs

    jobs = _jobs(args)
    outcomes = run_jobs(jobs, silent=args.json)
    if args.json:
        console.say_json([o.to_dict() for o in outcomes])
    _tell_failures(outcomes)
    return int(any(o.failure for o in outcomes))


def _jobs(args: argparse.Namespace) -> list[SegmentJob]:
    from dataclasses import replace

    from cryoves_app.workflow.common.naming import output_folders

    tomograms, names = _tomograms(args.tomograms)
    if args.into and len(tomograms) > 1:
        raise CryoVesError("--into renews one project; give one tomogram with it.")
    base = replace(base_job(args), into=args.into, skip_done=args.skip_done, force=args.force)
    return [
        replace(base, tomogram=str(tomogram), folder=str(folder))
        for tomogram, folder in zip(tomograms, output_folders(names, args.output), strict=True)
    ]


def _tomograms(patterns: Sequence[str]) -> tuple[list[Path], list[Path]]:
    """The tomograms, and the paths by whose names their folders are called: of copick's, those of the runs."""
    from cryoves_app.workflow.common.copick_names import copick_tomograms
    from cryoves_app.workflow.common.naming import expand

    files: list[Path] = []
    names: list[Path] = []
    for pattern in patterns:
        if (found := copick_tomograms(pattern)) is not None:
            files += [tomogram.path for tomogram in found]
            names += [Path(pattern).parent / tomogram.run for tomogram in found]
        else:
            new = [path for path in expand([pattern]) if path not in files]
            files += new
            names += new
    return files, names


def _tell_failures(outcomes: list[Outcome]) -> None:
    failed = [o for o in outcomes if o.failure]
    if len(outcomes) == 1 and failed:
        console.error(failed[0].failure)
    elif failed:
        console.note(f"{len(failed)} of {len(outcomes)} tomograms failed:")
        console.note(console.table(("tomogram", "why"), [(o.job.tomogram, o.failure) for o in failed]))
