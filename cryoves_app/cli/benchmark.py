"""``cryoves benchmark``: how good, how fast and how large, on simulated tomograms."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryoves_app.cli import console
from cryoves_app.cli.arguments import add_engine_options, count, positive, threads
from cryoves_app.cli.benchmark_all import add_page_options, compare_pages, measure_page
from cryoves_app.cli.benchmark_sets import simulation_requests
from cryoves_app.cli.simulate import PRESETS, seed, shape
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.workflow.quality.benchmark import BenchmarkRow, BenchmarkRun

STAGE_NAMES = {"split": "candidates", "fit": "fitted", "result": "accepted"}
SCORES = ("f1", "delta_d", "delta_c_nm", "dice")
DIGITS = {"f1": 3, "delta_d": 4, "delta_c_nm": 2, "dice": 3}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "benchmark",
        help="accuracy, time and memory on simulated tomograms",
        description="Simulates tomograms, segments them, and tells the scores after each step and what it cost. "
        "Figures from simulated tomograms are figures from simulated tomograms.",
    )
    parser.add_argument(
        "--model", nargs="+", default=["default"], metavar="NAME|PATH", help="one or more models"
    )
    parser.add_argument(
        "--recipe", nargs="+", default=["default"], metavar="NAME|FILE", help="one or more recipes"
    )
    parser.add_argument(
        "--preset", nargs="+", choices=PRESETS, help="what is simulated (benchmark-easy, with --all each)"
    )
    parser.add_argument(
        "--seeds", type=count, default=1, metavar="N", help="tomograms of each preset (%(default)s)"
    )
    parser.add_argument(
        "--first-seed", type=seed, metavar="N", help="1, or 40000 for the test grid, if left out"
    )
    parser.add_argument("--shape", type=shape, metavar="Z,Y,X", help="size in voxels")
    parser.add_argument("--voxel-size", type=positive, metavar="Å", help="voxel size in ångström")
    parser.add_argument(
        "--vesicles", type=count, metavar="N", help="how many vesicles to place; none in no-vesicles"
    )
    parser.add_argument(
        "--tomograms", type=Path, metavar="DIR", help="keep tomograms here, and use those that are"
    )
    parser.add_argument(
        "--json", nargs="?", const="-", metavar="F", help="all figures as JSON, to a file if given"
    )
    parser.add_argument("--force", action="store_true", help="replace the JSON file if it exists")
    add_page_options(parser)
    add_engine_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run all and print the tables."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.domain.reading import exists
    from cryoves_app.workflow.quality.benchmark import run_benchmark

    if args.compare:
        return compare_pages(*args.compare)
    if args.json not in (None, "-") and exists(args.json) and not args.force:
        raise CryoVesError(f"{args.json} exists already; use --force to replace it.")
    if args.all:
        return measure_page(args)
    runs = _runs(args)
    with ProgressDisplay() as display:

        def on_row(row: BenchmarkRow) -> None:
            display.note(f"{row.tomogram}, {row.model}, {row.recipe}: F1 {_number(row.result.f1, 3)}")

        rows = run_benchmark(runs, Progress(display.listener), args.tomograms, on_row)
    if args.json == "-":
        console.say_json([row.to_dict() for row in rows])
        return 0
    # before the file, which may be refused: nobody wants to wait for the scores twice
    (console.tell if args.json else console.say)(f"{_tomogram_table(rows)}\n\n{_stage_table(rows)}")
    if args.json:
        _write(Path(args.json), rows)
    return 0


def _runs(args: argparse.Namespace) -> list[BenchmarkRun]:
    from cryoves_app.workflow.common.recipes import load_recipe
    from cryoves_app.workflow.pipeline.engine_options import EngineOptions
    from cryoves_app.workflow.quality.benchmark import all_runs

    requests = simulation_requests(args, args.preset or ["benchmark-easy"])
    recipes = [load_recipe(name) for name in args.recipe]
    options = EngineOptions(args.engine, args.device, threads(args), args.precision)
    return all_runs(requests, args.model, recipes, options)


def _write(path: Path, rows: Sequence[BenchmarkRow]) -> None:
    import json

    from cryoves_app.storage.replacing import replacing

    with replacing(path) as temporary:
        temporary.write_text(json.dumps([row.to_dict() for row in rows], indent=2) + "\n", encoding="utf-8")


def _tomogram_table(rows: Sequence[BenchmarkRow]) -> str:
    """A line for each run."""
    header = (
        "tomogram", "model", "recipe", "true", "found", "false", "F1", "δd", "Δc nm", "Dice",
        "CPU s", "network", "wall s", "peak MB",
    )  # fmt: skip
    return console.table(header, [_tomogram_line(row) for row in rows])


def _tomogram_line(row: BenchmarkRow) -> list[str]:
    found, cost = row.result, row.scores.cost
    figures = found.to_dict()
    return [
        row.tomogram,
        row.model,
        row.recipe,
        str(found.true_positives + len(found.false_negatives)),
        str(found.true_positives),
        str(len(found.false_positives)),
        *(_number(figures[s], DIGITS[s]) for s in SCORES),
        f"{cost.cpu_s:.1f}",
        f"{cost.network_cpu_s:.1f}",
        f"{cost.wall_s:.1f}",
        f"{cost.peak_memory_bytes / 1e6:.0f}",
    ]


def _stage_table(rows: Sequence[BenchmarkRow]) -> str:
    """Means over tomograms after each step, for each model and recipe."""
    from cryoves_app.workflow.quality.benchmark import STAGES, group_rows, means

    lines: list[list[Any]] = []
    for model, recipe, group in group_rows(rows):
        mask = sum(row.scores.mask_dice for row in group) / len(group)
        lines.append([model, recipe, "network", "–", "–", "–", _number(mask, 3), "–"])
        for stage in STAGES:
            scores = [_number(means(group, stage, s), DIGITS[s]) for s in SCORES]
            worst = min((row.scores.stages[stage].f1 or 0.0 for row in group), default=0.0)
            lines.append([model, recipe, STAGE_NAMES[stage], *scores, _number(worst, 3)])
    return console.table(("model", "recipe", "after", "F1", "δd", "Δc nm", "Dice", "worst F1"), lines)


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"
