"""A long queue of small tomograms: ``python -m tests.load.long_queue FOLDER [--count 500] [--every 10] [ARGUMENTS …]``.

Most hold one grey value, so that hardly anything but the queue's own work is done for them; every tenth is simulated
with a few vesicles, and one in a hundred is damaged. The folder keeps what was done: the same command goes on after a
stop, and what else is given goes to ``cryoves batch``. Told are how many were done, the processor's seconds and how
many of them the tomograms' own work took (by their run records), and the memory of all processes at each tenth.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import mrcfile
import numpy as np
import psutil

from tests.load.sizes import held_bytes, processor_seconds, say

_SHAPE, _VOXEL_A, _VESICLES, _SIMULATED, _DAMAGED_EVERY = (48, 80, 80), 22.0, 5, 10, 100


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A long queue of small tomograms.")
    parser.add_argument("folder", type=Path, help="for tomograms and results")
    parser.add_argument("--count", type=int, default=500, help="tomograms (500)")
    parser.add_argument("--every", type=int, default=10, help="every how manyth holds vesicles (10)")
    args, options = parser.parse_known_args(argv)
    tomograms = make_tomograms(args.folder / "tomograms", args.count, args.every)
    queue = args.folder / "queue.txt"
    queue.write_text("\n".join(map(str, tomograms)) + "\n", encoding="utf-8")
    out = args.folder / "out"
    before = set(out.glob("*/run.json"))
    start = time.perf_counter()
    cpu_s, memory = _watched(
        [*_program("batch"), str(queue), "-o", str(out), "--progress", "json", *options], len(tomograms)
    )
    wall_s = time.perf_counter() - start
    costs = [
        json.loads(path.read_text(encoding="utf-8"))["cost"] for path in set(out.glob("*/run.json")) - before
    ]
    work_s = sum(cost["cpu_s"] for cost in costs)
    say("| what | measured |\n|---|---|")
    say(f"| tomograms | {len(tomograms)}, of which {len(costs)} done |")
    each = max(len(costs), 1)
    say(f"| clock | {wall_s:.0f} s, {wall_s / each:.2f} each |")
    say(f"| processor | {cpu_s / each:.3f} s each, {(cpu_s - work_s) / each:.3f} beside the work |")
    say("| memory on the way, MB | " + ", ".join(f"{m / 1e6:.0f}" for m in memory) + " |")
    return 0


def make_tomograms(folder: Path, count: int, every: int) -> list[Path]:
    """Write those that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    simulated = _simulated(folder.parent / "simulated")
    made = []
    for number in range(count):
        path = folder / f"t{number:04d}.mrc"
        made.append(path)
        if path.exists():
            continue
        if number % _DAMAGED_EVERY == _DAMAGED_EVERY - 1:
            path.write_bytes(simulated[0].read_bytes()[:5000])
        elif number % every == 0:
            shutil.copyfile(simulated[number // every % len(simulated)], path)
        else:
            with mrcfile.new(path) as mrc:
                mrc.set_data(np.full(_SHAPE, number, np.int16))
                mrc.voxel_size = _VOXEL_A
    return made


def _simulated(folder: Path) -> list[Path]:
    found = sorted(folder.glob("benchmark-easy_????.mrc"))
    if not found:
        size = [
            "--shape",
            ",".join(map(str, _SHAPE)),
            "--voxel-size",
            str(_VOXEL_A),
            "--vesicles",
            str(_VESICLES),
        ]
        made = ["--preset", "benchmark-easy", "--seed", "3000", "--count", str(_SIMULATED)]
        subprocess.run(
            [*_program("simulate"), "-o", str(folder), *made, *size], check=True, capture_output=True
        )
        found = sorted(folder.glob("benchmark-easy_????.mrc"))
    return found


def _program(command: str) -> list[str]:
    return [sys.executable, "-m", "cryoves_app", command]


def _watched(command: Sequence[str], count: int) -> tuple[float, list[int]]:
    """Seconds of the processor, and the memory at each tenth of the way; tells of what goes wrong on the way."""
    memory: list[int] = []
    cpu_s = 0.0
    done = 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as program:
        process = psutil.Process(program.pid)
        for line in program.stdout or ():
            done += json.loads(line).get("event") == "ended"
            if done * 10 // count > len(memory):
                memory.append(held_bytes(process))
                cpu_s = processor_seconds(process)
            if done < count:
                cpu_s = max(cpu_s, processor_seconds(process))
    return cpu_s, memory


if __name__ == "__main__":
    sys.exit(main())
