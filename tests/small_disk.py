"""A disk that is soon full."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A folder on a disk of so many megabytes; the test is skipped where none can be mounted."""
    folder.mkdir()
    if not sys.platform.startswith("linux") or _run(
        "mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", folder
    ):
        pytest.skip("no small disk can be mounted here")
    try:
        yield folder
    finally:
        _run("umount", "-l", folder)


def _run(*command: str | Path) -> int:
    try:
        return subprocess.run([*map(str, command)], capture_output=True, check=False).returncode
    except FileNotFoundError:
        return 1
