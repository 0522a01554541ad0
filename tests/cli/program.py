"""The program as users start it: a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def environment(data: Path | None = None) -> dict[str, str]:
    """Finds this checkout from anywhere; ``data`` takes the place of the user's data folder."""
    known = os.environ.get("PYTHONPATH", "")
    more = {"PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), known])), "PYTHONIOENCODING": "utf-8"}
    return {**os.environ, **more, **({"CRYOVES_DATA": str(data)} if data else {})}


def command(*arguments: object) -> list[str]:
    """The command line that starts the program."""
    return [sys.executable, "-m", "cryoves_app", *map(str, arguments)]


def run(
    *arguments: object, data: Path | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run the program to its end."""
    return subprocess.run(
        command(*arguments),
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(data),
        cwd=cwd,
        timeout=300,
        check=False,
    )


def run_python(script: str) -> subprocess.CompletedProcess[str]:
    """Run some code that knows this checkout, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(),
        timeout=60,
        check=False,
    )
