"""A process that works on a project through the same session as the window, until it is killed.

What it does depends on the seed alone, so that whoever killed it knows what must be there.
"""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

from cryoves_app.domain.project import Project
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.project.session import Session
from tests.fuzz.targets import INFO
from tests.workflow.edits import found_vesicles, project, random_edit, seen

HOME, TABLE = "p.cryoves", "table.csv"
PLACES = ("a.cryoves", "b.cryoves")


def fingerprint(now: Project) -> str:
    return hashlib.sha256(repr(seen(now)).encode()).hexdigest()[:16]


def prepare(seed: int, folder: Path) -> None:
    """A saved project, and a table of vesicles."""
    write_project(folder / HOME, project(seed))
    write_vesicles(folder / TABLE, list(found_vesicles(random.Random(seed), 40)), 2.2)


def step(kind: str, session: Session, rng: random.Random, folder: Path) -> Path | None:
    """One thing that a user may do, mostly of this kind; where the project was saved, if it was."""
    choice = rng.random()
    if kind == "undo" and choice < 0.5 and session.can_undo:
        session.undo()
    elif kind == "undo" and choice < 0.65 and session.can_redo:
        session.redo()
    elif kind == "import" and choice < 0.5:
        found = import_vesicle_file(folder / TABLE, INFO, 20.0)
        session.do(import_vesicles(session.project, found.vesicles, TABLE, found.regions))
    elif kind == "save-as" and choice < 0.5:
        place = folder / rng.choice(PLACES)
        session.save_as(place)
        return place
    else:
        session.do(random_edit(rng, session.project))
    return None


def main(kind: str, seed: int, folder: Path) -> None:
    """Work without end; after every finished step a line says how the project stands."""
    os.environ["CRYOVES_DATA"] = str(folder / "data")
    rng = random.Random(seed)
    session = Session.open(folder / HOME)
    with (folder / "said").open("w", buffering=1) as said:
        while True:
            said.write(f"{fingerprint(session.project)}\n")
            step(kind, session, rng, folder)
