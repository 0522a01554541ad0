"""Reads hostile files, each in a process of its own, and tells what came out.

``python -m tests.hostile.child FOLDER [NAME …]``: a line of JSON for each case, with its name, what kind of answer
there was, the sentence, the seconds that it computed, the megabytes of the file and those that it took beyond, and
what it left outside.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from tests.fuzz.child import Guard
from tests.hostile.case import Case
from tests.hostile.cases import CASES, GENTLE, PLANTED

_CPU_SECONDS, _MOST_BYTES = 20, 6 << 30


def main(folder: Path, names: list[str]) -> None:
    """The libraries are loaded by gentle files first, so that only what hostile ones take is counted."""
    for number, case in enumerate(GENTLE):
        place = folder / f"gentle-{number}"
        place.mkdir()
        case.read(case.make(place))
    for number, name in enumerate(names or CASES):
        place = folder / f"case-{number}" / "own"
        place.mkdir(parents=True)
        _say(name=name, **_outcome({**CASES, **PLANTED}[name], place))


def _outcome(case: Case, place: Path) -> dict[str, object]:
    """Of one case in a process of its own."""
    path = case.make(place)
    before = _around(place)
    ours, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.close(ours)
        with os.fdopen(theirs, "w") as answer:
            answer.write(json.dumps(_read(case, path, place)))
            answer.flush()
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as answer:
        text = answer.read()
    _, status = os.waitpid(child, 0)
    told = (
        json.loads(text) if text else {"kind": f"ended with {os.waitstatus_to_exitcode(status)}", "text": ""}
    )
    return {**told, "left": sorted(_around(place) - before)}


def _around(place: Path) -> set[str]:
    """What lies beside the case's own folder."""
    return {str(p.relative_to(place.parent)) for p in place.parent.rglob("*") if place not in (p, *p.parents)}


def _read(case: Case, path: Path, place: Path) -> dict[str, object]:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_BYTES, _MOST_BYTES))
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    guard = Guard(place.parents[1], may_start_programs=False)
    sys.addaudithook(guard)
    gc.collect()
    Path("/proc/self/clear_refs").write_text("5")  # the highest so far is forgotten
    start, before, size = time.process_time(), _highest(), _size(path)
    guard.is_on, kind, text = True, "read", ""
    try:
        case.read(path)
    except CryoVesError as error:
        kind, text = "sentence", str(error)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it is told
        kind, text = type(error).__name__, str(error)
    finally:
        guard.is_on = False
    return {
        "kind": kind, "text": text, "seconds": time.process_time() - start,
        "megabytes": (_highest() - before - size) / 1e6, "size": size / 1e6,
    }  # fmt: skip


def _highest() -> int:
    """The most memory that this process held, in bytes."""
    (line,) = [li for li in Path("/proc/self/status").read_text().splitlines() if li.startswith("VmHWM")]
    return 1024 * int(line.split()[1])


def _size(path: Path) -> int:
    """Of a file, or all files of a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(p.stat().st_size for p in files)


def _say(**values: object) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
