"""The program is hurt while it works: ``python -m tests.faults.run [FAULT …] [--times N] [--seed N]``.

A table is printed: fault, work, how often, and what was lost or said wrongly. The exit code is 1 if there was anything.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults import beside, edited
from tests.faults.hurts import FAULTS, Fault, hurt_often
from tests.faults.place import Place
from tests.faults.works import WORKS, Work
from tests.small_disk import small_disk

#: Room for the largest work.
_DISK_MB = 96


def hurt(fault: Fault, work: Work, times: int, seed: int) -> list[str]:
    """In a folder of its own; what was lost or said wrongly."""
    rng = random.Random(f"{fault.name} {work.name} {seed}")
    with ExitStack() as stack:
        top = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder = top / work.name
        if fault.name == "full-disk":
            stack.enter_context(small_disk(folder, _DISK_MB))
        return hurt_often(fault, work, Place(folder), times, rng)


def shares(fault: Fault, times: int) -> Iterator[tuple[Work, int]]:
    """How often each work is hurt: all together so many times."""
    works = [work for work in WORKS if work.name in fault.works]
    if fault.name != "kill":
        yield from ((work, max(1, round(times / len(works)))) for work in works)
        return
    whole = sum(work.share for work in works)
    yield from ((work, max(1, round(times * work.share / whole))) for work in works)


def main(argv: Sequence[str] | None = None) -> int:
    names = [fault.name for fault in FAULTS]
    parser = argparse.ArgumentParser(description="Hurts the program while it works.")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help=f"some of: {', '.join(names)}")
    parser.add_argument("--times", type=int, metavar="N", help="so often each, over all that it is done to")
    parser.add_argument("--work", action="append", metavar="WORK", help="only while it does this")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="other moments (0)")
    args = parser.parse_args(argv)
    if unknown := set(args.faults) - set(names):
        parser.error(f"no fault {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    _say("| fault | while it does | times | seconds | lost or said wrongly |")
    _say("|---|---|---|---|---|")
    wrong = 0
    for fault in (f for f in FAULTS if f.name in (args.faults or names)):
        wrong += _table(fault, args.times or fault.times, args.seed, args.work)
    return 1 if wrong else 0


def _table(fault: Fault, times: int, seed: int, only: Sequence[str] | None) -> int:
    wrong = 0
    edits = times * 6 // 10 if fault.name == "kill" else 0
    for work, count in shares(fault, times - edits):
        if not only or work.name in only:
            wrong += _row(fault.name, work.name, count, lambda w=work, c=count: hurt(fault, w, c, seed))
    if fault.name == "together" and (not only or "edit" in only):
        wrong += _row(fault.name, "edit", times, lambda: beside.beside_often(times, seed))
    for name in edited.KINDS if edits else ():
        if not only or name in only:
            count = max(1, edits // len(edited.KINDS))
            wrong += _row(fault.name, name, count, lambda n=name, c=count: edited.kill_often(n, c, seed))
    return wrong


def _row(fault: str, work: str, times: int, do: object) -> int:
    start = time.monotonic()
    try:
        found = do()  # type: ignore[operator]
    except pytest.skip.Exception as why:
        found = [str(why)]
    told = "; ".join(f"{what} ({n}×)" for what, n in Counter(found).items()) or "nothing"
    _say(f"| {fault} | {work} | {times} | {time.monotonic() - start:.0f} | {told} |")
    return len(found)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
