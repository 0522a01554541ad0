"""Judgements of links as steps of a project: forwards, backwards, and through the file."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.links.judgement import LinkJudgement, LinkPlace
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.project.project_file import ProjectFile, read_project
from cryoves_app.workflow.project.actions.links import judge_links
from cryoves_app.workflow.project.actions.patch import Patch
from cryoves_app.workflow.project.history import History

PROJECT = Project(TomogramReference("t.mrc", "/t.mrc", 1, "0", (9, 9, 9), 2.0))
A, B = LinkPlace(1, 2, (1.0, 2.0, 3.0)), LinkPlace(0, 7, (4.0, 5.0, 6.0))


def test_judging_again_replaces_and_nothing_takes_back() -> None:
    action = judge_links(PROJECT, [A, B], Status.REJECTED, "Ann")
    both = action.forward.apply(PROJECT)
    assert both.link_judgements == tuple(LinkJudgement(p, Status.REJECTED, "Ann") for p in (A, B))
    near = LinkPlace(1, 2, (1.0, 2.0, 5.0))
    accepted = judge_links(both, [near], Status.ACCEPTED, "Bob").forward.apply(both)
    assert [(j.place, j.status) for j in accepted.link_judgements] == [
        (B, Status.REJECTED),
        (near, Status.ACCEPTED),
    ]
    assert judge_links(accepted, [A, B], None).forward.apply(accepted).link_judgements == ()
    assert action.title == "Reject 2 links"
    assert judge_links(PROJECT, [A], Status.ACCEPTED).title == "Accept connector 1 – 2"
    assert judge_links(PROJECT, [B], None).title == "Take back the judgement of tether of vesicle 7"


def test_no_link_is_refused() -> None:
    with pytest.raises(CryoVesError, match="No link is selected"):
        judge_links(PROJECT, [], Status.REJECTED)


places = st.builds(LinkPlace, st.integers(0, 3), st.integers(4, 6), st.tuples(*[st.floats(-1e3, 1e3)] * 3))


@given(
    st.lists(
        st.tuples(
            st.lists(places, min_size=1, max_size=4),
            st.sampled_from([Status.ACCEPTED, Status.REJECTED, None]),
        ),
        max_size=4,
    )
)
def test_steps_and_their_ways_back_survive_the_file(
    steps: list[tuple[list[LinkPlace], Status | None]],
) -> None:
    project = PROJECT
    for where, status in steps:
        action = judge_links(project, where, status, "Ann")
        after = Patch.from_plain(action.forward.to_plain()).apply(project)
        assert after == action.forward.apply(project)
        assert Patch.from_plain(action.inverse.to_plain()).apply(after) == project
        project = after


def test_a_reopened_project_has_them_and_its_history(tmp_path: Path) -> None:
    path = tmp_path / "p.cryoves"
    with ProjectFile.create(path, PROJECT) as file:
        History(file).do(judge_links(PROJECT, [A], Status.REJECTED, "Ann"), "Ann")
    assert read_project(path).link_judgements == (LinkJudgement(A, Status.REJECTED, "Ann"),)
    with ProjectFile.open(path) as file:
        history = History(file)
        history.undo()
        assert history.project.link_judgements == ()
        history.redo()
        assert history.project.link_judgements == (LinkJudgement(A, Status.REJECTED, "Ann"),)


def test_a_damaged_judgement_is_a_damaged_project(tmp_path: Path) -> None:
    path = tmp_path / "p.cryoves"
    with ProjectFile.create(path, PROJECT) as file:
        file.apply_update(judge_links(PROJECT, [A], Status.REJECTED).forward.update(PROJECT))
        file._connection.execute(
            "UPDATE meta SET value = replace(value, 'rejected', 'unheard of') WHERE key = 'link_judgements'"
        )
    with pytest.raises(CryoVesError):
        read_project(path)
