"""A step costs what it changes: neither thousands of other vesicles nor thousands of earlier steps make it slow."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from cryoves_app.domain.project import Project
from cryoves_app.workflow.project.actions import reshape, review, tag
from cryoves_app.workflow.project.actions.patch import Action
from cryoves_app.workflow.project.session import Session
from tests.counting import executed
from tests.workflow.edits import EDITS, project

FEW, MANY = 40, 4000


ONE: dict[str, Callable[[Project], Action]] = {
    "accept": lambda now: review.accept(now, [7]),
    "reject": lambda now: review.reject(now, [7]),
    "check": lambda now: review.set_reviewed(now, [7]),
    "tag": lambda now: tag.toggle_tag(now, [7], "docked"),
    "move": lambda now: reshape.move(now, [7], (1.0, 2.0, 3.0)),
    "resize": lambda now: reshape.resize(now, 7, 31.0),
}


def cost(session: Session, kind: str) -> int:
    """Of one step that changes one vesicle: made, taken, undone and done again."""

    def work() -> None:
        session.do(ONE[kind](session.project))
        session.undo()
        session.redo()
        session.undo()

    work()  # what is made once for all is made
    return executed(work)


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))


@pytest.mark.parametrize("kind", ONE)
def test_other_vesicles_make_no_step_slower(kind: str) -> None:
    few, many = Session.create(project(1, FEW)), Session.create(project(1, MANY))
    assert 100 < cost(many, kind) < 1.5 * cost(few, kind)
    few.discard()
    many.discard()


def test_earlier_steps_make_no_step_slower() -> None:
    session, rng = Session.create(project(1, FEW)), random.Random(1)
    before = cost(session, "move")
    for _ in range(300):
        session.do(EDITS["tag"](rng, session.project))
    assert cost(session, "move") < 1.5 * before
    session.discard()


def test_the_list_of_steps_follows_step_by_step() -> None:
    session, rng = Session.create(project(1, FEW)), random.Random(1)

    def listed() -> None:
        session.do(ONE["move"](session.project))
        assert session.steps[-1].is_done
        session.undo()
        assert not session.steps[-1].is_done

    listed()
    before = executed(listed)
    for _ in range(300):
        session.do(EDITS["tag"](rng, session.project))
    assert executed(listed) < 1.5 * before
    session.discard()


def test_a_step_does_not_read_the_record_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session.create(project(1, FEW))
    session.set_values(run={"candidates_nm": [[1.5, 2.5, 3.5, 20.0]] * 500})
    lengths = []
    parse = json.loads
    monkeypatch.setattr(json, "loads", lambda text, **more: lengths.append(len(text)) or parse(text, **more))
    cost(session, "move")
    assert lengths
    assert max(lengths) < 2000
    session.discard()


def test_the_count_notices_what_looks_at_all_vesicles() -> None:
    few, many = project(1, FEW), project(1, MANY)
    assert executed(lambda: [v.id for v in many.vesicles]) > 50 * executed(
        lambda: [v.id for v in few.vesicles]
    )
