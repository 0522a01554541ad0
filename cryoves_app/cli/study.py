"""``cryoves study``: tomograms in conditions, measured and compared."""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import not_negative, whole

if TYPE_CHECKING:
    from cryoves_app.domain.json_values import JsonObject
    from cryoves_app.workflow.study.sources import ConditionRule
    from cryoves_app.workflow.study.study import Study


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "study",
        help="measure and compare tomograms in conditions",
        description="Writes tables of tomograms, zones, conditions and tests, a figure with a dot for each tomogram, "
        "and a paragraph for the Methods section. Conditions are those of the queue or of the runs, unless given here. "
        "Tests of means have the tomogram as their unit; p-values are adjusted for their number.",
    )
    parser.add_argument(
        "inputs",
        nargs="+",
        type=Path,
        metavar="FOLDER|QUEUE|PROJECT",
        help="results of “cryoves batch” or “cryoves segment”, a queue file, or .cryoves files",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where the tables go")
    _add_choices(parser)
    parser.add_argument("--force", action="store_true", help="replace an earlier study")
    parser.add_argument("--json", action="store_true", help="print means and tests as JSON")
    parser.set_defaults(run=run)


def _add_choices(parser: argparse.ArgumentParser) -> None:
    """What is compared, and how."""
    parser.add_argument("--results", type=Path, metavar="DIR", help="results of a queue, if it doesn't say")
    parser.add_argument(
        "--condition",
        action="append",
        type=_rule,
        default=[],
        metavar="NAME=PATTERN",
        help="tomograms whose name, path or a folder of it fits the pattern, as wt='*wt*'; may be given several times",
    )
    parser.add_argument(
        "--test",
        default="anova",
        choices=("anova", "welch", "kruskal"),
        help="between means of tomograms; the others where spreads differ, or values are far from normal (%(default)s)",
    )
    parser.add_argument(
        "--zones",
        type=_edges,
        metavar="NM,NM,…",
        help="where zones begin and end, from the active zone to the vesicle's centre (0,45,75,150,250)",
    )
    parser.add_argument(
        "--simulations",
        type=whole,
        default=99,
        metavar="N",
        help="random placements of each tomogram's vesicles; 0 for none (%(default)s)",
    )
    parser.add_argument("--seed", type=whole, default=1, metavar="N", help="of the placements (%(default)s)")


def _rule(text: str) -> tuple[str, str]:
    """``NAME=PATTERN``, for argparse."""
    name, sign, pattern = text.partition("=")
    if not (sign and name.strip() and pattern.strip()):
        raise argparse.ArgumentTypeError(f"“{text:.200}” is not NAME=PATTERN, as wt='*wt*'")
    return name.strip(), pattern.strip()


def _edges(text: str) -> tuple[float, ...]:
    """Rising distances from 0 with commas, for argparse."""
    edges = tuple(not_negative(part) for part in text.split(","))
    if len(edges) < 2 or any(low >= high for low, high in pairwise(edges)):
        raise argparse.ArgumentTypeError(
            f"“{text:.200}” are not two or more rising numbers, as 0,45,75,150,250"
        )
    return edges


def run(args: argparse.Namespace) -> int:
    """Measure, compare, write and tell."""
    from cryoves_app.analysis.study.comparison import MeansTest
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.pools import STUDY_EDGES_NM, zones_between
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.common.output_folder import refuse_files
    from cryoves_app.workflow.study.measures import StudyPlan
    from cryoves_app.workflow.study.names import STUDY_FILES
    from cryoves_app.workflow.study.sources import find_sources
    from cryoves_app.workflow.study.study import make_study
    from cryoves_app.workflow.study.tables import write_study

    if not args.force:
        refuse_files(args.output, STUDY_FILES, "a study")
    found = find_sources(args.inputs, _rules(args), args.results)
    zones = zones_between(args.zones or STUDY_EDGES_NM)
    plan = StudyPlan(zones, args.simulations, args.seed)
    with ProgressDisplay() as display:
        study = make_study(found, plan, MeansTest(args.test), Progress(display.listener))
    files = write_study(study, args.output)
    for note in study.notes:
        console.note(note)
    if args.json:
        console.say_json(_plain(study))
    else:
        _tell_tables(study)
    for path in files:
        console.note(f"saved {path}")
    return int(bool(study.failures))


def _rules(args: argparse.Namespace) -> list[ConditionRule]:
    from cryoves_app.workflow.study.sources import ConditionRule

    return [ConditionRule(name, pattern) for name, pattern in args.condition]


def _tell_tables(study: Study) -> None:
    from cryoves_app.workflow.study.shown import MEAN_HEADER, TEST_HEADER, comparison_cells, mean_cells

    console.tell(console.table(MEAN_HEADER, mean_cells(study)))
    if study.tests:
        console.tell("")
        console.tell(console.table(TEST_HEADER, comparison_cells(study)))


def _plain(study: Study) -> JsonObject:
    return {
        "conditions": {c: len(study.of(c)) for c in study.conditions},
        "means": [
            {
                "measure": m.measure.key,
                "condition": m.condition,
                "tomograms": m.count,
                "mean": m.mean,
                "sd": m.sd,
                "se": m.se,
            }
            for m in study.means
        ],
        "tests": [
            {
                "subject": t.subject,
                "test": t.method,
                "conditions": list(t.conditions),
                "n": list(t.counts),
                "statistic": t.found.statistic,
                "df": list(t.found.degrees),
                "p": t.found.p_value,
                "p_adjusted": t.adjusted_p,
                "no_test": t.found.obstacle,
            }
            for t in study.tests
        ],
        "notes": list(study.notes),
    }
