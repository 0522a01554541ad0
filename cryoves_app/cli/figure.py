"""``cryoves figure``: a slice with its vesicles for a paper, or a movie: through the slices, or turning."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import count, not_negative, positive

if TYPE_CHECKING:
    from cryoves_app.domain.progress import Progress
    from cryoves_app.formats.movie import MovieFrame
    from cryoves_app.workflow.export.export_material import Material
    from cryoves_app.workflow.overview.project_figure import FigureOptions
    from cryoves_app.workflow.overview.slice_figure import SliceFigure


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "figure",
        help="a slice of a project as a picture, or a movie through its slices or about its vesicles",
        description="Draws a slice with exact circles, outlines of regions and a scale bar. The suffix of the output "
        "says as what: .png, .tif, .svg, .pdf; with --sweep or --turntable .mp4, or a folder for single pictures.",
    )
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a .cryoves file")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="the picture or movie"
    )
    movies = parser.add_mutually_exclusive_group()
    movies.add_argument("--sweep", action="store_true", help="a movie through all slices of the plane")
    movies.add_argument(
        "--turntable", action="store_true", help="a movie of the vesicles in 3-D, turning once about z"
    )
    _add_place(parser)
    _add_look(parser)
    parser.add_argument("--force", action="store_true", help="replace a file that exists")
    parser.set_defaults(run=run)


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--plane", default="XY", choices=("XY", "XZ", "YZ"), help="(default: %(default)s)")
    parser.add_argument(
        "--at", type=float, metavar="NM", help="where the slice lies along its normal (default: the middle)"
    )
    parser.add_argument(
        "--oblique",
        type=float,
        nargs=3,
        metavar=("X", "Y", "Z"),
        help="a slice turned by so many degrees about x, then y, then z",
    )
    parser.add_argument(
        "--through",
        type=float,
        nargs=3,
        metavar=("X", "Y", "Z"),
        help="where the oblique slice lies, in nm (default: through the middle)",
    )
    parser.add_argument(
        "--slab", type=not_negative, default=0.0, metavar="NM", help="average over so much depth"
    )
    parser.add_argument(
        "--smooth", type=not_negative, default=0.0, metavar="NM", help="smooth the grey values"
    )
    parser.add_argument("--every", type=count, default=1, metavar="N", help="sweep: every N-th slice")
    parser.add_argument(
        "--pictures", type=count, default=120, metavar="N", help="turntable: so many (default: %(default)s)"
    )
    parser.add_argument(
        "--rate", type=positive, default=15.0, metavar="N", help="movies: pictures per second"
    )


def _add_look(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--colour-by", default="status", metavar="WHAT", help="status, or a measure (p_value, radius_nm, …)"
    )
    parser.add_argument(
        "--levels",
        type=float,
        nargs=2,
        metavar=("BLACK", "WHITE"),
        help="grey values that are drawn black and white (default: 0.5 and 99.5 %% of them)",
    )
    parser.add_argument("--bare", action="store_true", help="without vesicles and regions")
    parser.add_argument("--rejected", action="store_true", help="rejected vesicles, too")
    parser.add_argument("--fill", type=_part, default=0.0, metavar="SHARE", help="fill circles, 0 to 1")
    parser.add_argument("--no-scale-bar", action="store_true")
    parser.add_argument(
        "--width", type=positive, default=8.5, metavar="CM", help="on paper (default: %(default)s)"
    )
    parser.add_argument("--dpi", type=count, default=300, metavar="N", help="(default: %(default)s)")


def _part(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    number = not_negative(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no number from 0 to 1")
    return number


def run(args: argparse.Namespace) -> int:
    """Draw, and tell where it is."""
    from cryoves_app.storage.replacing import refuse_inputs
    from cryoves_app.workflow.export.export_material import read_material
    from cryoves_app.workflow.overview.slice_figure import write_figure

    _refuse_existing(args)
    material = read_material(args.project)
    refuse_inputs([args.output], (args.project, material.volume.info.path))
    if args.sweep or args.turntable:
        return _movie(args, material)
    figure = _figure(args, material)
    write_figure(figure, args.output, width_cm=args.width, dpi=args.dpi)
    console.tell(f"saved {args.output}")
    return 0


def _figure(args: argparse.Namespace, material: Material) -> SliceFigure:
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.workflow.overview.oblique_figure import oblique_figure
    from cryoves_app.workflow.overview.project_figure import figure_of

    volume, options = material.volume, _options(args)
    if args.oblique is None:
        if args.through is not None:
            raise CryoVesError("--through says where an oblique slice lies; give --oblique as well.")
        return figure_of(material.project, volume, options)
    z, y, x = (n // 2 * volume.voxel_size_nm for n in volume.shape)
    x, y, z = args.through or (x, y, z)
    numbers = (*args.oblique, x, y, z)
    if not all(isfinite(number) for number in numbers):
        raise CryoVesError("Angles and place of an oblique slice must be numbers.")
    about_x, about_y, about_z = args.oblique
    return oblique_figure(material.project, volume, options, (about_x, about_y, about_z), (z, y, x))


def _refuse_existing(args: argparse.Namespace) -> None:
    from cryoves_app.domain.errors import CryoVesError
    from cryoves_app.domain.reading import exists

    if exists(args.output) and not args.force:
        raise CryoVesError(f"{args.output} exists already; say --force to replace it.")


def _movie(args: argparse.Namespace, material: Material) -> int:
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.formats.movie import write_movie

    with ProgressDisplay() as display:
        pictures = _pictures(args, material, Progress(display.listener))
        number = write_movie(pictures, args.output, args.rate)
    console.tell(f"saved {args.output}: {number} pictures")
    return 0


def _pictures(args: argparse.Namespace, material: Material, progress: Progress) -> Iterator[MovieFrame]:
    from cryoves_app.workflow.overview.project_figure import sweep
    from cryoves_app.workflow.overview.turntable import turntable

    what = material.project, material.volume, _options(args)
    width_px = round(args.width / 2.54 * args.dpi)
    if args.turntable:
        return turntable(*what, pictures=args.pictures, width_px=width_px, progress=progress)
    return sweep(*what, step=args.every, width_px=width_px, progress=progress)


def _options(args: argparse.Namespace) -> FigureOptions:
    from cryoves_app.workflow.overview.project_figure import FigureOptions

    return FigureOptions(
        plane=args.plane,
        position_nm=args.at,
        slab_nm=args.slab,
        smoothing_nm=args.smooth,
        colour_by=args.colour_by,
        vesicles=not args.bare,
        rejected=args.rejected,
        regions=not args.bare,
        fill=args.fill,
        scale_bar=not args.no_scale_bar,
        levels=_levels(args),
    )


def _levels(args: argparse.Namespace) -> tuple[float, float] | None:
    from cryoves_app.domain.errors import CryoVesError

    if args.levels is None:
        return None
    black, white = args.levels
    if not (isfinite(black) and isfinite(white)) or black == white:
        raise CryoVesError(f"Black ({black:g}) and white ({white:g}) must be two different grey values.")
    return black, white
