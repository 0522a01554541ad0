"""``cryoves evaluate``: segmentations against the truth."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import positive, share_or_all, voxel_size_nm
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.analysis.scores.evaluation import Evaluation
    from cryoves_app.domain.json_values import JsonObject
    from cryoves_app.workflow.evaluation.scored import EvaluationPlan, ScoredSet
    from cryoves_app.workflow.quality.evaluation import Scores


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "evaluate",
        help="compare segmentations with the truth",
        description="Compares two files of vesicles: table (.csv), IMOD model (.mod), labels (.mrc, .tif) or project "
        "(.cryoves); or all those of two folders that have the same name; or the pairs of a table. Doubtful, rejected "
        "and outside vesicles of tables and projects don't count. With -o scores, averages, errors, Dice after each "
        "step, F1 against overlap, a Markdown page and a figure are written.",
    )
    parser.add_argument("prediction", type=Path, nargs="?", help="file, or folder with results")
    parser.add_argument("truth", type=Path, nargs="?", help="file, or folder with truths of the same names")
    parser.add_argument(
        "--pairs",
        type=Path,
        metavar="TABLE",
        help="table (.csv) with the columns prediction, truth and, where wanted, region, set, name, probability",
    )
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="write tables and figure into a folder"
    )
    parser.add_argument(
        "--region",
        type=Path,
        metavar="F",
        help="compare only within this region (.mod, labels or project); '{dir}/{stem}_cell.mod' for many, beside the "
        "truths",
    )
    parser.add_argument("--voxel-size", type=positive, metavar="Å", help="where a file doesn't say it")
    parser.add_argument(
        "--match",
        default="centre",
        choices=("centre", "overlap"),
        help="a pair is one whose centre lies inside the other, or that overlaps by half (default: centre)",
    )
    parser.add_argument(
        "--agreement",
        action="store_true",
        help="the two are projects of two people: how far they agree, and what they dispute",
    )
    parser.add_argument(
        "--agreed",
        type=Path,
        metavar="PROJECT",
        help="with --agreement: write a third project in which disputed vesicles stand first in the queue",
    )
    parser.add_argument(
        "--radius-limit",
        type=share_or_all,
        default=0.1,
        metavar="SHARE",
        help="pairs whose diameters differ by more are errors (%(default)s)",
    )
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="F", help="the scores as JSON, to a file if given"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.set_defaults(run=run, usage_error=parser.error)


def run(args: argparse.Namespace) -> int:
    """Evaluate and tell."""
    _check(args)
    if args.agreement:
        return _run_agreement(args)
    return _run_many(args) if _is_many(args) else _run_one(args)


def _check(args: argparse.Namespace) -> None:
    from cryoves_app.storage.replacing import refuse_inputs
    from cryoves_app.workflow.common.output_folder import refuse_files
    from cryoves_app.workflow.evaluation.names import EVALUATION_FILES

    if args.pairs is None and (args.prediction is None or args.truth is None):
        args.usage_error("give a prediction and a truth (files or folders), or --pairs with a table of them")
    if args.pairs is not None and args.prediction is not None:
        args.usage_error("--pairs names all predictions and truths; leave the others out")
    if args.agreed is not None and not args.agreement:
        args.usage_error("--agreed needs --agreement")
    if args.agreement and args.pairs is not None:
        args.usage_error("--agreement takes two projects, no table of pairs")
    if args.json and args.json != "-":
        refuse_inputs([Path(args.json)], (args.prediction, args.truth, args.region, args.pairs))
    if args.output is not None and not args.force and not args.agreement:
        refuse_files(args.output, EVALUATION_FILES, "an evaluation")


def _is_many(args: argparse.Namespace) -> bool:
    from cryoves_app.domain.reading import is_folder
    from cryoves_app.formats.ome_zarr.place import is_zarr

    return args.pairs is not None or any(
        is_folder(p) and not is_zarr(p) for p in (args.prediction, args.truth)
    )


def _run_one(args: argparse.Namespace) -> int:
    """Two files."""
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.evaluation.pairs import EvaluationPair
    from cryoves_app.workflow.evaluation.scored import ScoredSet, score_pair

    pair = EvaluationPair(args.prediction, args.truth, region=args.region)
    found = score_pair(pair, _plan(args), Progress())
    scores = found.scores
    for note in scores.notes:
        console.tell(note)
    if args.output is not None:
        _write_files(ScoredSet((found,), scores.notes), args.output)
    if args.json == "-":
        console.say_json(scores.to_dict())
        return 0
    if args.json:
        _write(Path(args.json), scores.to_dict(), force=args.force)
    (console.tell if args.json else console.say)(_table(scores))
    return 0


def _run_many(args: argparse.Namespace) -> int:
    """Folders, or a table of pairs."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.evaluation.pairs import pair_folders, read_pairs
    from cryoves_app.workflow.evaluation.scored import score_pairs

    if args.pairs is not None:
        pairs = read_pairs(args.pairs)
    else:
        pairs = pair_folders(args.prediction, args.truth, str(args.region) if args.region else None)
    with ProgressDisplay() as display:
        found = score_pairs(pairs, _plan(args), Progress(display.listener))
    for note in found.notes:
        console.note(note)
    if args.output is not None:
        _write_files(found, args.output)
    if args.json == "-":
        console.say_json(_plain(found))
    else:
        if args.json:
            _write(Path(args.json), _plain(found), force=args.force)
        _tell_sets(found, console.tell if args.json else console.say)
    return int(bool(found.failures))


