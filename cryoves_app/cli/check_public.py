"""``cryoves check-public``: a public run with deposited vesicles, segmented and compared."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import count
from cryoves_app.domain.errors import CryoVesError

if TYPE_CHECKING:
    from cryoves_app.workflow.quality.public_run import FetchedRun

_DATASET = 10443
#: A deposited centre without a radius counts as found within this many nanometres.
_CENTRE_NM = 20.0


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "check-public",
        help="fetch a public synaptosome, segment it, compare with its deposited vesicles (goes online)",
        description="Fetches one run of the CryoET Data Portal (datasets 10443 and 10447 to 10451, deposition 10330) "
        "with the portal's own client, segments it as it comes, and prints how far both agree. The only command that "
        "goes online. It was tested against a stand-in for that client, not against the portal itself.",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="an empty folder")
    parser.add_argument("--dataset", type=count, default=_DATASET, metavar="N", help="(%(default)s)")
    parser.add_argument("--run", dest="run_name", metavar="NAME", help="the first with vesicles if left out")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Fetch, segment, compare, and tell."""
    from cryoves_app.workflow.quality.public_run import fetch_run, find_run

    if args.output.exists() and any(args.output.iterdir()):
        raise CryoVesError(f"{args.output} holds something already; choose an empty folder.")
    found = find_run(args.dataset, args.run_name)
    console.note(f"Fetching the run {found.name} of dataset {args.dataset}.")
    fetched = fetch_run(found, args.output / "fetched")
    return segment_and_compare(fetched, args.output / "results")


def segment_and_compare(fetched: FetchedRun, folder: Path) -> int:
    """Segment as ``cryoves segment`` does, and print the agreement."""
    from cryoves_app.cli.main import main

    size = ["--voxel-size", f"{fetched.voxel_angstrom:g}"]
    code = main(["segment", str(fetched.tomogram), "-o", str(folder), *size])
    if code:
        return code
    (table,) = folder.glob("*/vesicles.csv")
    if fetched.has_radii:
        return main(["evaluate", str(table), str(fetched.truth), *size])
    _tell_centres(table, fetched)
    return 0


def _tell_centres(table: Path, fetched: FetchedRun) -> None:
    """How many deposited centres have a vesicle about them."""
    import numpy as np

    from cryoves_app.formats.portal import read_portal_points
    from cryoves_app.workflow.importing.vesicle_sources import load_vesicles

    centres = read_portal_points(fetched.truth).places_px * fetched.voxel_angstrom / 10
    spheres = np.array([(*v.sphere.centre_nm, v.radius_nm) for v in load_vesicles(table).vesicles]).reshape(
        -1, 4
    )
    away = np.linalg.norm(centres[:, None] - spheres[None, :, :3], axis=2)
    inside = away <= np.minimum(spheres[:, 3], _CENTRE_NM)[None]
    console.say(
        f"{int(inside.any(axis=1).sum())} of {len(centres)} deposited centres lie in a vesicle that was found; "
        f"{int((~inside.any(axis=0)).sum())} of {len(spheres)} vesicles that were found hold none."
    )
