"""A process that edits a project until it is killed, for test_crash. What it does depends on the seed alone."""

from __future__ import annotations

import hashlib
import os
import random
from pathlib import Path

from cryoves_app.domain.project import Project
from cryoves_app.workflow.project.session import Session
from tests.workflow.edits import project, random_edit, seen


def fingerprint(now: Project) -> str:
    return hashlib.sha256(repr(seen(now)).encode()).hexdigest()[:16]


def step(session: Session, rng: random.Random) -> None:
    """One thing that a user may do."""
    choice = rng.random()
    if choice < 0.15 and session.can_undo:
        session.undo()
    elif choice < 0.25 and session.can_redo:
        session.redo()
    elif choice < 0.35:
        session.save()
    else:
        session.do(random_edit(rng, session.project))


def main(seed: int, steps: int, folder: str) -> None:
    """Edit a project in a folder, and write a line for every finished step."""
    os.environ["CRYOVES_DATA"] = str(Path(folder) / "data")
    rng = random.Random(seed)
    session = Session.create(project(seed), Path(folder) / "p.cryoves")
    with (Path(folder) / "said").open("w", buffering=1) as said:
        said.write(f"{fingerprint(session.project)}\n")
        for _ in range(steps):
            step(session, rng)
            said.write(f"{fingerprint(session.project)}\n")
    session.close()
