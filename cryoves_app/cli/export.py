"""``cryoves export``: vesicles of a project for other programs."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from cryoves_app.cli import console
from cryoves_app.domain.export_formats import FORMAT_KEYS


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "export",
        help="write a project's vesicles for other programs",
        description="Exports accepted vesicles (inside the region, if there is one); each file is read back and "
        "compared before it is kept.",
    )
    parser.add_argument("project", type=Path, metavar="PROJECT", help="a .cryoves file")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--format",
        default="imod,labels,csv",
        metavar="LIST",
        help=f"of {', '.join(FORMAT_KEYS)} (default: %(default)s)",
    )
    _add_options(parser)
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--contours", action="store_true", help="imod: outlines of each vesicle on every slice too"
    )
    parser.add_argument("--bin", type=int, default=1, metavar="N", help="pyto: voxels N times larger")
    parser.add_argument("--link", action="store_true", help="pyto: link to the tomogram instead of a copy")
    parser.add_argument(
        "--despite-problems", action="store_true", help="pyto: export even if the checks found problems"
    )
    parser.add_argument(
        "--shapes",
        action="store_true",
        help="labels, tiff, zarr, star: vesicles as their shape was measured, not as spheres",
    )
    parser.add_argument(
        "--copick", metavar="CONFIG", default="", help="copick: the project (copick.json) that gets the picks"
    )
    parser.add_argument(
        "--author",
        action="append",
        default=[],
        metavar="NAME:ORCID",
        help="portal: who annotated; several times for several people, the first is the primary author",
    )
    parser.add_argument(
        "--truth",
        metavar="FILE",
        default="",
        help="portal: vesicles known to be true (as for evaluate); precision and recall go along",
    )
    parser.add_argument(
        "--zarr-version",
        choices=("0.4", "0.5"),
        default="0.4",
        help="zarr: of OME-Zarr (default: %(default)s)",
    )
    parser.add_argument(
        "--probability",
        metavar="FILE",
        default="",
        help="zarr: the network's map (default: probability.mrc beside the project, if the run kept it)",
    )
    parser.add_argument(
        "--relion", type=int, choices=(4, 5), default=5, help="star: version of RELION (default: %(default)s)"
    )
    parser.add_argument(
        "--relion-binning",
        type=float,
        default=1.0,
        metavar="N",
        help="star, RELION 4: binning of the tomogram",
    )


def run(args: argparse.Namespace) -> int:
    """Export and tell."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.export.export import export_project
    from cryoves_app.workflow.export.export_material import ExportOptions

    formats = [name.strip() for name in args.format.split(",") if name.strip()]
    options = ExportOptions(
        pyto_binning=args.bin,
        pyto_link=args.link,
        pyto_despite_problems=args.despite_problems,
        imod_contours=args.contours,
        relion=args.relion,
        relion_binning=args.relion_binning,
        shapes=args.shapes,
        zarr_version=args.zarr_version,
        probability=args.probability,
        copick=args.copick,
        authors=tuple(args.author),
        truth=args.truth,
    )
    with ProgressDisplay() as display:
        # a log needs no line for each format: it is told the files
        progress = Progress(display.listener) if sys.stderr.isatty() else None
        result = export_project(
            args.project, args.output, formats, force=args.force, options=options, progress=progress
        )
    if args.json:
        console.say_json(asdict(result))
        return 0
    console.tell(result.sentence)
    if result.caution:
        console.note(result.caution)
    for name in result.files:
        console.tell(f"saved {name}")
    return 0
