"""``cryoves export``: vesicles of a project for other programs."""

from __future__ import annotations

import argparse
from pathlib import Path

from cryoves_app.cli import console


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
        "--format", default="imod,labels,csv", metavar="LIST", help="of csv, labels, imod (default: %(default)s)"
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export and tell."""
    from cryoves_app.workflow.export import export_project

    formats = [name.strip() for name in args.format.split(",") if name.strip()]
    result = export_project(args.project, args.output, formats, force=args.force)
    if args.json:
        console.say_json(result)
        return 0
    console.say(result["sentence"])
    for name in result["files"]:
        console.say(f"saved {name}")
    return 0
