"""``cryoves train``: teach a network on tomograms whose vesicles are known."""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import count, positive, threads
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cryoves_app.workflow.training.order import TrainJob

LOSSES = ("bce-dice", "bce", "weighted-bce")
RULES = ("fresh", "paper")
FOLDS = (1, 2)
KINDS = ("vesicles", "mask")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "train",
        help="teach a network on tomograms whose vesicles are known",
        description="DATASET is a folder (or several, or files) of corrected projects, "
        "or of tomograms with their vesicles beside them: "
        "NAME.mrc with NAME_truth.csv, NAME.mod or NAME_labels.mrc, as cryoves simulate writes them. Those in its "
        "subfolder “validation” are never learned from, or the last ones by name where there is none. Nothing is "
        "learned outside a project's region, nor of its doubtful vesicles. MODEL becomes a folder with the weights, "
        "an ONNX export, a card, and the course of the training; MODEL.training keeps what is needed to go on.",
    )
    parser.add_argument("dataset", type=Path, nargs="+", metavar="DATASET")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="MODEL", help="the model's folder"
    )
    parser.add_argument("--check", action="store_true", help="say what would be learned, and train nothing")
    parser.add_argument("--start", metavar="NAME|PATH", help="go on from this model (fine-tuning)")
    _add_data_options(parser)
    _add_course_options(parser)
    parser.add_argument("--resume", action="store_true", help="go on where a training was stopped")
    parser.add_argument("--force", action="store_true", help="replace an earlier training and its model")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def _add_data_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hold-out", type=share, default=0.1, metavar="S", help="share held out (%(default)s)"
    )
    parser.add_argument(
        "--patches", type=count, default=860, metavar="N", help="patches per epoch (%(default)s)"
    )
    parser.add_argument(
        "--patch-size", type=patch_size, default=32, metavar="N", help="edge in voxels (%(default)s)"
    )
    parser.add_argument(
        "--patch-rule", choices=RULES, default=RULES[0], help="new ones per epoch, or the paper's"
    )
    parser.add_argument(
        "--simulated", type=count, default=0, metavar="N", help="mix in N small simulated tomograms"
    )
    parser.add_argument(
        "--kind", choices=KINDS, default=KINDS[0], help="mask: regions of label volumes (%(default)s)"
    )
    parser.add_argument(
        "--label", type=count, default=1, metavar="N", help="of the mask's voxels (%(default)s)"
    )
    parser.add_argument(
        "--masks",
        type=mask_name,
        metavar="NAME",
        help="learn label volumes called TOMO_NAME.mrc, as cryoves simulate --masks writes them "
        "(default: TOMO_regions.mrc or TOMO_labels.mrc)",
    )
    parser.add_argument("--no-augmentation", action="store_true", help="use patches as they are")


def _add_course_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--epochs", type=count, default=50, metavar="N", help="(%(default)s)")
    parser.add_argument("--batch", type=count, default=4, metavar="N", help="patches per step (%(default)s)")
    parser.add_argument(
        "--filters", type=count, default=16, metavar="N", help="of a new network (%(default)s)"
    )
    parser.add_argument(
        "--fold",
        type=int,
        choices=FOLDS,
        default=FOLDS[-1],
        help="a new network takes blocks of this edge in voxels as channels: 2 costs a sixth, 1 is the paper's "
        "(%(default)s)",
    )
    parser.add_argument(
        "--voxel-size", type=positive, metavar="Å", help="of a new network (22); larger for large things"
    )
    parser.add_argument("--loss", choices=LOSSES, default=LOSSES[0], help="(%(default)s)")
    parser.add_argument(
        "--learning-rate", type=positive, default=1e-3, metavar="R", help="of Adam (%(default)s)"
    )
    parser.add_argument("--dropout", type=share, default=0.0, metavar="S", help="(%(default)s)")
    parser.add_argument(
        "--mixed-precision", action="store_true", help="bfloat16: faster where the processor has it"
    )
    parser.add_argument(
        "--patience",
        type=count,
        default=0,
        metavar="N",
        help="stop after N epochs without gain; never if left out",
    )
    parser.add_argument("--seed", type=count, default=1, metavar="N", help="(%(default)s)")
    parser.add_argument(
        "--threads", type=count, metavar="N", help="threads to use; all processors if left out"
    )


