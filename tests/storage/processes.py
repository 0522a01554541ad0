"""Processes that write and are killed on the way, for the tests of what they leave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.cli.program import environment

_SCRIPT = """
import os, signal
from pathlib import Path
from cryoves_app.storage.locks import hold
from cryoves_app.storage.replacing import FolderKind, replacing, replacing_folder
from cryoves_app.storage.temporary import TemporaryFolder, local_folder
from cryoves_app.workflow.common.output_folder import complete_files, complete_folder

KIND = FolderKind("an album", ("list.txt",), ("list.txt", "*.png"))
path, left = Path({path!r}), {renames}
real = {{name: getattr(os, name) for name in ("rename", "replace")}}

def counted(name):
    def move(*args, **options):
        global left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real[name](*args, **options)
    return move

for name in real:
    setattr(os, name, counted(name))
with {manager} as new:
    {body}
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_in(manager: str, body: str, *, path: Path, renames: int) -> None:
    """Run ``with MANAGER as new: BODY`` in a process that is killed when it is about to rename so often."""
    script = _SCRIPT.format(path=str(path), renames=renames, manager=manager, body=body)
    done = subprocess.run([sys.executable, "-c", script], env=environment(), check=False, capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr


def left_alone(manager: str, body: str, *, path: Path) -> subprocess.Popen[str]:
    """A process that stands inside ``with MANAGER as new: BODY`` until it is killed."""
    script = _SCRIPT.format(
        path=str(path), renames=1 << 30, manager=manager, body=f"{body}; print('inside', flush=True); input()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "inside\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
