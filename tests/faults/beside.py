"""Two processes, as two windows, on one project at the same time: whatever each saves, nothing of either is lost."""

from __future__ import annotations

import json
import os
import random
import tempfile
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.project.project_file import open_for_reading, read_project
from cryoves_app.storage.temporary import clear_leftovers_once
from cryoves_app.workflow.project.actions.patch import Patch
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.project.working_copies import left_behind, working_folder
from tests.faults import edited, editing
from tests.workflow.edits import project, random_edit

STEPS = 8
_NAMES = ("one", "other")


def edit_beside(seed: int, folder: Path, name: str) -> None:
    """Edit and save now and then, until the end; what was saved, and how the project stood at last, is written down."""
    os.environ["CRYOVES_DATA"] = str(folder / "data")
    rng = random.Random(f"{seed} {name}")
    session = Session.open(folder / editing.HOME)
    saved = []
    for _ in range(STEPS):
        session.do(random_edit(rng, session.project))
        if rng.random() < 0.4:
            try:
                session.save()
                saved.append(editing.fingerprint(session.project))
            except CryoVesError:  # it says that another program changed the file
                pass
    told = {"saved": saved, "last": editing.fingerprint(session.project)}
    (folder / f"{name}.json").write_text(json.dumps(told), encoding="utf-8")
    session.close()


def beside_often(times: int, seed: int) -> list[str]:
    """What was lost in so many pairs of processes."""
    wrong = []
    for number in range(times):
        with tempfile.TemporaryDirectory() as name:
            wrong += beside_once(1000 * seed + number, Path(name))
    return wrong


def beside_once(seed: int, folder: Path) -> list[str]:
    """One pair."""
    editing.prepare(seed, folder)
    both = [edited.start_process(edit_beside, seed, folder, name) for name in _NAMES]
    for process in both:
        process.join()
    if any(process.exitcode for process in both):
        return [f"exit codes {[process.exitcode for process in both]}"]
    return judge_beside(seed, folder)


def judge_beside(seed: int, folder: Path) -> list[str]:
    """The file holds what one of them saved last; what is not in it is kept, offered or not."""
    clear_leftovers_once.cache_clear()
    with edited.data_folder(folder / "data"):
        left_behind()  # clears away what the project's file holds already
        told = [json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in _NAMES]
        now = editing.fingerprint(read_project(folder / editing.HOME))
        known = {state for path in (folder / editing.HOME, *_kept()) for state in _states(path)}
    lasts = [one["saved"][-1] for one in told if one["saved"]] or [editing.fingerprint(project(seed))]
    wrong = [] if now in lasts else ["the file holds what nobody saved last"]
    return wrong + ["edits of one are gone" for one in told if one["last"] not in known]


def _kept() -> list[Path]:
    return sorted(working_folder().glob("*.cryoves"))


def _states(path: Path) -> list[str]:
    """How a project stands, and how it stood after each step: one process may have begun where the other ended."""
    with open_for_reading(path) as file:
        now = file.load()
        found = [editing.fingerprint(now)]
        for action in reversed(file.actions()):
            now = Patch.from_plain(action.inverse).apply(now)
            found.append(editing.fingerprint(now))
    return found
