"""``cryoves active-zone``: an active zone from two points on the membrane."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import positive

if TYPE_CHECKING:
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.surfaces.order import FoundZone, ZoneOrder

RIMS = ("stroke", "proposed")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "active-zone",
        help="find the active zone's membrane from two points on it",
        description="Follows the dark membrane between the points on their slice, and from there to all slices, and "
        "writes its mid-plane as an active zone for IMOD and the window. INPUT is a project, whose vesicles tell on "
        "which side the terminal lies, or a tomogram. Points may also lie in the cleft beside the membrane.",
    )
    parser.add_argument("input", type=Path, metavar="PROJECT|TOMO")
    parser.add_argument(
        "--points",
        required=True,
        nargs="+",
        type=point,
        metavar="X,Y,Z",
        help="two or more in voxels from 0, on one slice: where the zone begins, on its way, where it ends",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="F.mod", help="the model that is written")
    parser.add_argument(
        "--into", type=Path, metavar="PROJECT", help="add the zone to this project, as a region"
    )
    parser.add_argument(
        "--rim",
        choices=RIMS,
        default=RIMS[0],
        help="where it ends: with the points, on all slices that show the membrane, or proposed, where vesicles and "
        "cleft are densest (%(default)s)",
    )
    parser.add_argument(
        "--voxel-size", type=positive, metavar="Å", help="of a tomogram whose header is wrong or silent"
    )
    parser.add_argument(
        "--bright", action="store_true", help="membranes of a tomogram are bright; a project's run knows it"
    )
    parser.add_argument("--force", action="store_true", help="replace a model that exists")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def point(text: str) -> tuple[float, float, float]:
    """``X,Y,Z`` as ``z, y, x``, for argparse."""
    try:
        x, y, z = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text:.100}” is not X,Y,Z") from None
    return z, y, x


def run(args: argparse.Namespace) -> int:
    """Find, write and tell."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.surfaces.order import Rim, ZoneOrder

    if args.output is None and args.into is None:
        raise CryoVesError("Say where the zone goes: -o F.mod, --into PROJECT, or both.")
    order = ZoneOrder(tuple(args.points), Rim(args.rim))
    with ProgressDisplay() as display:
        found = _find(args, order, Progress(display.listener) if sys.stderr.isatty() else Progress())
    if args.json:
        plain = asdict(found)
        console.say_json({name: value for name, value in plain.items() if name != "region"})
        return 0
    console.tell(found.sentence)
    for note in found.notes:
        console.note(note)
    return 0


def _find(args: argparse.Namespace, order: ZoneOrder, progress: Progress) -> FoundZone:
    from cryoves_app.cli.arguments import voxel_size_nm
    from cryoves_app.workflow.surfaces.zone_files import (
        is_project,
        write_zone,
        zone_of_project,
        zone_of_tomogram,
    )

    if is_project(args.input):
        source = zone_of_project(args.input)
    else:
        source = zone_of_tomogram(args.input, voxel_size_nm(args), is_bright=args.bright)
    return write_zone(source, order, args.output, args.into, force=args.force, progress=progress)
