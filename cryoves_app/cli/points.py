"""``cryoves points``: oriented points on vesicles for subtomogram averaging."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from cryoves_app.cli import console
from cryoves_app.cli.arguments import not_negative, positive, whole
from cryoves_app.domain.in_plane import InPlane

_MOST_DEGREES = 90.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "points",
        help="oriented points on vesicles, for subtomogram averaging",
        description="Writes evenly spaced points on the accepted vesicles of a project with the membrane's normal as z "
        "axis, and on request a crop of the tomogram and a shell about the membrane for each vesicle.",
    )
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a .cryoves file")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--format",
        default="star",
        metavar="LIST",
        help="of star, dynamo, motl, copick (default: %(default)s)",
    )
    _add_rules(parser)
    parser.add_argument("--relion", type=int, choices=(4, 5), default=5, help="star: version (%(default)s)")
    parser.add_argument(
        "--relion-binning", type=positive, default=1.0, metavar="N", help="star, RELION 4: binning"
    )
    parser.add_argument(
        "--crops", type=not_negative, metavar="NM", help="a crop for each vesicle, so much wider on all sides"
    )
    parser.add_argument("--shells", type=positive, metavar="NM", help="a mask of the membrane, so thick")
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def _add_rules(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--spacing", type=positive, default=5.0, metavar="NM", help="from point to point (%(default)s)"
    )
    parser.add_argument(
        "--offset",
        type=float,
        default=0.0,
        metavar="NM",
        help="from the membrane's outer edge, outwards; negative is inwards (%(default)s)",
    )
    parser.add_argument(
        "--contacts",
        type=not_negative,
        default=5.0,
        metavar="NM",
        help="leave out points so near to another vesicle; 0: none (%(default)s)",
    )
    parser.add_argument(
        "--tilt-range",
        type=_degrees,
        default=_MOST_DEGREES,
        metavar="D",
        help="leave out the caps that a tilt range of ±D does not show; 90: none (%(default)s)",
    )
    parser.add_argument(
        "--in-plane",
        choices=[str(rule) for rule in InPlane],
        default=str(InPlane.ZERO),
        help="what the x axis of each point looks to, across the normal (%(default)s)",
    )
    parser.add_argument(
        "--random-angle",
        dest="in_plane",
        action="store_const",
        const=str(InPlane.RANDOM),
        help="the same as --in-plane random",
    )
    parser.add_argument("--seed", type=whole, default=0, metavar="N", help="of random angles (%(default)s)")


def _degrees(text: str) -> float:
    number = positive(text)
    if number > _MOST_DEGREES:
        raise argparse.ArgumentTypeError(f"“{text}” is no angle up to 90")
    return number


def run(args: argparse.Namespace) -> int:
    """Write and tell."""
    from cryoves_app.analysis.geometry.surface_points import PointRules
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.domain.wording import counted
    from cryoves_app.workflow.export.export_material import read_material
    from cryoves_app.workflow.points.points import PointOrder, write_points

    rules = PointRules(
        args.spacing, args.offset, args.contacts, args.tilt_range, InPlane(args.in_plane), args.seed
    )
    formats = tuple(name.strip() for name in args.format.split(",") if name.strip())
    order = PointOrder(rules, formats, args.relion, args.relion_binning, args.crops, args.shells)
    with ProgressDisplay() as display:
        progress = Progress(display.listener) if sys.stderr.isatty() else Progress()
        result = write_points(
            read_material(args.project), args.output, order, force=args.force, progress=progress
        )
    if args.json:
        console.say_json(asdict(result))
        return 0
    console.tell(result.sentence)
    console.tell(f"saved {counted(len(result.files), 'file')} in {args.output}")
    return 0
