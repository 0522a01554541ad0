"""``cryoves evaluate``: a segmentation against the truth."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import positive, voxel_size_nm
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.domain.json_values import JsonObject
    from cryoves_app.workflow.quality.evaluation import Scores


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="compare a segmentation with the truth",
        description="Compares two files of vesicles: table (.csv), IMOD model (.mod), labels (.mrc, .tif) or project "
        "(.cryoves). Doubtful, rejected and outside vesicles of tables and projects don't count.",
    )
    parser.add_argument("prediction", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument(
        "--region", type=Path, metavar="F", help="compare only within this region (.mod, labels or project)"
    )
    parser.add_argument("--voxel-size", type=positive, metavar="Å", help="where a file doesn't say it")
    parser.add_argument(
        "--match",
        default="centre",
        choices=("centre", "overlap"),
        help="a pair is one whose centre lies inside the other, or that overlaps by half (default: centre)",
    )
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="F", help="the scores as JSON, to a file if given"
    )
    parser.add_argument("--force", action="store_true", help="replace the JSON file if it exists")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Evaluate and tell."""
    from cryoves_app.analysis.scores.matching import MatchRule
    from cryoves_app.storage.replacing import refuse_inputs
    from cryoves_app.workflow.quality.evaluation import evaluate

    if args.json and args.json != "-":
        refuse_inputs([Path(args.json)], (args.prediction, args.truth, args.region))
    scores = evaluate(
        args.prediction,
        args.truth,
        args.region,
        voxel_size_nm(args),
        MatchRule(args.match),
    )
    for note in scores.notes:
        console.tell(note)
    if args.json == "-":
        console.say_json(scores.to_dict())
        return 0
    if args.json:
        _write(Path(args.json), scores.to_dict(), force=args.force)
    (console.tell if args.json else console.say)(_table(scores))
    return 0


def _write(path: Path, scores: JsonObject, *, force: bool) -> None:
    from cryoves_app.domain.reading import exists
    from cryoves_app.storage.replacing import replacing

    if exists(path) and not force:
        raise CryoVesError(f"{path} exists already; use --force to replace it.")
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(scores, indent=2) + "\n", encoding="utf-8")


def _table(scores: Scores) -> str:
    found = scores.evaluation
    rows = [
        ("found and true", str(found.true_positives)),
        ("missed", str(len(found.false_negatives))),
        ("found but not true", str(len(found.false_positives))),
        ("F1", _number(found.f1, 3)),
        ("Dice", _number(scores.dice, 3)),
        ("diameter error δd", _number(found.delta_d, 4)),
        ("centre error Δc (nm)", f"{_number(found.delta_c_nm, 2)} ± {_number(found.delta_c_sd_nm, 2)}"),
        ("overlap of pairs", _number(found.overlap, 3)),
    ]
    return console.table(("score", "value"), rows)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
