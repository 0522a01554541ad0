from __future__ import annotations

import gc
import random
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.project.project_file import ProjectFile, read_project
from cryoves_app.workflow.project.actions import review, tag
from cryoves_app.workflow.project.history import History, ready_measures, ready_step, replay_actions
from tests.workflow.edits import project, random_edit, seen


def new_history(folder: Path, name: str = "h.cryoves", seed: int = 0) -> tuple[History, ProjectFile]:
    file = ProjectFile.create(folder / name, project(seed))
    return History(file), file


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), moves=st.lists(st.sampled_from("ddddur"), max_size=14))
def test_any_sequence_undone_fully_gives_the_start(tmp_path_factory, seed: int, moves: list[str]) -> None:
    folder = tmp_path_factory.getbasetemp()
    history, file = new_history(folder, "random.cryoves", seed)
    rng = random.Random(seed)
    start = history.project
    with file:
        for move in moves:
            if move == "d":
                history.do(random_edit(rng, history.project))
            elif move == "u" and history.can_undo:
                history.undo()
            elif move == "r" and history.can_redo:
                history.redo()
        now = history.project
        path = file.actions()[: sum(step.is_done for step in history.steps)]
        assert seen(replay_actions(start, path)) == seen(now)
        assert seen(History(file).project) == seen(now)
        assert History(file).steps == history.steps
        back = 0
        while history.can_undo:
            history.undo()
            back += 1
        assert seen(history.project) == seen(start)
        for _ in range(back):
            history.redo()
        assert seen(history.project) == seen(now)
    assert seen(read_project(folder / "random.cryoves")) == seen(now)


def test_list_tells_what_is_done(tmp_path: Path) -> None:
    history, file = new_history(tmp_path)
    with file:
        history.do(review.reject(history.project, [1]))
        history.do(tag.toggle_tag(history.project, [2, 3], "docked"))
        history.undo()
        assert [(s.title, s.kind, s.is_done) for s in history.steps] == [
            ("Reject vesicle 1", "reject", True),
            ("Tag “docked”: 2 vesicles", "tag", False),
        ]
        history.do(review.accept(history.project, [4]))
        assert [s.title for s in history.steps] == ["Reject vesicle 1", "Accept vesicle 4"]
        assert not history.can_redo
        with pytest.raises(CryoVesError, match="nothing to redo"):
            history.redo()
        history.undo()
        history.undo()
        with pytest.raises(CryoVesError, match="nothing to undo"):
            history.undo()


def test_action_that_changes_nothing_leaves_no_step(tmp_path: Path) -> None:
    history, file = new_history(tmp_path)
    with file:
        history.do(review.accept(history.project, [1]))
        history.do(review.accept(history.project, [1]))
        assert len(history.steps) == 1


def test_refreshed_measures_are_no_step_and_never_decide(tmp_path: Path) -> None:
    history, file = new_history(tmp_path)
    with file:
        history.do(review.reject(history.project, [1]))
        changed = history.refresh({1: {"p_value": 0.25, "status": "accepted"}, 2: {}, 99: {"p_value": 0.5}})
        assert changed == (1,)
        first = history.project.vesicles.vesicles[0]
        assert (first.p_value, first.status) == (0.25, "rejected")
        assert len(history.steps) == 1
        history.undo()
        assert history.project.vesicles.vesicles[0].status == "accepted"
        assert history.project.vesicles.vesicles[0].p_value == 0.25
        assert file.load() == history.project


def test_failing_disk_leaves_state_and_file_as_they_were(tmp_path: Path) -> None:
    history, file = new_history(tmp_path)
    with file:
        history.do(review.reject(history.project, [1]))
        before, steps = history.project, history.steps
        file._connection.execute("PRAGMA query_only = ON")
        for step in (history.undo, lambda: history.do(review.reject(history.project, [2]))):
            with pytest.raises(CryoVesError, match="could not be written"):
                step()
        assert (history.project, history.steps) == (before, steps)
        file._connection.execute("PRAGMA query_only = OFF")
        history.undo()
        assert file.load() == history.project


def test_history_with_a_gap_is_damaged(tmp_path: Path) -> None:
    history, file = new_history(tmp_path)
    with file:
        history.do(review.reject(history.project, [1]))
        file._connection.execute("UPDATE meta SET value = '7' WHERE key = 'cursor'")
        with pytest.raises(CryoVesError, match="damaged"):
            History(file)


def test_what_was_made_ready_for_another_state_is_not_taken(tmp_path: Path) -> None:
    history, file = new_history(tmp_path)
    first, second = list(history.project.vesicles)[:2]
    with file:
        step = ready_step(history.project, tag.toggle_tag(history.project, [first.id], "docked"))
        measures = ready_measures(history.project, {first.id: {"correlation": 0.5}})
        history.do(tag.toggle_tag(history.project, [second.id], "docked"))
        now = history.project
        with pytest.raises(ValueError, match="another state"):
            history.take(step)
        with pytest.raises(ValueError, match="another state"):
            history.take_measures(measures)
        assert history.project is now
        assert seen(History(file).project) == seen(now)


def test_a_step_that_is_kept_is_hardly_more_than_its_name(tmp_path: Path) -> None:
    """Thousands are: what a step changes stays in the file."""
    with ProjectFile.create(tmp_path / "p.cryoves", project(3, 40)) as file:
        file._connection.execute("PRAGMA synchronous = OFF")
        history = History(file)
        ids = [v.id for v in history.project.vesicles][:20]

        def take(count: int) -> None:
            for taken in range(count):
                action = tag.toggle_tag(history.project, [ids[taken % 20]], f"pool {taken % 3}")
                history.do(action, "Ada")

        take(240)  # from here on the same titles and tags come again
        tracemalloc.start()
        try:
            before = tracemalloc.get_traced_memory()[0]
            take(960)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
        finally:
            tracemalloc.stop()
        assert grown < 960 * 200  # with its text it was 450
        kept = history.done
        assert kept == History(file).done == file.actions()
        assert (len(kept), kept[0].person, list(kept[0].forward["vesicles"])) == (1200, "Ada", [str(ids[0])])
        assert history.kinds == [step.kind for step in kept]
