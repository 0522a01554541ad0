"""What must hold after a hurt, whatever it was."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from tests.faults.place import Ended, Place, finish, start
from tests.faults.readable import why_unreadable
from tests.faults.works import Work

#: What no sentence for users may hold: a mistake of ours, the last resort, a crash, names of temporary folders.
_NO_SENTENCE = re.compile(
    r"Traceback|did not expect|” cannot be used:|signal \d|ended unexpectedly|\.cryoves-|\[Errno"
)
_GOOD_ENDS = (0, 1)

Stamp = tuple[int, int]


def visible(place: Place, work: Work) -> dict[str, Path]:
    """The files among the results that are no temporary ones, by name."""
    folder = work.folder(place)
    found = (p for p in sorted(folder.rglob("*")) if not p.is_dir())
    names = {str(p.relative_to(folder)): p for p in found}
    return {name: path for name, path in names.items() if not re.search(r"(^|/)\.cryoves-|-claim$", name)}


def remember_inputs(place: Place) -> dict[Path, bytes]:
    return {p: _digest(p) for p in sorted(place.inputs.rglob("*")) if p.is_file()}


def settle(place: Place, work: Work) -> None:
    """Take the results as they are for the earlier ones of the next hurt."""
    place.settled = {name: (_stamp(p), _digest(p)) for name, p in visible(place, work).items()}


def what_is_lost(place: Place, work: Work, inputs: dict[Path, bytes]) -> list[str]:
    """Inputs that were touched, and results that are neither absent, nor as they were, nor whole new ones."""
    lost = [f"input {p.name} was touched" for p, was in inputs.items() if not p.exists() or _digest(p) != was]
    states = {}
    for name, path in visible(place, work).items():
        if place.settled and name not in place.settled and not _is_on_the_way(name, work):
            lost.append(f"{name} is no result")
        states[name] = "old" if _is_as_it_was(place, name, path) else "new"
        if states[name] == "new" and (why := why_unreadable(path)):
            lost.append(f"{name}: {why}")
    return lost + _mixtures(states, place, work)


def what_is_left(place: Place) -> list[str]:
    """Temporary files and folders that nobody needs any more."""
    return [f"{p.relative_to(place.folder)} was left" for p in place.hidden()]


def what_was_said(ended: Ended) -> list[str]:
    """Words and exit codes that are not as documented, of a process that ended by itself."""
    wrong = [] if ended.code in _GOOD_ENDS else [f"exit code {ended.code}"]
    if found := _NO_SENTENCE.search(ended.said + ended.errors):
        wrong.append(f"said “{found.group()}”: {ended.last_words[:160]}")
    if ended.code == 1 and not re.search(r"\.\s*$", ended.said + ended.errors, re.MULTILINE):
        wrong.append(f"no sentence at the end: “{ended.last_words[:160]}”")
    return wrong


def run_again(place: Place, work: Work) -> list[str]:
    """The next run ends well, all its results stand, and nothing is left of the one that was hurt."""
    process = start(work.command(place, work.again(place)), place)
    try:
        ended = finish(process)
    except TimeoutError as error:
        return [f"the next run: {error}"]
    wrong = [f"the next run: {w}" for w in what_was_said(ended)]
    if ended.code != 0:
        wrong.append(f"the next run ended with {ended.code}: {ended.last_words[:160]}")
    there = visible(place, work)
    wrong += [
        f"the next run: {name} is missing"
        for name in place.settled
        if name not in there and not _is_on_the_way(name, work)
    ]
    wrong += [f"the next run: {n}: {why}" for n, p in there.items() if (why := why_unreadable(p))]
    return wrong + what_is_left(place)


def _mixtures(states: dict[str, str], place: Place, work: Work) -> list[str]:
    """Folders whose mark says that all belongs together, though it does not."""
    mixed = []
    for mark in (name for name in states if work.mark and Path(name).name == work.mark):
        folder = str(Path(mark).parent)
        own = {n: s for n, s in states.items() if str(Path(n).parent) == folder}
        missing = [n for n in place.settled if str(Path(n).parent) == folder and n not in own]
        if len(set(own.values())) > 1 or missing:
            mixed.append(f"{folder} holds old and new files though {work.mark} is there")
    return mixed


def _is_as_it_was(place: Place, name: str, path: Path) -> bool:
    known = place.settled.get(name)
    return known is not None and known == (_stamp(path), _digest(path))


def _is_on_the_way(name: str, work: Work) -> bool:
    return any(Path(name).match(pattern) for pattern in work.on_the_way)


def _stamp(path: Path) -> Stamp:
    known = path.stat()
    return known.st_ino, known.st_mtime_ns


def _digest(path: Path) -> bytes:
    return sha256(path.read_bytes()).digest()