def run(args: argparse.Namespace) -> int:
    """Train in a worker process."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.workflow.jobs.supervisor import WorkerProcess

    if args.check:
        return _check(args)
    _refuse_lost_options(args)
    with WorkerProcess(threads(args)) as worker, ProgressDisplay() as display:
        result = worker.run(_job(args), display.listener, lambda note: display.note(note.sentence))
    if args.json:
        console.say_json(asdict(result))
    else:
        console.tell(_course(result.history))
        console.tell(result.sentence)
    return 0


def _refuse_lost_options(args: argparse.Namespace) -> None:
    """Nothing that was asked for is left out without a word."""
    if args.masks and args.kind != "mask":
        raise CryoVesError("--masks names label volumes to learn; it needs --kind mask.")
    if args.voxel_size and args.start:
        raise CryoVesError(f"The voxel size is that of {args.start}; --voxel-size is of a new network.")


def _check(args: argparse.Namespace) -> int:
    """What would be learned; 1 where it cannot be."""
    from cryoves_app.network.model_store import load_model
    from cryoves_app.workflow.training.shown import CARD_COLUMNS, MASK_COLUMNS, card_of

    model, job = load_model(args.start) if args.start else None, _job(args)
    mask = job.mask
    card = card_of(args.dataset, args.hold_out, model, args.simulated, mask, job.voxel_size_nm)
    if args.json:
        console.say_json(asdict(card))
    else:
        columns = CARD_COLUMNS if mask is None else MASK_COLUMNS
        console.say(console.table(columns, [row.cells() for row in card.rows]))
        console.tell(card.sentence())
    return 0 if card.usable else 1


def _job(args: argparse.Namespace) -> TrainJob:
    from cryoves_app.workflow.training.order import TrainJob

    return TrainJob(
        dataset=str(args.dataset[0]),
        more=tuple(map(str, args.dataset[1:])),
        simulated=args.simulated,
        learns=args.kind,
        label=args.label,
        masks=args.masks or "",
        voxel_size_nm=args.voxel_size / 10 if args.voxel_size else None,
        output=str(args.output),
        start=args.start,
        filters=args.filters,
        fold=args.fold,
        epochs=args.epochs,
        patches=args.patches,
        patch_px=args.patch_size,
        batch=args.batch,
        patch_rule=args.patch_rule,
        augment=not args.no_augmentation,
        loss=args.loss,
        learning_rate=args.learning_rate,
        dropout=args.dropout,
        mixed_precision=args.mixed_precision,
        patience=args.patience,
        hold_out=args.hold_out,
        seed=args.seed,
        threads=threads(args),
        resume=args.resume,
        force=args.force,
        command=shlex.join(["cryoves", *sys.argv[1:]]),
    )


def _course(history: Sequence[Mapping[str, float]]) -> str:
    """The epochs as a table."""
    names = list(history[0])
    rows = [[str(int(row["epoch"])), *(f"{row[name]:.4f}" for name in names[1:])] for row in history]
    return console.table([name.replace("_", " ") for name in names], rows)


def share(text: str) -> float:
    """A number from 0 to below 1, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no share from 0 to below 1")
    return number


def mask_name(text: str) -> str:
    """What follows a tomogram's name and an underscore, for argparse."""
    name = text.strip().removeprefix("_").removesuffix(".mrc")
    if not re.fullmatch(r"[\w.-]+", name):
        raise argparse.ArgumentTypeError(f"“{text}” is no part of a file's name")
    return name


def patch_size(text: str) -> int:
    """A multiple of 8 from 16, for argparse."""
    edge = count(text)
    if edge < 16 or edge % 8:
        raise argparse.ArgumentTypeError(f"“{text}” is no multiple of 8 from 16")
    return edge
