"""Fuzzing of every reader: ``python -m tests.fuzz.run [READER …] [--minutes N] [--inputs N] [--seed N] [--guided]``.

Each reader gets damaged files in a process of its own, by default all of them, until the time or the number is
reached. Only the program's own sentences may come out. What else does is put into ``build/fuzz/READER``: a file that
shows it, and one that says what happened. The exit code is 1 if there was anything.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from tests.fuzz.child import DEAF_SECONDS
from tests.fuzz.targets import BINARY_KINDS, KINDS

ROOT = Path(__file__).parents[2]
ALL = (*BINARY_KINDS, *KINDS)


@dataclass
class Outcome:
    """How many damaged files a reader got, and what came out besides sentences, with a file for each kind."""

    done: int = 0
    findings: dict[str, tuple[str, bytes]] = field(default_factory=dict)


def fuzz(name: str, seed: int, inputs: int, seconds: float, kept: Path | None = None) -> Outcome:
    """Damaged files for one reader; a process that dies of one is a finding, and the next goes on.

    With a folder for files that reach new lines of the program, atheris changes those further.
    """
    outcome, end = Outcome(), time.monotonic() + seconds
    while outcome.done < inputs and (left := end - time.monotonic()) > 0:
        with tempfile.TemporaryDirectory() as folder:
            counts = [str(seed), str(inputs - outcome.done), f"{left:.1f}", *([str(kept)] if kept else [])]
            done = subprocess.run(
                [sys.executable, "-W", "error", "-m", "tests.fuzz.child", name, folder, *counts],
                cwd=ROOT,
                env={**os.environ, "TMPDIR": folder, "CRYOVES_DATA": str(Path(folder, "data"))},
                capture_output=True,
                text=True,
                check=False,
                timeout=left + 4 * DEAF_SECONDS,
            )
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            for line in (found for found in lines if "kind" in found):
                outcome.findings.setdefault(line["kind"], (line["text"], bytes.fromhex(line["input"])))
            outcome.done += max((line["done"] for line in lines if "done" in line), default=0)
            if done.returncode == 0:
                return outcome
            last = Path(folder, name)
            kind = f"ended with {done.returncode}"
            outcome.findings.setdefault(
                kind, (done.stderr[-2000:], last.read_bytes() if last.exists() else b"")
            )
            outcome.done, seed = outcome.done + 1, seed + 1
    return outcome


def keep(name: str, outcome: Outcome, folder: Path) -> None:
    """Put what was found into a folder."""
    for kind, (text, raw) in outcome.findings.items():
        place = folder / name / sha256(raw).hexdigest()[:12]
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(raw)
        place.with_suffix(".txt").write_text(f"{kind}\n{text}\n", encoding="utf-8")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Damaged files for every reader.")
    parser.add_argument("readers", nargs="*", metavar="READER", help=f"some of: {', '.join(ALL)}")
    parser.add_argument("--minutes", type=float, default=1.0, help="for each reader (1)")
    parser.add_argument("--inputs", type=int, default=10**9, help="at most, for each reader")
    parser.add_argument("--seed", type=int, default=0, help="other damage (0)")
    parser.add_argument("--guided", action="store_true", help="by the lines that are reached (needs atheris)")
    args = parser.parse_args(argv)
    if unknown := set(args.readers) - set(ALL):
        parser.error(f"no reader {', '.join(sorted(unknown))}; there are {', '.join(ALL)}")
    found = 0
    _say("| reader | damaged files | seconds | found |")
    _say("|---|---|---|---|")
    for name in args.readers or ALL:
        start = time.monotonic()
        kept = ROOT / "build" / "fuzz-corpus" / name if args.guided else None
        outcome = fuzz(name, args.seed, args.inputs, 60 * args.minutes, kept)
        keep(name, outcome, ROOT / "build" / "fuzz")
        found += len(outcome.findings)
        kinds = "; ".join(outcome.findings) or "nothing"
        _say(f"| {name} | {outcome.done} | {time.monotonic() - start:.0f} | {kinds} |")
    return 1 if found else 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
