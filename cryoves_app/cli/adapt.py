"""``cryoves adapt``: a network for tomograms of another look, without labels. Experimental."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

from cryoves_app.cli import console
from cryoves_app.cli.arguments import positive, threads, voxel_size_nm
from cryoves_app.cli.round_options import add_model_options, add_round_options


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "adapt",
        help="adapt a network to tomograms of another look, without labels (experimental)",
        description="Segments the tomograms, and teaches the network what the fits of spheres accept with certainty "
        "and what they reject, mixed with simulated tomograms. It learns from two thirds of each tomogram; the new "
        "network is kept only if the fits find more with it in the rest, and if it forgets nothing; else this is "
        "said, nothing is left, and the exit code is 1.",
    )
    parser.add_argument("tomograms", nargs="+", type=Path, metavar="TOMO")
    add_model_options(parser)
    parser.add_argument(
        "--voxel-size",
        type=positive,
        metavar="Å",
        help="voxel size in ångström, where the header is wrong or silent",
    )
    add_round_options(parser, epochs=3, learning_rate=2e-4)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Adapt in a worker process; 1 where the new network was dropped."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.workflow.common.model_admin import standard_model
    from cryoves_app.workflow.jobs.supervisor import WorkerProcess
    from cryoves_app.workflow.training.adapt_order import AdaptOrder

    order = AdaptOrder(
        tomograms=tuple(map(str, args.tomograms)),
        output=str(args.output),
        start=args.start or standard_model(),
        voxel_size_nm=voxel_size_nm(args),
        epochs=args.epochs,
        patches=args.patches,
        learning_rate=args.learning_rate,
        seed=args.seed,
        threads=threads(args),
        force=args.force,
        resume=args.resume,
        command=shlex.join(["cryoves", *sys.argv[1:]]),
    )
    with WorkerProcess(threads(args)) as worker, ProgressDisplay() as display:
        result = worker.run(order, display.listener, lambda note: display.note(note.sentence))
    if args.json:
        console.say_json(asdict(result))
    else:
        console.tell(f"{result.model}: {result.sentence}" if result.model else result.sentence)
    return 0 if result.model else 1
