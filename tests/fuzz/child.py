"""Reads damaged files of one kind, one after the other, in a process that may die of it.

``python -m tests.fuzz.child NAME FOLDER SEED COUNT SECONDS [KEPT]``: the file that is being read lies in FOLDER;
findings are written to standard output as lines of JSON, at last how many files were read.
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

#: No file may be read longer; what does not even listen to the clock ends the process.
LONGEST_SECONDS, DEAF_SECONDS = 5.0, 30.0
#: Files are a megabyte at most, and may take so much memory.
MOST_BYTES = 1 << 30
#: So that hardly any are forgotten where a file ends the process.
_TOLD_EVERY = 100
CORPUS_VARIABLE = "CRYOVES_FUZZ_CORPUS"
CORPUS = Path(os.environ.get(CORPUS_VARIABLE) or Path(__file__).parents[1] / "corpus")


class Foreign(BaseException):
    """Something that reading a file must not do."""


class Guard:
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


class Trial:
    """Gives files to one reader, and tells what comes out besides sentences."""

    def __init__(self, name: str, folder: Path) -> None:
        from tests.fuzz.targets import BINARY_KINDS, FORKING, KINDS, PLANTED_KINDS, SLOW

        write, self._read = {**KINDS, **BINARY_KINDS, **PLANTED_KINDS}[name]
        self._path, self.done = folder / name, 0
        self._seconds = SLOW.get(name, LONGEST_SECONDS)
        write(self._path)
        self._read(self._path)  # libraries that are loaded when first needed are loaded now
        kept = sorted((CORPUS / name).glob("*"))
        self.wholes = [self._path.read_bytes(), *(p.read_bytes() for p in kept)]
        self._guard = Guard(folder, may_start_programs=name in FORKING)
        sys.addaudithook(self._guard)
        signal.signal(signal.SIGALRM, _too_long)
        _limit_memory()

    def give(self, raw: bytes) -> None:
        """Let the reader read a file with this content."""
        self._path.write_bytes(raw)
        error = self._outcome()
        if error is not None:
            _tell_finding(error, raw)
        self.done += 1
        if self.done % _TOLD_EVERY == 0:
            _say(done=self.done)

    def _outcome(self) -> BaseException | None:
        faulthandler.dump_traceback_later(DEAF_SECONDS, exit=True)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        self._guard.is_on = True
        try:
            self._read(self._path)
        except CryoVesError:
            return None
        except (Foreign, Exception) as error:  # noqa: BLE001 - all besides sentences is what is looked for
            return error
        finally:
            self._guard.is_on = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
        return None


def main(name: str, folder: Path, seed: int, count: int, seconds: float, kept: str = "") -> None:
    """Give damaged files; with a folder of kept ones those that reach new lines are changed further."""
    end = time.monotonic() + seconds
    if kept:
        _follow_lines(name, folder, seed, count, end, Path(kept))
        return
    trial, rng = Trial(name, folder), random.Random(seed)
    while trial.done < count and time.monotonic() < end:
        is_whole = trial.done < len(trial.wholes)
        trial.give(trial.wholes[trial.done] if is_whole else damaged(rng, trial.wholes))
    _say(done=trial.done)


def _follow_lines(name: str, folder: Path, seed: int, count: int, end: float, kept: Path) -> None:
    """Let atheris change the files, guided by the lines of the program that they reach."""
    import atheris

    with atheris.instrument_imports(include=["cryoves_app"]):
        trial = Trial(name, folder)
    kept.mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(trial.wholes):
        (kept / f"whole-{number}").write_bytes(raw)
    rng = random.Random(seed)

    def give(raw: bytes) -> None:
        # every other one damaged as disks and people do it: lines alone don't lead to numbers that make no sense
        trial.give(damaged(rng, [raw, *trial.wholes]) if trial.done % 2 else raw)
        if trial.done >= count or time.monotonic() > end:
            _say(done=trial.done)
            os._exit(0)

    most = 2 * max(map(len, trial.wholes)) + 4096
    limits = ["-timeout=0", "-rss_limit_mb=0", "-verbosity=0"]
    # what it finds slow it would write into the folder in which this was started
    options = [f"-seed={seed + 1}", f"-max_len={most}", *limits, f"-artifact_prefix={folder}{os.sep}"]
    atheris.Setup([name, *options, str(kept)], give)
    atheris.Fuzz()


def _tell_finding(error: BaseException, raw: bytes) -> None:
    where = traceback.extract_tb(error.__traceback__)
    ours = [f"{Path(f.filename).name}:{f.name}" for f in where if "cryoves_app" in f.filename]
    kind = f"{type(error).__name__} in {ours[-1] if ours else 'the library'}"
    _say(kind=kind, text=str(error)[:200], input=raw.hex())


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(
        sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]), *sys.argv[6:]
    )
