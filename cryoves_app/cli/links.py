"""``cryoves links``: connectors between vesicles and tethers to the active zone."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import count, positive, whole

if TYPE_CHECKING:
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.json_values import JsonObject
    from cryoves_app.workflow.links.compared import ComparedLinks
    from cryoves_app.workflow.links.found import FoundLinks
    from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe
    from cryoves_app.workflow.links.sources import LinkSource

#: Values of options that begin with a minus and are no options.
_NEGATIVE = re.compile(r"^-(\d|\.\d)")
_Listener = Callable[[str, float, str], None]


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "links",
        help="find connectors between vesicles and tethers to the active zone",
        description="Writes links.csv (one row for each segment), links.mrc (their ids as voxels), vesicle_links.csv "
        "(numbers and clusters by vesicle), links_summary.csv and links.json. INPUT is one or more .cryoves projects "
        "or folders that “cryoves batch” wrote, or a tomogram with --labels. Several get a folder each in DIR.",
    )
    parser._negative_number_matcher = _NEGATIVE  # thresholds may be negative
    parser.add_argument("inputs", nargs="+", type=Path, metavar="PROJECT|FOLDER|TOMO")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where the files go")
    _add_labels(parser)
    parser.add_argument(
        "--recipe",
        choices=("pyto", "default"),
        help="pyto: that program's rules; default: threads between exact spheres, judged against chance "
        "(default: pyto with --labels or --thresholds, else default)",
    )
    parser.add_argument(
        "--false-share",
        type=false_share,
        metavar="Q",
        help="recipe default: so many of the links that are listed may be chance, as is expected (0.5)",
    )
    parser.add_argument(
        "--thresholds",
        type=thresholds,
        default=(),
        metavar="START:STOP:STEP",
        help="grey values, STOP included, or a list with commas (default: from four standard deviations of the "
        "region's grey values below their mean up to the mean, in steps of a fifth)",
    )
    parser.add_argument(
        "--big-from",
        type=count,
        metavar="VOXELS",
        help="segments of so many voxels are big and not counted (default: 2650 nm³)",
    )
    parser.add_argument(
        "--compare",
        type=Path,
        metavar="FILE|FOLDER",
        help="set the links beside those of Pyto (its folder of tables, one of them, or a label volume) or of another "
        "links.csv, pair by pair: links_compared.csv",
    )
    parser.add_argument(
        "--jitter",
        type=count,
        metavar="N",
        help="look for links N times more with centres and radii moved at random: links_jittered.csv",
    )
    parser.add_argument(
        "--jitter-nm",
        type=positive,
        metavar="NM",
        help="by so much (standard deviation of each coordinate and the radius; default: the fits' own errors)",
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", action="store_true", help="print the summaries as JSON")
    output.add_argument(
        "--progress", choices=("json",), help="print a line of JSON for each event, for programs that watch"
    )
    parser.set_defaults(run=run)


def _add_labels(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("with a tomogram and its labels")
    group.add_argument("--labels", type=Path, metavar="LABELS", help="label volume of the same grid")
    group.add_argument(
        "--region-label", type=whole, default=1, metavar="N", help="of the cytoplasm (%(default)s)"
    )
    group.add_argument(
        "--active-zone-label",
        type=whole,
        default=2,
        metavar="N",
        help="of the active zone; 0 for none (%(default)s)",
    )
    group.add_argument(
        "--vesicle-labels",
        type=label_list,
        default=(),
        metavar="N,N:M",
        help="of the vesicles, with ranges (default: all other labels; those below 10 are left out where vesicles "
        "begin at 10)",
    )
    group.add_argument("--voxel-size", type=positive, metavar="Å", help="where the header is wrong or silent")
    group.add_argument(
        "--bright",
        action="store_true",
        help="dense matter is bright: grey values are turned, thresholds, too",
    )


def thresholds(text: str) -> tuple[float, ...]:
    """``START:STOP:STEP`` or numbers with commas, for argparse."""
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.workflow.links.plan import typed_thresholds

    try:
        found = typed_thresholds(text)
    except CryoVesError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not found:
        raise argparse.ArgumentTypeError("no thresholds are given")
    return found


def false_share(text: str) -> float:
    """A number above 0 and up to 1, for argparse."""
    number = positive(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 0 to 1")
    return number


def label_list(text: str) -> tuple[int, ...]:
    """Numbers and ranges with commas, for argparse."""
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition(":")
        low, high = count(first), count(last or first)
        if not low <= high <= 65_535:
            raise argparse.ArgumentTypeError(f"“{part:.200}” is no range of labels from 1 to 65535")
        found.update(range(low, high + 1))
    return tuple(sorted(found))


def run(args: argparse.Namespace) -> int:
    """Find links in each input; 1 if one failed."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.errors import Cancelled, CryoVesError
    from cryoves_app.workflow.links.sources import projects_in

    is_one = len(args.inputs) == 1 and not args.inputs[0].is_dir()
    args.inputs = projects_in(args.inputs) if args.labels is None else args.inputs
    _check(args)
    summaries, has_failed = [], False
    with ProgressDisplay() as display:
        for path, folder in _folders(args, is_one=is_one):
            tell = _Teller(display, args, path)
            try:
                summaries.append(_one(args, path, folder, tell))
            except Cancelled:
                raise
            except CryoVesError as error:
                if is_one:
                    raise
                has_failed = True  # one bad file does not stop the others
                tell.failure(str(error))
    if args.json:
        console.say_json(summaries)
    return int(has_failed)


