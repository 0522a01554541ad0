"""Kills processes that work on projects, and looks at what became of the projects."""

from __future__ import annotations

import multiprocessing
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.storage.removal import is_temporary
from cryoves_app.storage.temporary import clear_leftovers_once
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.project.working_copies import left_behind
from tests.faults import editing
from tests.workflow.edits import project, seen

KINDS = ("undo", "import", "save-as")
_MOST_STEPS = 12
_BEGIN_SECONDS = 60.0


@dataclass
class Undisturbed:
    """The same steps without a kill: how the project stood after each, and what each file held."""

    states: list[str]
    saved: dict[Path, list[str]] = field(default_factory=dict)


def kill_often(kind: str, times: int, seed: int) -> list[str]:
    """What was lost in so many kills."""
    rng = random.Random(f"{kind} {seed}")
    wrong = []
    for number in range(times):
        with tempfile.TemporaryDirectory() as name:
            wrong += kill_once(kind, 1000 * seed + number, Path(name), rng)
    return wrong


def kill_once(kind: str, seed: int, folder: Path, rng: random.Random) -> list[str]:
    """Kill a process that works on a project at any moment; what was lost."""
    if not edit_until_killed(kind, seed, folder, rng):
        return ["the process never began"]
    return judge(kind, seed, folder)


def edit_until_killed(kind: str, seed: int, folder: Path, rng: random.Random) -> bool:
    """Let a process work on a project, and kill it at any moment; whether it had begun."""
    editing.prepare(seed, folder)
    process = start_process(editing.main, kind, seed, folder)
    return _kill(process, folder / "said", rng.randint(1, _MOST_STEPS), rng.uniform(0, 0.03))


def judge(kind: str, seed: int, folder: Path) -> list[str]:
    """What is not as it must be after the kill."""
    clear_leftovers_once.cache_clear()  # as a program that is started anew
    with data_folder(folder / "data"):
        return _judge(kind, seed, folder)


def _judge(kind: str, seed: int, folder: Path) -> list[str]:
    said = (folder / "said").read_text().split("\n")[:-1]
    known = _undisturbed(kind, seed, folder, len(said))
    if said != known.states[: len(said)]:
        return ["the steps were not those of the undisturbed process"]
    possible = known.states[len(said) - 1 :]
    wrong = [w for path in (folder / editing.HOME, *known.saved) for w in _judge_file(path, known, seed)]
    wrong += _judge_copies(folder, possible, seed)
    return wrong + [f"{p.relative_to(folder)} was left" for p in folder.rglob("*") if is_temporary(p)]


def _judge_file(path: Path, known: Undisturbed, seed: int) -> list[str]:
    """Each file is absent, old or new, and can be read."""
    old = [editing.fingerprint(project(seed))] if path.name == editing.HOME else []
    if not path.exists():
        return [f"{path.name} is gone"] if old else []
    try:
        now = editing.fingerprint(read_project(path))
    except CryoVesError as error:
        return [f"{path.name}: {error}"]
    return [] if now in (*old, *known.saved.get(path, ())) else [f"{path.name} holds what never was saved"]


def _judge_copies(folder: Path, possible: list[str], seed: int) -> list[str]:
    """What was not saved is offered again, with all of its history."""
    copies = left_behind()
    if not copies:
        files = [p for p in folder.glob("*.cryoves") if editing.fingerprint(read_project(p)) in possible]
        session = Session.open(folder / editing.HOME)
        session.save_as(folder / "next.cryoves")
        session.close()
        return [] if files else ["edits are gone"]
    session = Session.recover(copies[0])
    wrong = [] if editing.fingerprint(session.project) in possible else ["more than one step is gone"]
    while session.can_undo:
        session.undo()
    if seen(session.project) != seen(project(seed)):
        wrong.append("the history does not lead back to the beginning")
    session.save_as(folder / "next.cryoves")
    session.close()
    return wrong + (["a working copy was left"] if left_behind() else [])


def _undisturbed(kind: str, seed: int, folder: Path, count: int) -> Undisturbed:
    """As many steps as were told, and the one that may have been finished besides."""
    with tempfile.TemporaryDirectory() as name, data_folder(Path(name, "data")):
        place, rng = Path(name), random.Random(seed)
        editing.prepare(seed, place)
        session = Session.open(place / editing.HOME)
        session._file._connection.execute("PRAGMA synchronous = OFF")
        known = Undisturbed([editing.fingerprint(session.project)])
        for _ in range(count):
            saved = editing.step(kind, session, rng, place)
            known.states.append(editing.fingerprint(session.project))
            if saved is not None:
                known.saved.setdefault(folder / saved.name, []).append(known.states[-1])
        session.discard()
    return known


def start_process(target: Callable[..., None], *args: object) -> BaseProcess:
    """Forked from one that has loaded everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.faults.editing"])
    process = context.Process(target=target, args=args)
    process.start()
    return process


def _kill(process: BaseProcess, said: Path, lines: int, delay: float) -> bool:
    end = time.monotonic() + _BEGIN_SECONDS
    while process.is_alive() and time.monotonic() < end and _count(said) < lines:
        time.sleep(0.001)
    time.sleep(delay)
    process.kill()
    process.join()
    return _count(said) > 0


def _count(said: Path) -> int:
    return said.read_bytes().count(b"\n") if said.exists() else 0


@contextmanager
def data_folder(path: Path) -> Iterator[None]:
    """The program's own folder is another for a while."""
    before = os.environ.get("CRYOVES_DATA")
    os.environ["CRYOVES_DATA"] = str(path)
    try:
        yield
    finally:
        os.environ.pop("CRYOVES_DATA")
        if before is not None:
            os.environ["CRYOVES_DATA"] = before
