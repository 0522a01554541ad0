"""Files of others that are read in a process of their own.

HDF5 is read by libhdf5, which a few wrong bytes can keep busy for ever or bring down; in C, where neither a limit of
time nor a signal reaches it. So it is read where it can be stopped, with limits of time and memory.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.program import own_command, own_environment
from cryoves_app.domain.shortage import is_tight, what_helps, why_died

#: Reading takes well under a second; a slow disk and a busy computer are allowed for.
LIMIT_SECONDS = 60.0
#: As long as it may compute: one or two seconds go into libraries, the rest into unpacking.
_CPU_SECONDS, _CPU_BYTES_PER_SECOND = 8, 5e6
_LIMIT_BYTES = 4 << 30
#: How the process ends that computes longer than it may.
_TOO_LONG = -getattr(signal, "SIGXCPU", 0) or None
#: How it ends where the system takes its memory back.
_KILLED = -getattr(signal, "SIGKILL", 0) or None


def read_apart(flag: str, path: Path, what: str) -> bytes:
    """What this program, started with a flag, writes of a file; ``what`` of the file it reads, as sentences call it.

    Raises
    ------
    CryoVesError
        If it comes to no end, or to none of its own.
    """
    endless = f"“{path.name}” is damaged: reading {what} comes to no end."
    try:
        done = subprocess.run(
            [*own_command(), flag, str(path.absolute())],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT_SECONDS,
            env=own_environment(),
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CryoVesError(endless) from error
    except OSError as error:
        raise CryoVesError(f"No process could be started to read “{path.name}”: {error.strerror}.") from error
    if done.returncode == _TOO_LONG:
        raise CryoVesError(endless)
    if done.returncode != 0:
        _refuse_shortage(done, path)
        raise CryoVesError(f"“{path.name}” is damaged: reading {what} comes to no good end.")
    return done.stdout


def _refuse_shortage(done: subprocess.CompletedProcess[bytes], path: Path) -> None:
    """Where libraries may not fit, a process that ended without an answer says nothing of the file.

    Nor does one that the system killed: what the file makes it hold is limited (``_LIMIT_BYTES``), and told otherwise.
    """
    if done.returncode == _KILLED:
        raise CryoVesError(
            f"The process that read “{path.name}” was killed by the system, most likely because memory ran out; "
            "close other programs, or ask for more memory where a queue or a container limits it."
        )
    if is_tight() and why_died(done.returncode, done.stderr.decode(errors="replace").splitlines()):
        raise CryoVesError(f"“{path.name}” could not be read for want of memory; {what_helps()}.")


def serve_apart(path: Path, answer_for: Callable[[Path], bytes]) -> int:
    """The other process: write the answer to standard output, within limits; its exit code."""
    answer = _private_stdout()
    _limit_itself(path)
    answer.write(answer_for(path))
    answer.close()
    return 0


def _private_stdout() -> io.BufferedWriter:
    """The real standard output; what libraries print goes to standard error."""
    own = os.dup(1)
    os.dup2(2, 1)
    return os.fdopen(own, "wb")


def _limit_itself(path: Path) -> None:
    """Hold even where whoever started this process is gone."""
    if sys.platform == "win32":
        return
    import resource

    size = path.stat().st_size if path.is_file() else 0
    seconds = _CPU_SECONDS + round(size / _CPU_BYTES_PER_SECOND)
    for kind, most, at_last in (
        (resource.RLIMIT_CPU, seconds, seconds + 1),
        (resource.RLIMIT_AS, _LIMIT_BYTES, _LIMIT_BYTES),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        with suppress(OSError, ValueError):  # a lower limit holds already, or the system knows none
            resource.setrlimit(kind, (most, at_last))