class _Teller:
    """Progress and results in the way that was asked for: bars and lines, or a line of JSON for each event."""

    def __init__(self, display: ProgressDisplay, args: argparse.Namespace, path: Path) -> None:
        self._display, self._path = display, str(path)
        self._as_lines, self._is_silent = bool(args.progress), bool(args.json)

    @property
    def listener(self) -> _Listener:
        return self._line_of_progress if self._as_lines else self._display.listener

    def note(self, sentence: str) -> None:
        if self._as_lines:
            self._line("note", {"sentence": sentence})
        else:
            self._display.note(sentence)

    def failure(self, sentence: str) -> None:
        if self._as_lines:
            self._line("ended", {"error": sentence})
        else:
            self._display.note(f"{self._path}: {sentence}")

    def result(
        self, found: FoundLinks, summary: JsonObject, folder: Path, compared: ComparedLinks | None
    ) -> None:
        if self._as_lines:
            beside: JsonObject = {"compared": compared.record} if compared else {}
            self._line(
                "ended", {"folder": str(folder), "sentence": found.sentence, "summary": summary, **beside}
            )
        elif not self._is_silent:
            self._display.say(f"{found.sentence} Files: {folder}")
            if compared:
                self._display.say(compared.sentence)

    def _line_of_progress(self, step: str, fraction: float, message: str) -> None:
        self._line("progress", {"step": step, "fraction": fraction, "message": message})

    def _line(self, event: str, values: JsonObject) -> None:
        line = {"event": event, "input": self._path, **values}
        console.tell(json.dumps(line, ensure_ascii=False))


