"""Options that several commands share."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryoves_app.domain.recipe import Recipe
    from cryoves_app.workflow.segment.order import SegmentJob

#: No length in ångström, no rate and no width of a picture is as large as this.
_LARGEST = 1e9


def add_run_options(parser: argparse.ArgumentParser) -> None:
    """How a tomogram is segmented."""
    parser.add_argument(
        "--model",
        metavar="NAME|PATH",
        help="the network (see: cryoves model list); if left out, the bundled one or that of: cryoves model default",
    )
    parser.add_argument(
        "--voxel-size",
        type=positive,
        metavar="Å",
        help="voxel size in ångström, where the header is wrong or silent",
    )
    parser.add_argument(
        "--recipe",
        default="default",
        metavar="NAME|FILE",
        help="default, paper, published, or a .json or .toml file",
    )
    parser.add_argument(
        "--contrast",
        choices=("auto", "dark", "bright"),
        help="what membranes look like, in place of the recipe's; auto measures it",
    )
    parser.add_argument(
        "--match-look",
        choices=("auto", "off", "on"),
        help="let the network see the noise and blur that it learned, in place of the recipe's choice (off); auto "
        "tries both on a box; experimental",
    )
    parser.add_argument(
        "--search-again",
        action="store_true",
        help="look again with the mean profile of the vesicles that were accepted, for more that look like them; "
        "experimental",
    )
    parser.add_argument(
        "--region",
        metavar="F",
        help="cytoplasm (.mod, labels, project); '{dir}/{stem}_cell.mod' for many",
    )
    parser.add_argument(
        "--active-zone", metavar="F", help="active zone (.mod, labels, project), for distances to it"
    )
    parser.add_argument(
        "--optional-region", action="store_true", help="go on where a region's file is missing"
    )
    parser.add_argument(
        "--fit-volume",
        metavar="F",
        help="measure on this volume of the same grid (before denoising); '{dir}/{stem}_raw.mrc' for many",
    )
    parser.add_argument(
        "--probability",
        metavar="F",
        help="another program's probabilities or mask (MRC, TIFF) in place of the network's; '{dir}/{stem}_mask.mrc'",
    )
    parser.add_argument(
        "--labels", metavar="F", help="another program's instances, each voxel with its number, likewise"
    )
    parser.add_argument(
        "--box",
        type=box,
        default=(),
        metavar="Z0,Y0,X0,Z1,Y1,X1",
        help="look only in a box of voxels (ends excluded)",
    )
    parser.add_argument("--keep-probability", action="store_true", help="write probability.mrc, too")
    parser.add_argument(
        "--links",
        action="store_true",
        help="look for connectors and tethers afterwards, where --region is known (see: cryoves links)",
    )
    add_engine_options(parser)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """On what the network is computed."""
    parser.add_argument("--engine", default="auto", choices=("auto", "tensorflow", "openvino", "onnx"))
    parser.add_argument("--device", default="auto", metavar="auto|cpu|gpu[:N]")
    parser.add_argument(
        "--precision",
        default="auto",
        choices=("auto", "f32", "bf16"),
        help="what the network computes in: bf16 is twice as fast where the processor has it; auto takes it where "
        "a trial agrees with f32 (%(default)s)",
    )
    parser.add_argument(
        "--threads", type=count, metavar="N", help="threads to use; all processors if left out"
    )


def base_job(args: argparse.Namespace) -> SegmentJob:
    """The job that these options describe, still without a tomogram."""
    from cryoves_app.workflow.common.model_admin import standard_model
    from cryoves_app.workflow.segment.order import SegmentJob

    return SegmentJob(
        tomogram="",
        folder="",
        recipe=recipe_of(args),
        model=args.model or standard_model(),
        voxel_size_nm=voxel_size_nm(args),
        region=args.region,
        active_zone=args.active_zone,
        optional_region=args.optional_region,
        fit_volume=args.fit_volume,
        probability=args.probability,
        labels=args.labels,
        engine=args.engine,
        device=args.device,
        threads=threads(args),
        precision=args.precision,
        box_px=args.box,
        keep_probability=args.keep_probability,
        links=args.links,
    )


def recipe_of(args: argparse.Namespace) -> Recipe:
    """The recipe that was named, with what was given beside it."""
    from cryoves_app.workflow.common.recipes import load_recipe

    recipe = load_recipe(args.recipe)
    for name in ("contrast", "match_look"):
        value = getattr(args, name)
        recipe = recipe.with_value("input", name, value) if value else recipe
    return recipe.with_value("fit", "search_again", True) if args.search_again else recipe


def voxel_size_nm(args: argparse.Namespace) -> float | None:
    """The voxel size that was given, in nm; 14.69 Å are 1.469 nm to the last digit."""
    return round(args.voxel_size / 10, 9) if args.voxel_size else None


def threads(args: argparse.Namespace) -> int:
    """The number of threads asked for, or one for each processor that this process may use."""
    if args.threads is not None:
        return int(args.threads)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def positive(text: str) -> float:
    """A positive number of a size that lengths and rates can have, for argparse."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 < number < _LARGEST:
        raise argparse.ArgumentTypeError(f"“{text}” is no positive number below {_LARGEST:.0e}")
    return number


def not_negative(text: str) -> float:
    """A number from 0 of a size that lengths can have, for argparse."""
    try:
        is_zero = float(text) == 0
    except ValueError:
        is_zero = False
    return 0.0 if is_zero else positive(text)


def share_or_all(text: str) -> float:
    """A number from 0 to 1, for argparse."""
    number = not_negative(text)
    if number > 1:
        raise argparse.ArgumentTypeError(f"“{text:.200}” is no share from 0 to 1")
    return number


def box(text: str) -> tuple[int, ...]:
    """Six whole numbers with commas, for argparse."""
    try:
        numbers = tuple(int(part) for part in text.split(","))
    except ValueError:
        numbers = ()
    if len(numbers) != 6:
        raise argparse.ArgumentTypeError(f"“{text:.200}” is not six whole numbers such as 0,0,0,128,128,128")
    if any(abs(number) > _LARGEST for number in numbers):
        raise argparse.ArgumentTypeError(f"“{text:.200}” lies beyond any tomogram")
    return numbers


def count(text: str) -> int:
    """A whole number from 1, for argparse."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no whole number from 1")
    return int(text)


def whole(text: str) -> int:
    """A whole number from 0, for argparse."""
    if not text.isdecimal() or len(text) > 9:
        raise argparse.ArgumentTypeError(f"“{text:.200}” is no whole number from 0 to 999999999")
    return int(text)
