"""A process that edits a project until it is killed. Run by test_crash; prints a line for every finished step.

Arguments: seed, number of steps, path of the project. What it does depends on the seed alone.
"""

from __future__ import annotations

import hashlib
import random
import sys

from cryoves_app.domain.project import Project
from cryoves_app.workflow.session import Session
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


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(seed: int, steps: int, home: str) -> None:
    rng = random.Random(seed)
    session = Session.create(project(seed), home)
    say(fingerprint(session.project))
    for _ in range(steps):
        step(session, rng)
        say(fingerprint(session.project))
    session.close()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
