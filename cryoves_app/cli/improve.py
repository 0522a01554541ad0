"""``cryoves improve``: a better network from what was corrected in projects."""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

from cryoves_app.cli import console
from cryoves_app.cli.arguments import threads
from cryoves_app.cli.round_options import add_model_options, add_round_options

PARTS = ("all", "decoder", "last")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "improve",
        help="teach a network what was corrected in projects, in a few minutes",
        description="Goes on from a network with small patches around what was added, corrected and rejected in the "
        "projects, mixed with others of the same tomograms and with simulated ones, so that it forgets little. With "
        "four projects or more the last one is held out and tells whether the new network is better.",
    )
    parser.add_argument("projects", nargs="+", type=Path, metavar="PROJECT")
    add_model_options(parser)
    parser.add_argument("--learn", choices=PARTS, default=PARTS[0], help="which layers (%(default)s)")
    add_round_options(parser, epochs=4, learning_rate=3e-4)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Improve in a worker process."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.workflow.common.model_admin import standard_model
    from cryoves_app.workflow.jobs.supervisor import WorkerProcess
    from cryoves_app.workflow.training.improve_order import ImproveOrder

    order = ImproveOrder(
        projects=tuple(map(str, args.projects)),
        output=str(args.output),
        start=args.start or standard_model(),
        part=args.learn,
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
        console.tell(f"{result.model}: {result.sentence}")
    return 0
