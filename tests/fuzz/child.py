"""Reads damaged files of one kind, one after the other, in a process that may die of it.

``python -m tests.fuzz.child NAME FOLDER SEED COUNT SECONDS``: the file that is being read lies in FOLDER; findings are
written to standard output as lines of JSON, at last how many files were read.
"""

from __future__ import annotations

import faulthandler
import json
import os
import random
import resource
import signal
import sys
import time
import traceback
from pathlib import Path
from types import FrameType
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from tests.fuzz.mutate import damaged
from tests.fuzz.targets import BINARY_KINDS, KINDS, PLANTED_KINDS

#: No file may be read longer; what does not even listen to the clock ends the process.
LONGEST_SECONDS, DEAF_SECONDS = 5.0, 30.0
#: Files are a megabyte at most, and may take so much memory.
MOST_BYTES = 1 << 30
CORPUS_VARIABLE = "CRYOVES_FUZZ_CORPUS"
CORPUS = Path(os.environ.get(CORPUS_VARIABLE) or Path(__file__).parents[1] / "corpus")


class Foreign(BaseException):
    """Something that reading a file must not do."""


class _Guard:
    """Refuses what no reader needs: writing elsewhere, other programs, other computers, objects from files."""

    def __init__(self, folder: Path, may_start_programs: bool) -> None:
        self._folder = str(folder)
        self._forbidden = {
            "os.system",
            "os.exec",
            "socket.connect",
            "socket.getaddrinfo",
            "pickle.find_class",
        }
        self._forbidden |= set() if may_start_programs else {"subprocess.Popen", "os.posix_spawn", "os.fork"}
        self.is_on = False

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        if not self.is_on:
            return
        if event in self._forbidden:
            raise Foreign(event)
        if event == "open" and self._is_write(*args[:3]):
            raise Foreign(f"wrote to {args[0]}")

    def _is_write(self, path: Any, mode: Any, flags: Any) -> bool:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return False
        writes = any(c in (mode or "") for c in "wax+") or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR))
        place = str(Path(os.fsdecode(path)).absolute())
        return writes and not place.startswith(self._folder) and place != os.devnull


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise Foreign(f"no answer within {LONGEST_SECONDS:g} s")


def _limit_memory() -> None:
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MOST_BYTES, resource.RLIM_INFINITY))


def main(name: str, folder: Path, seed: int, count: int, seconds: float) -> None:
    write, read = {**KINDS, **BINARY_KINDS, **PLANTED_KINDS}[name]
    path = folder / name
    write(path)
    read(path)  # libraries that are loaded when first needed are loaded now
    wholes = [path.read_bytes(), *(p.read_bytes() for p in sorted((CORPUS / name).glob("*")))]
    guard = _Guard(folder, may_start_programs=name.endswith(".h5"))
    sys.addaudithook(guard)
    signal.signal(signal.SIGALRM, _too_long)
    _limit_memory()
    rng, end, done = random.Random(seed), time.monotonic() + seconds, 0
    found: list[tuple[BaseException, bytes]] = []
    while done < count and time.monotonic() < end:
        raw = damaged(rng, wholes) if done >= len(wholes) else wholes[done]
        path.write_bytes(raw)
        faulthandler.dump_traceback_later(DEAF_SECONDS, exit=True)
        signal.setitimer(signal.ITIMER_REAL, LONGEST_SECONDS)
        guard.is_on = True
        try:
            read(path)
        except CryoVesError:
            pass
        except Foreign as error:
            found.append((error, raw))
        except Exception as error:  # noqa: BLE001 - whatever comes out besides sentences is what is looked for
            found.append((error, raw))
        finally:
            guard.is_on = False
            signal.setitimer(signal.ITIMER_REAL, 0)
        while found:
            _tell_finding(*found.pop())
        done += 1
    faulthandler.cancel_dump_traceback_later()
    _say(done=done)


def _tell_finding(error: BaseException, raw: bytes) -> None:
    where = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(f.filename).name}:{f.name}" for f in where if "cryoves_app" in f.filename]
    kind = f"{type(error).__name__} in {ours[-1] if ours else 'the library'}"
    _say(kind=kind, text=str(error)[:200], input=raw.hex())


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
