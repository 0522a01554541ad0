"""The real process, killed with SIGKILL while it edits, never loses more than the step in progress."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.project.project_file import ProjectFile, read_project
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.project.working_copies import left_behind
from tests.workflow.edit_process import fingerprint, step
from tests.workflow.edit_process import main as edit
from tests.workflow.edits import project, seen

STEPS = 400
#: More than it can take before it is killed.
WITHOUT_END = 10**9
#: How many processes run side by side.
TOGETHER = 4


def start(seed: int, folder: Path, steps: int = STEPS) -> BaseProcess:
    """A process of its own; where the system can, forked from one that has loaded everything already."""
    folder.mkdir()
    (folder / "said").touch()
    can_fork = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if can_fork else "spawn")
    if can_fork:
        context.set_forkserver_preload(["tests.workflow.edit_process"])
    process = context.Process(target=edit, args=(seed, steps, str(folder)))
    process.start()
    return process


def kill_at(process: BaseProcess, said: Path, lines: int, delay: float) -> None:
    """Kill it in the middle of whatever it does a moment after it has finished some steps."""
    deadline = time.monotonic() + 60
    while said.read_bytes().count(b"\n") < lines and process.is_alive() and time.monotonic() < deadline:
        time.sleep(0.002)
    time.sleep(delay)
    process.kill()
    process.join()


def hasty(session: Session) -> Session:
    """A session that will not crash needs not wait for the disk."""
    session._file._connection.execute("PRAGMA synchronous = OFF")
    return session


def expected(seed: int, count: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The fingerprints of the same steps, taken without a crash."""
    monkeypatch.setenv("CRYOVES_DATA", str(folder / "undisturbed"))
    rng = random.Random(seed)
    session = hasty(Session.create(project(seed), folder / "undisturbed.cryoves"))
    prints = [fingerprint(session.project)]
    for _ in range(count):
        step(session, rng)
        prints.append(fingerprint(session.project))
    session.discard()
    return prints


def check_recovery(seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    finished = (folder / "said").read_text().split()
    assert finished, "the process never began"
    undisturbed = expected(seed, len(finished), folder, monkeypatch)
    assert finished == undisturbed[: len(finished)]
    monkeypatch.setenv("CRYOVES_DATA", str(folder / "data"))
    home = folder / "p.cryoves"
    if home.exists():
        read_project(home)  # whole, whatever was going on
    copies = left_behind()
    if not copies:  # all of it had just been saved
        assert fingerprint(read_project(home)) in undisturbed[len(finished) - 1 :]
        return
    (copy,) = copies
    session = hasty(Session.recover(copy))
    assert fingerprint(session.project) in undisturbed[len(finished) - 1 :]
    while session.can_undo:
        session.undo()
    assert seen(session.project) == seen(project(seed))
    while session.can_redo:
        session.redo()
    session.save(even_if_changed=True)
    session.close()
    assert left_behind() == []


def kill_many(count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    rng = random.Random(seed)
    for first in range(0, count, TOGETHER):
        seeds = range(first, min(first + TOGETHER, count))
        folders = [tmp_path / str(s) for s in seeds]
        processes = [start(s, folder) for s, folder in zip(seeds, folders, strict=True)]
        for process, folder in zip(processes, folders, strict=True):
            kill_at(process, folder / "said", rng.randint(1, 25), rng.uniform(0, 0.03))
        for s, folder in zip(seeds, folders, strict=True):
            check_recovery(s, folder, monkeypatch)


def test_killed_processes_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_many(20, tmp_path, monkeypatch, 1)


@pytest.mark.long
def test_many_killed_processes_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kill_many(200, tmp_path, monkeypatch, 2)


def test_file_in_use_is_not_offered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    process = start(1, tmp_path / "a", WITHOUT_END)
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "a" / "said").read_bytes() and time.monotonic() < deadline:
            time.sleep(0.01)
        monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "a" / "data"))
        assert left_behind() == []
        (copy,) = (tmp_path / "a" / "data" / "working").glob("*.cryoves")
        with pytest.raises(CryoVesError, match="another CryoVes"):
            ProjectFile.open(copy)
    finally:
        process.kill()
        process.join()
