"""Memory by size: ``python -m tests.load.sizes BASE.mrc [--times 1 2 4 8 16] [--region LABELS.mrc] [ARGUMENTS …]``.

A tomogram is mirrored along its axes, so that each copy is as much work as the first, and segmented by the real
program. What all of its processes hold is looked at again and again: of the memory that they share, each counts its
part. A table is printed; what else is given goes to ``cryoves segment``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import mrcfile
import numpy as np
import psutil

#: How often each axis (z, y, x) is mirrored, by how often the whole is.
COPIES = {1: (1, 1, 1), 2: (2, 1, 1), 4: (1, 2, 2), 8: (2, 2, 2), 16: (4, 2, 2), 64: (1, 8, 8)}
_EVERY_S = 0.1


@dataclass
class Held:
    """What a program held: the most of all its processes at a time, and that by step; seconds of the processor."""

    peak_bytes: int = 0
    by_step: dict[str, int] = field(default_factory=dict)
    cpu_s: float = 0.0


def mirrored(base: Path, copies: tuple[int, int, int], to: Path) -> None:
    """Write an MRC file that holds another one mirrored ``copies`` times along (z, y, x)."""
    with mrcfile.mmap(base, permissive=True) as mrc:
        values, voxel_size = mrc.data, mrc.voxel_size
        shape = tuple(n * times for n, times in zip(values.shape, copies, strict=True))
        with mrcfile.new_mmap(to, shape, mrc_mode=int(mrc.header.mode), overwrite=True) as made:
            made.voxel_size = voxel_size
            for k in range(shape[0]):
                plane = values[_folded(k, values.shape[0])]
                after = tuple((0, n - m) for n, m in zip(shape[1:], plane.shape, strict=True))
                made.data[k] = np.pad(plane, after, mode="symmetric")


def _folded(k: int, length: int) -> int:
    turn, rest = divmod(k, length)
    return length - 1 - rest if turn % 2 else rest


def watched(command: Sequence[str]) -> Held:
    """Run a program, and look what it and its children hold; raises if it fails."""
    held, steps = Held(), [""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as program:
        reader = Thread(target=_follow, args=(program, steps), daemon=True)
        reader.start()
        process = psutil.Process(program.pid)
        while program.poll() is None:
            total = held_bytes(process)
            held.peak_bytes = max(held.peak_bytes, total)
            held.by_step[steps[-1]] = max(total, held.by_step.get(steps[-1], 0))
            held.cpu_s = max(held.cpu_s, processor_seconds(process))
            time.sleep(_EVERY_S)
        reader.join()
    if program.returncode:
        raise RuntimeError("".join(steps[-5:]))
    return held


def _follow(program: subprocess.Popen[str], steps: list[str]) -> None:
    for line in program.stderr or ():
        steps.append(re.sub(r"[ \d.]*%.*", "", line).strip())


def held_bytes(process: psutil.Process) -> int:
    """What a process and its children hold in memory; of what they share each counts its part."""
    return int(sum(_each(process, lambda one: float(one.memory_full_info().pss))))


def processor_seconds(process: psutil.Process) -> float:
    """What a process and its children have used of the processor, with the children that have ended."""
    return sum(_each(process, lambda one: sum(one.cpu_times()[:4])))


def _each(process: psutil.Process, ask: Callable[[psutil.Process], float]) -> Iterator[float]:
    for one in _tree(process):
        try:
            yield ask(one)
        except psutil.Error:  # it has just ended
            yield 0


def _tree(process: psutil.Process) -> list[psutil.Process]:
    try:
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="The memory of a segmentation by the size of the tomogram.")
    parser.add_argument("base", type=Path, help="a tomogram (MRC)")
    parser.add_argument(
        "--times", type=int, nargs="+", choices=COPIES, default=[1, 2, 4, 8, 16], help="copies"
    )
    parser.add_argument("--region", type=Path, help="where vesicles are: a label volume on its grid")
    parser.add_argument("--steps", action="store_true", help="tell the memory of each step, too")
    args, options = parser.parse_known_args(argv)
    say("| times | size | GB | CPU s |\n|---|---|---|---|")
    for times in args.times:
        with tempfile.TemporaryDirectory(dir=args.base.parent) as name:
            tomogram = Path(name) / "tomogram.mrc"
            mirrored(args.base, COPIES[times], tomogram)
            region = []
            if args.region:
                mirrored(args.region, COPIES[times], Path(name) / "region.mrc")
                region = ["--region", str(Path(name) / "region.mrc")]
            with mrcfile.mmap(tomogram, permissive=True) as mrc:
                shape = mrc.data.shape
            command = [sys.executable, "-m", "cryoves_app", "segment", str(tomogram), "-o", f"{name}/out"]
            held = watched([*command, *region, *options])
        size = "×".join(map(str, shape)) + f", {np.prod(shape, dtype=np.int64) / 1e6:.0f} Mvoxel"
        say(f"| {times} | {size} | {held.peak_bytes / 1e9:.2f} | {held.cpu_s:.0f} |")
        if args.steps:
            for step, most in held.by_step.items():
                say(f"    {step:50} {most / 1e9:.2f}")
    return 0


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
