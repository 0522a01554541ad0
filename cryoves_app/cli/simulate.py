"""``cryoves simulate``: tomograms whose vesicles are known."""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.cli import console
from cryoves_app.cli.arguments import count, positive

if TYPE_CHECKING:
    from cryoves_app.workflow.quality.simulation import SimulatedFiles, SimulationRequest

PRESETS = (
    "terminal",
    "training",
    "training-varied",
    "training-outlines",
    "test-grid",
    "crowded",
    "no-vesicles",
    "benchmark-easy",
    "benchmark-hard",
    "benchmark-real-look",
    "benchmark-real-look-hard",
    "benchmark-wide",
)

#: Far more than a tomogram has, and few enough for their number of bytes to be one.
_MOST_VOXELS = 1 << 38


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Declare the command."""
    parser = subparsers.add_parser(
        "simulate",
        help="make tomograms whose vesicles are known",
        description="Writes NAME.mrc, its truth NAME_truth.csv and NAME_labels.mrc, the threads between vesicles and "
        "to the membrane, NAME_filaments.csv, cytoplasm and membrane, NAME_regions.mod, and how it was made, NAME.json."
        " Presets: a terminal under ordinary conditions; training, with conditions drawn from the seed; "
        "training-varied, with a wider range of membranes, shapes and faults; training-outlines, terminals of any "
        "outline among other cells or on empty ground; three looks never to be trained on: the "
        "test grid (seeds 40000 to 40011), crowded (uneven vesicles in noise and blur) and no-vesicles (all else); "
        "and the fixed benchmark phantom: easy, hard, with membranes as real ones look (the same in noise: hard), or "
        "wide (radii from 12 to 60 nm, not quite round).",
    )
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR", help="where the files go")
    parser.add_argument(
        "--preset", default=PRESETS[0], choices=PRESETS, help="what is simulated (%(default)s)"
    )
    parser.add_argument(
        "--seed", type=seed, default=1, metavar="N", help="same seed, same tomogram (%(default)s)"
    )
    parser.add_argument(
        "--count", type=count, default=1, metavar="N", help="make N, with seeds from --seed on"
    )
    parser.add_argument("--name", help="name of the files; the preset and the seed if left out")
    parser.add_argument("--shape", type=shape, metavar="Z,Y,X", help="size in voxels")
    parser.add_argument("--voxel-size", type=positive, metavar="Å", help="voxel size in ångström")
    parser.add_argument("--vesicles", type=count, metavar="N", help="how many vesicles to place")
    parser.add_argument(
        "--snr", type=positive, metavar="S", help="variance of the signal over that of the noise"
    )
    parser.add_argument("--tilt-range", type=tilt_range, metavar="D", help="largest tilt angle in degrees")
    parser.add_argument("--eight-bit", action="store_true", help="write int8 instead of int16")
    parser.add_argument(
        "--masks",
        action="store_true",
        help="write NAME_inside.mrc, NAME_membrane.mrc (1 the terminal's, 2 the other cell's) and "
        "NAME_mitochondria.mrc, too: label volumes on the tomogram's grid; of terminals alone",
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Simulate one tomogram after the other."""
    from cryoves_app.cli.progress_display import ProgressDisplay
    from cryoves_app.domain.progress import Progress
    from cryoves_app.workflow.quality.simulation import write_simulation

    results = []
    with ProgressDisplay() as display:
        for number in range(args.seed, args.seed + args.count):
            name = _name(args, number)
            files, tomogram = write_simulation(
                _request(args, number), args.output, name, Progress(display.listener), force=args.force
            )
            results.append(_result(files, len(tomogram.spheres)))
            if not args.json:
                display.say(f"{files.tomogram}: {len(tomogram.spheres)} vesicles")
    if args.json:
        console.say_json(results)
    return 0


def seed(text: str) -> int:
    """A seed, for argparse."""
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"“{text}” is no whole number from 0")
    return int(text)


def shape(text: str) -> tuple[int, int, int]:
    """``Z,Y,X``, for argparse."""
    parts = [count(part.strip()) for part in text.split(",")]
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"“{text}” is not of the form Z,Y,X")
    if math.prod(parts) > _MOST_VOXELS:
        raise argparse.ArgumentTypeError(f"“{text}” are more voxels than any computer holds")
    return parts[0], parts[1], parts[2]


def tilt_range(text: str) -> float:
    """Degrees up to 90, for argparse."""
    degrees = positive(text)
    if degrees > 90:
        raise argparse.ArgumentTypeError(f"“{text}” is more than 90 degrees")
    return degrees


def _name(args: argparse.Namespace, number: int) -> str:
    if args.name and args.count == 1:
        return str(args.name)
    return f"{args.name or args.preset}_{number}"


def _request(args: argparse.Namespace, number: int) -> SimulationRequest:
    from cryoves_app.workflow.quality.simulation import SimulationRequest

    return SimulationRequest(
        preset=args.preset,
        seed=number,
        shape=args.shape,
        voxel_size_nm=args.voxel_size / 10 if args.voxel_size else None,
        n_vesicles=args.vesicles,
        snr=args.snr,
        tilt_range_deg=args.tilt_range,
        eight_bit=args.eight_bit,
        masks=args.masks,
    )


def _result(files: SimulatedFiles, vesicles: int) -> dict[str, object]:
    return {
        "tomogram": str(files.tomogram),
        "truth": str(files.truth),
        "labels": str(files.labels),
        "meta": str(files.meta),
        "filaments": str(files.filaments),
        "regions": str(files.regions),
        "masks": list(map(str, files.masks)),
        "vesicles": vesicles,
    }