def _run_agreement(args: argparse.Namespace) -> int:
    """Two people's projects."""
    from cryoves_app.workflow.evaluation.agreement import PersonsResult, compare_people, write_agreed_project
    from cryoves_app.workflow.evaluation.agreement_tables import (
        AGREEMENT_HEADER,
        agreement_rows,
        agreement_sentence,
        agreement_values,
        write_agreement,
    )
    from cryoves_app.workflow.quality.evaluation import region_within

    _refuse_agreement(args)
    first, second = (PersonsResult.read(path) for path in (args.prediction, args.truth))
    region = region_within(args.region, first.source.grid)
    plan = _plan(args)
    found = compare_people(first, second, region, plan.rule, plan.limits)
    for note in found.notes:
        console.note(note)
    files = write_agreement(found, args.output) if args.output is not None else []
    if args.agreed is not None:
        write_agreed_project(found, args.agreed)
        files.append(args.agreed)
    if args.json == "-":
        console.say_json(dict(agreement_values(found)))
    else:
        if args.json:
            _write(Path(args.json), dict(agreement_values(found)), force=args.force)
        tell = console.tell if args.json else console.say
        tell(console.table(AGREEMENT_HEADER, agreement_rows(found)))
        tell(agreement_sentence(found))
    for path in files:
        console.note(f"saved {path}")
    return 0


def _refuse_agreement(args: argparse.Namespace) -> None:
    """Keep what is there."""
    from cryoves_app.domain.reading import exists
    from cryoves_app.formats.project.project_file import SUFFIX
    from cryoves_app.workflow.common.output_folder import refuse_files
    from cryoves_app.workflow.evaluation.agreement_tables import AGREEMENT_FILES

    strangers = [p for p in (args.prediction, args.truth) if p.suffix.lower() != SUFFIX]
    if strangers:
        raise CryoVesError(f"{strangers[0]} is no project ({SUFFIX}); --agreement needs those of two people.")
    if args.output is not None and not args.force:
        refuse_files(args.output, AGREEMENT_FILES, "an agreement")
    if args.agreed is not None and exists(args.agreed) and not args.force:
        raise CryoVesError(f"{args.agreed} exists already; use --force to replace it.")


def _plan(args: argparse.Namespace) -> EvaluationPlan:
    from cryoves_app.analysis.scores.matching import MatchRule
    from cryoves_app.workflow.evaluation.errors import ErrorLimits
    from cryoves_app.workflow.evaluation.scored import EvaluationPlan

    return EvaluationPlan(MatchRule(args.match), voxel_size_nm(args), ErrorLimits(args.radius_limit))


def _write_files(found: ScoredSet, folder: Path) -> None:
    from cryoves_app.workflow.evaluation.tables import write_evaluation

    for path in write_evaluation(found, folder):
        console.note(f"saved {path}")


def _tell_sets(found: ScoredSet, tell: Callable[[str], None]) -> None:
    from cryoves_app.workflow.evaluation.cells import SCORE_HEADER, tables_by_set

    for group, rows in tables_by_set(found.rows):
        if group:
            tell(f"\n{group}")
        tell(console.table(SCORE_HEADER, rows))


def _plain(found: ScoredSet) -> JsonObject:
    from cryoves_app.workflow.evaluation.rows import average_scores, group_names

    averages = {
        group: {
            a.name: {"tomograms": a.count, "mean": a.mean, "sd": a.sd}
            for a in average_scores([r for r in found.rows if r.group == group]).values()
        }
        for group in group_names(found.rows)
    }
    tomograms = [
        {
            "tomogram": t.pair.title,
            "set": t.pair.group,
            "prediction": str(t.pair.prediction),
            "truth": str(t.pair.truth),
            "dice_by_step": {step.value: dice for step, dice in t.steps.items()},
            **t.scores.to_dict(),
        }
        for t in found.tomograms
    ]
    return {"tomograms": tomograms, "averages": averages, "notes": list(found.notes)}


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
        ("precision", _number(found.precision, 3)),
        ("recall", _number(found.recall, 3)),
        ("F1", _number(found.f1, 3)),
        ("Dice", _number(scores.dice, 3)),
        ("diameter error δd", _number(found.delta_d, 4)),
        ("centre error Δc (nm)", f"{_number(found.delta_c_nm, 2)} ± {_number(found.delta_c_sd_nm, 2)}"),
        ("overlap of pairs", _number(found.overlap, 3)),
        *_axis_rows(found),
    ]
    return console.table(("score", "value"), rows)


def _axis_rows(found: Evaluation) -> list[tuple[str, str]]:
    """Mean size of the error along each axis, and its bias."""
    axes = zip(("x", "y", "z"), reversed(found.axes), strict=False)
    named = [*((f"error along {name} (nm)", axis) for name, axis in axes)]
    named += [("error of the radius (nm)", found.radius)] if found.radius else []
    return [
        (name, f"{error.mean_nm:.2f}, bias {error.bias_nm:+.2f} ± {error.sd_nm:.2f}") for name, error in named
    ]


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
