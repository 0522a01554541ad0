"""How this program starts itself for work that must not take it along when it fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

#: First arguments of the processes that read one weight file, and one segmentation of the EM Data Bank in HDF5.
WEIGHTS_FLAG, DEPOSIT_FLAG = "--read-weights", "--read-deposit"

_ROOT = Path(__file__).resolve().parents[2]


def own_command() -> list[str]:
    """How this program starts itself, from Python or frozen; options follow."""
    if not getattr(sys, "frozen", False):
        return [sys.executable, "-P", "-m", "cryoves_app"]  # nothing of the folder that we are in
    program = Path(sys.executable)
    # on Windows the window is a program of its own, without standard streams
    return [str(program.with_name("cryoves.exe") if sys.platform == "win32" else program)]


def own_environment(threads: int = 1) -> Mapping[str, str]:
    """The variables of a process that is this program's own."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8"}
    environment["OMP_NUM_THREADS"] = str(threads)
    if not {"site-packages", "dist-packages"} & set(_ROOT.parts):  # a checkout that is not installed
        known = os.environ.get("PYTHONPATH", "")
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(_ROOT), known]))
    return environment