def _one(args: argparse.Namespace, path: Path, folder: Path, tell: _Teller) -> JsonObject:
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.common.output_folder import refuse_files
    from cryoves_app.workflow.links.compared import compare_links
    from cryoves_app.workflow.links.found import find_links
    from cryoves_app.workflow.links.jitter import JitterPlan, find_jittered, jitter_sentence
    from cryoves_app.workflow.links.names import ANY_LINK_FILES
    from cryoves_app.workflow.links.others import read_other_links
    from cryoves_app.workflow.links.tables import summary_of, write_links

    if not args.force:
        refuse_files(folder, ANY_LINK_FILES, "links")
    progress = Progress(tell.listener)
    source = _source(args, path)
    other = read_other_links(args.compare, source) if args.compare else None
    found = find_links(source, _plan(args), progress)
    compared = compare_links(found, other) if other else None
    jitter = JitterPlan(args.jitter or 0, args.jitter_nm)
    again = (
        find_jittered(path, jitter, lambda moved: find_links(moved, _plan(args), progress), found)
        if args.jitter
        else []
    )
    for sentence in (*found.notes, *(compared.notes if compared else ())):
        tell.note(sentence)
    progress.start("writing", str(folder))
    write_links(found, folder, force=args.force, compared=compared, jittered=again)
    progress.report(1.0)
    summary = summary_of(found)
    tell.result(found, summary, folder, compared)
    if again:
        tell.note(jitter_sentence(again))
    return {**summary, "compared": compared.record} if compared else summary


def _check(args: argparse.Namespace) -> None:
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.formats.project.project_file import SUFFIX

    _refuse_lost_options(args)
    if args.jitter and args.labels is not None:
        raise CryoVesError(
            "--jitter moves a project's vesicles; labels of other programs stay where they are."
        )
    if args.jitter_nm and not args.jitter:
        raise CryoVesError("--jitter-nm says how far --jitter N moves vesicles; give both.")
    if args.compare is not None and len(args.inputs) > 1:
        raise CryoVesError("--compare speaks of one tomogram; give one.")
    if args.labels is not None and len(args.inputs) > 1:
        raise CryoVesError("--labels lies over one tomogram; give one.")
    strangers = [p for p in args.inputs if p.suffix.lower() != SUFFIX]
    if args.labels is None and strangers:
        raise CryoVesError(
            f"{strangers[0]} is no project ({SUFFIX}); a tomogram needs its label volume, given with --labels."
        )


def _refuse_lost_options(args: argparse.Namespace) -> None:
    """Nothing that was asked for is left out without a word."""
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.workflow.links.plan import LinkRecipe

    if _recipe(args) is LinkRecipe.PYTO and args.false_share:
        raise CryoVesError("--false-share is of the recipe default; say --recipe default, or leave it out.")
    if _recipe(args) is LinkRecipe.DEFAULT and (args.thresholds or args.big_from):
        raise CryoVesError("--thresholds and --big-from are of the recipe pyto; say --recipe pyto.")


def _folders(args: argparse.Namespace, *, is_one: bool) -> list[tuple[Path, Path]]:
    """Each input with the folder of its results; one alone gets the output itself, several never share one."""
    from cryoves_app.workflow.common.naming import output_folders

    if is_one:
        return [(args.inputs[0], args.output)]
    return list(zip(args.inputs, output_folders(args.inputs, args.output), strict=True))


def _source(args: argparse.Namespace, path: Path) -> LinkSource:
    from cryoves_app.cli.arguments import voxel_size_nm
    from cryoves_app.workflow.links.sources import LabelChoice, source_of_labels, source_of_project

    if args.labels is None:
        return source_of_project(path)
    choice = LabelChoice(args.region_label, args.active_zone_label or None, args.vesicle_labels)
    return source_of_labels(path, args.labels, choice, voxel_size_nm(args), is_bright=args.bright)


def _plan(args: argparse.Namespace) -> LinkPlan:
    from cryoves_app.workflow.links.plan import USUAL_FALSE_SHARE, LinkPlan

    return LinkPlan(_recipe(args), args.thresholds, args.big_from, args.false_share or USUAL_FALSE_SHARE)


def _recipe(args: argparse.Namespace) -> LinkRecipe:
    """What was asked for, or what the other options are of."""
    from cryoves_app.workflow.links.plan import LinkRecipe

    if args.recipe:
        return LinkRecipe(args.recipe)
    of_pyto = args.labels is not None or args.thresholds or args.big_from
    return LinkRecipe.PYTO if of_pyto and not args.false_share else LinkRecipe.DEFAULT
