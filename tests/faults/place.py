"""A folder in which the program is hurt: inputs, results, and what the program thinks of as the user's home."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from cryoves_app.storage.removal import is_temporary
from tests.cli.program import environment

GUARD = Path(__file__).parent / "guard"
#: Nothing here takes so long; who does hangs.
PATIENCE_SECONDS = 240.0
#: A worker that is left alone gives its job some seconds.
_GRACE_SECONDS = 30.0


@dataclass(frozen=True)
class Ended:
    """How a process ended, and what it said."""

    code: int
    said: str
    errors: str

    @property
    def last_words(self) -> str:
        return self.errors.strip().splitlines()[-1] if self.errors.strip() else ""


@dataclass
class Place:
    """One folder for one work; hurts follow each other in it."""

    folder: Path
    #: How often files were changed, and how long it took, when nobody hurt it.
    changes: int = 0
    seconds: float = 1.0
    settled: dict[str, tuple[tuple[int, int], bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for part in (self.inputs, self.out, self.data, self.tmp, self.home):
            part.mkdir(parents=True, exist_ok=True)

    @property
    def inputs(self) -> Path:
        return self.folder / "inputs"

    @property
    def out(self) -> Path:
        return self.folder / "out"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def tmp(self) -> Path:
        return self.folder / "tmp"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def environment(self, fault: str = "") -> dict[str, str]:
        """The program's folders are those of this place; a fault that it meets comes with it."""
        own = {**environment(self.data), "TMPDIR": str(self.tmp), "HOME": str(self.home)}
        if not fault:
            return own
        return own | {
            "PYTHONPATH": os.pathsep.join([str(GUARD), own["PYTHONPATH"]]),
            "CRYOVES_FAULT": fault,
            "CRYOVES_FAULT_FOLDER": str(self.folder),
            "CRYOVES_FAULT_COUNTER": str(self.counter),
        }

    @property
    def counter(self) -> Path:
        """Beside the folder, not in it: it is nothing that the program left."""
        return self.folder.with_name(f"{self.folder.name}.changes")

    def fill(self, words: Sequence[str]) -> list[str]:
        """A command line whose placeholders are folders of this place."""
        return [word.format(inputs=self.inputs, out=self.out, data=self.data) for word in words]

    def hidden(self) -> list[Path]:
        """All temporary folders and claims, wherever they lie."""
        found = [p for p in self.folder.rglob("*") if is_temporary(p) or p.name.endswith(".cryoves-claim")]
        return found + [p for p in self.tmp.iterdir() if p not in found and not _is_a_try(p)]


def _is_a_try(path: Path) -> bool:
    """With which Python's ``tempfile`` finds out whether a folder can be written to; a kill may come before it goes."""
    return len(path.name) == 8 and path.is_file() and path.read_bytes() in (b"", b"blat")


def start(words: Sequence[str], place: Place, env: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """A process in a session of its own."""
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**(env if env is not None else place.environment())},
        cwd=place.home,
        start_new_session=True,
    )


def signal_group(process: subprocess.Popen[str], number: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def finish(process: subprocess.Popen[str]) -> Ended:
    """Wait for a process and for all that it started.

    Raises
    ------
    TimeoutError
        If something of it goes on running.
    """
    try:
        said, errors = process.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired as error:
        signal_group(process, signal.SIGKILL)
        process.communicate()
        raise TimeoutError(f"no end within {PATIENCE_SECONDS:g} s") from error
    gone_by = time.monotonic() + _GRACE_SECONDS
    while (left := _running(process.pid)) and time.monotonic() < gone_by:
        time.sleep(0.02)
    if left:
        signal_group(process, signal.SIGKILL)
        raise TimeoutError(f"{len(left)} processes went on without the one that started them")
    return Ended(process.returncode, said, errors)


def _running(session: int) -> list[int]:
    found = []
    for pid in psutil.pids():
        with suppress(ProcessLookupError, PermissionError, psutil.Error):
            if os.getsid(pid) == session and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
    return found
