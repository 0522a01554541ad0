"""Steps and measures of many vesicles, which are made ready in a thread while the window goes on."""

from __future__ import annotations

from typing import Any

from cryoves_app.domain.vesicle import Vesicle, VesicleFields
from cryoves_app.ui.base.recompute import is_everything_computed
from cryoves_app.ui.project.background_edits import MANY, BackgroundEdits
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.project.actions.add import import_vesicles

from .helpers import PATIENCE_MS, give_vesicles


def many(first_id: int) -> list[Vesicle]:
    """A lattice of small vesicles inside the sample."""
    places = [
        (60.0 + 12 * k, 60.0 + 12 * j, 60.0 + 12 * i) for k in range(6) for j in range(12) for i in range(12)
    ]
    return [Vesicle(first_id + n, *place, radius_nm=5.0) for n, place in enumerate(places)]


def titles(window: MainWindow) -> list[str]:
    session = window.parts.projects.session
    return [step.title for step in session.steps] if session else []


def test_what_is_edited_while_an_import_is_made_ready_comes_first_and_both_stay(
    open_window: MainWindow, qtbot: Any
) -> None:
    known = give_vesicles(open_window, qtbot)
    projects, document = open_window.parts.projects, open_window.workspace.document
    done: list[int] = []
    BackgroundEdits(projects).edit(
        lambda project: import_vesicles(project, many(1), "a table"),
        lambda: done.append(len(document.vesicles)),
    )
    assert len(document.vesicles) == len(known)  # the window goes on
    open_window.parts.editor.reject([known[0].id])
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE_MS)
    assert done == [len(known) + len(many(1))]
    assert [title.split()[0] for title in titles(open_window)[-2:]] == ["Reject", "Import"]
    rejected = document.vesicles.get(known[0].id)
    assert rejected is not None
    assert rejected.status == "rejected"
    projects.undo()
    projects.undo()
    assert len(document.vesicles) == len(known)


def test_measures_of_many_follow_what_was_edited_meanwhile(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    projects, document = open_window.parts.projects, open_window.workspace.document
    projects.edit(lambda project: import_vesicles(project, many(1), "a table"))
    qtbot.waitUntil(is_everything_computed, timeout=PATIENCE_MS)
    session = projects.session
    assert session is not None
    asked: list[int] = []

    def measures(now: Any) -> dict[int, VesicleFields]:
        asked.append(len(now.vesicles))
        return {v.id: {"correlation": 0.25} for v in now.vesicles}

    done: list[bool] = []
    BackgroundEdits(projects).refresh(session, measures, lambda: done.append(True))
    assert asked[0] >= MANY
    open_window.parts.editor.reject([1])
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE_MS)
    assert len(asked) >= 2, "made ready once more, for the project as the edit left it"
    assert {v.correlation for v in document.vesicles} == {0.25}
    rejected = document.vesicles.get(1)
    assert rejected is not None
    assert rejected.status == "rejected"


def test_a_step_that_cannot_be_is_told_and_changes_nothing(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    before = titles(open_window)
    told: list[str] = []
    open_window.workspace.told.connect(lambda _kind, text: told.append(text))
    BackgroundEdits(open_window.parts.projects).edit(
        lambda project: import_vesicles(project, [], "an empty table"), lambda: told.append("done")
    )
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    assert told == ["an empty table holds no vesicle."]
    assert titles(open_window) == before
