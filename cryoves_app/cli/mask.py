"""``cryoves mask``: regions that a network was taught, in a tomogram."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path

from cryoves_app.cli import console
from cryoves_app.cli.arguments import count, positive, threads, voxel_size_nm
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.workflow.masks.bundled import TERMINAL_MODEL


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "mask",
        help="find regions (a membrane, an organelle) with a network that was taught them",
        description="Writes NAME_mask.mrc, a label for each connected piece from the largest on, and NAME_regions.mod "
        "with outlines for IMOD and the window. Without --model it outlines a presynaptic terminal; other networks are "
        "of cryoves train --kind mask.",
    )
    parser.add_argument("tomogram", type=Path, metavar="TOMO")
    parser.add_argument(
        "--model",
        default=TERMINAL_MODEL,
        metavar="NAME|PATH",
        help="the network (%(default)s: the inside of a presynaptic terminal)",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where results go")
    parser.add_argument(
        "--voxel-size", type=positive, metavar="Å", help="where the header is wrong or silent"
    )
    parser.add_argument(
        "--threshold", type=positive, metavar="P", help="below 1; the model's own if left out, else 0.5"
    )
    parser.add_argument(
        "--smallest",
        type=positive,
        default=10_000.0,
        metavar="NM3",
        help="smallest piece in nm³ (%(default)s)",
    )
    parser.add_argument(
        "--every", type=count, default=5, metavar="N", help="outlines on every N-th slice (%(default)s)"
    )
    parser.add_argument("--into", metavar="PROJECT", help="add the outlines to this project, as a region")
    parser.add_argument("--truth", metavar="LABELS", help="a label volume to compare with: Dice")
    parser.add_argument("--label", type=count, default=1, metavar="N", help="of the truth (%(default)s)")
    parser.add_argument(
        "--threads", type=count, metavar="N", help="threads to use; all processors if left out"
    )
    parser.add_argument("--force", action="store_true", help="replace files of an earlier run")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Find regions in a worker process."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.workflow.jobs.supervisor import WorkerProcess
    from cryoves_app.workflow.masks.order import MaskOrder

    if args.threshold and not args.threshold < 1:
        raise CryoVesError("The threshold is a probability: it lies between 0 and 1.")
    order = MaskOrder(
        tomogram=str(args.tomogram),
        folder=str(args.output),
        model=args.model,
        voxel_size_nm=voxel_size_nm(args),
        threshold=args.threshold,
        smallest_nm3=args.smallest,
        every=max(args.every, 1),
        into=args.into or "",
        truth=args.truth or "",
        truth_label=args.label,
        threads=threads(args),
        force=args.force,
    )
    with WorkerProcess(threads(args)) as worker, ProgressDisplay() as display:
        result = worker.run(order, display.listener, lambda note: display.note(note.sentence))
    if args.json:
        console.say_json({k: v for k, v in asdict(result).items() if k != "outline"})
    else:
        console.tell(result.sentence)
    return 0
