"""``cryoves benchmark --all`` and ``--compare``: all figures on one page, and what got worse."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import threads
from cryoves_app.cli.benchmark_sets import simulation_requests
from cryoves_app.cli.simulate import PRESETS
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.workflow.overall.table import OverallPlan


def add_page_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options of pages."""
    parser.add_argument(
        "--all",
        action="store_true",
        help="one page: accuracy on all presets, cost at three sizes and for 100, 500 and 2000 vesicles (an hour)",
    )
    parser.add_argument("--quick", action="store_true", help="--all: small tomograms, a few minutes")
    parser.add_argument(
        "--compare",
        nargs=2,
        type=Path,
        metavar=("OLD", "NEW"),
        help="what got worse from one file of --all --json to another; the exit code is 1 if anything did",
    )


def compare_pages(old: Path, new: Path) -> int:
    """Tell what got worse and better."""
    from cryoves_app.workflow.overall.page import compare_tables, comparison_page
    from cryoves_app.workflow.overall.table import read_overall

    before, after = read_overall(old), read_overall(new)
    console.say(comparison_page(before, after).rstrip("\n"))
    return 1 if any(change.is_worse for change in compare_tables(before, after)) else 0


def measure_page(args: argparse.Namespace) -> int:
    """Measure all, print the page, and keep the figures."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.common.recipes import load_recipe
    from cryoves_app.workflow.jobs.codec import to_plain
    from cryoves_app.workflow.overall.page import overall_page
    from cryoves_app.workflow.overall.table import measure_all, write_overall
    from cryoves_app.workflow.pipeline.engine_options import EngineOptions

    if len(args.model) > 1 or len(args.recipe) > 1:
        raise CryoVesError("--all measures one model with one recipe; give one of each.")
    options = EngineOptions(args.engine, args.device, threads(args), args.precision)
    with ProgressDisplay() as display:
        recipe = load_recipe(args.recipe[0])
        progress = Progress(display.listener)
        table = measure_all(_plan(args), args.model[0], recipe, options, progress, args.tomograms)
    if args.json == "-":
        console.say_json(to_plain(table))
        return 0
    console.say(overall_page(table).rstrip("\n"))
    if args.json:
        write_overall(Path(args.json), table)
    return 0


def _plan(args: argparse.Namespace) -> OverallPlan:
    from cryoves_app.workflow.overall.table import OverallPlan

    plan = OverallPlan(tuple(simulation_requests(args, args.preset or PRESETS)))
    return plan.quick() if args.quick else plan
