"""Seconds of the processor by step: ``python -m tests.planted.cost TOMO LABELS --vesicles 15 74 149``.

LABELS is a label volume as exported for Pyto: 1 region, 2 active zone, vesicles from 10 on; the others are walls. Each
number of vesicles is looked at in a process of its own.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from cryoves_app.analysis.links.leaves import find_leaves
from cryoves_app.analysis.links.pyto import SegmentMeter
from cryoves_app.formats.pyto import FIRST_VESICLE_ID
from cryoves_app.workflow.common.resources_used import peak_memory_bytes
from cryoves_app.workflow.links.found import FoundLinks
from cryoves_app.workflow.links.plan import LinkPlan, LinkRecipe
from cryoves_app.workflow.links.sources import LabelChoice, source_of_labels
from cryoves_app.workflow.links.tables import write_links

_HEADER = (
    "vesicles", "segments", "box, Mvoxel", "searched, Mvoxel", "reading", "thresholds", "measures", "tables",
    "all, CPU s", "per searched Mvoxel", "peak MB",
)  # fmt: skip


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="What links by Pyto's rules cost.")
    parser.add_argument("tomogram", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--vesicles", type=int, nargs="+", required=True, metavar="N")
    args = parser.parse_args(argv)
    if len(args.vesicles) == 1:
        sys.stdout.write(_row(args.tomogram, args.labels, args.vesicles[0]))
        return 0
    for line in (_line(_HEADER), "|---" * len(_HEADER) + "|\n"):
        sys.stdout.write(line)
    sys.stdout.flush()
    for count in args.vesicles:
        files = [str(args.tomogram), str(args.labels)]
        subprocess.run(
            [sys.executable, "-m", "tests.planted.cost", *files, "--vesicles", str(count)], check=True
        )
    return 0


def _row(tomogram: Path, labels: Path, count: int) -> str:
    seconds = [time.process_time()]
    vesicles = tuple(range(FIRST_VESICLE_ID, FIRST_VESICLE_ID + count))
    source = source_of_labels(tomogram, labels, LabelChoice(vesicles=vesicles))
    space = source.field()
    seconds.append(time.process_time())
    plan = LinkPlan(LinkRecipe.PYTO)
    thresholds = plan.thresholds_for(space)
    leaves = find_leaves(space, thresholds)
    seconds.append(time.process_time())
    meter = SegmentMeter(space, plan.big_from(source.volume.voxel_size_nm))
    links = tuple(meter.of_leaf(leaf) for leaf in leaves)
    seconds.append(time.process_time())
    with tempfile.TemporaryDirectory() as folder:
        write_links(FoundLinks(source, plan, thresholds, links), Path(folder) / "links")
    seconds.append(time.process_time())
    steps = [f"{after - before:.1f}" for before, after in pairwise(seconds)]
    whole, searched = seconds[-1] - seconds[0], space.region.sum() / 1e6
    sizes = f"{space.region.size / 1e6:.1f}", f"{searched:.1f}"
    return _line(
        (
            count,
            len(links),
            *sizes,
            *steps,
            f"{whole:.1f}",
            f"{whole / searched:.2f}",
            f"{peak_memory_bytes() / 1e6:.0f}",
        )
    )


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(map(str, cells)) + " |\n"


if __name__ == "__main__":
    sys.exit(main())
