"""Load: ``python -m tests.load.run [--vesicles N] [--actions N] [--events N]``; a table is printed.

Many actions in one project, all undone and opened again; and a window that is used, whose memory must not grow.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.load.edits import Row, load_edits


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="A project of many actions, and a window in long use.")
    parser.add_argument("--vesicles", type=int, default=5000, metavar="N", help="in the project (5000)")
    parser.add_argument("--actions", type=int, default=100_000, metavar="N", help="in its history (100000)")
    parser.add_argument(
        "--events", type=int, default=30_000, metavar="N", help="keys and clicks (30000; 0: none)"
    )
    parser.add_argument(
        "--collect", action="store_true", help="collect all garbage of the window again and again"
    )
    parser.add_argument("--safely", action="store_true", help="wait for the disk after each action")
    args = parser.parse_args(argv)
    _say("| what | measured |")
    _say("|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CRYOVES_DATA"] = str(folder / "data")
        if args.actions:
            _tell(load_edits(folder, args.vesicles, args.actions, safely=args.safely))
        if args.events:
            from tests.load.window import load_window

            _tell(load_window(folder, args.events, collect=args.collect))
    return 0


def _tell(rows: Sequence[Row]) -> None:
    for what, measured in rows:
        _say(f"| {what} | {measured} |")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
