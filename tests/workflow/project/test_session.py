from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.pools import PoolPlan, PoolRule
from cryoves_app.domain.project import Project
from cryoves_app.formats.project.project_file import ProjectFile, read_project, write_project
from cryoves_app.storage.temporary import clear_leftovers_once, temporary_folders
from cryoves_app.workflow.project.actions import review, tag
from cryoves_app.workflow.project.session import Changed, Session
from cryoves_app.workflow.project.working_copies import left_behind, working_folder
from tests.storage.processes import kill, left_alone
from tests.workflow.edits import TOMOGRAM, project, seen


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


def crash(session: Session) -> None:
    """The program is gone; the system closes its files."""
    session._file.close()


def test_edits_reach_the_projects_file_by_saving(tmp_path: Path) -> None:
    home = tmp_path / "p.cryoves"
    session = Session.create(project(), home)
    assert not session.is_saved
    assert not home.exists()
    session.save()
    assert session.is_saved
    session.do(review.reject(session.project, [1]))
    assert not session.is_saved
    assert seen(read_project(home)) == seen(project())
    session.save()
    assert read_project(home) == session.project
    session.close()
    assert list(working_folder().iterdir()) == []


def test_history_goes_on_after_closing(tmp_path: Path) -> None:
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.do(review.reject(session.project, [1]))
    session.do(tag.toggle_tag(session.project, [2], "docked"))
    session.save()
    session.close()
    again = Session.open(tmp_path / "p.cryoves")
    assert again.is_saved
    assert [s.title for s in again.steps] == ["Reject vesicle 1", "Tag “docked”: vesicle 2"]
    again.go_to(0)
    assert seen(again.project) == seen(project())
    again.go_to(2)
    assert seen(again.project) == seen(read_project(tmp_path / "p.cryoves"))
    with pytest.raises(CryoVesError, match="no such step"):
        again.go_to(3)
    again.discard()
    assert list(working_folder().iterdir()) == []


def test_listeners_hear_what_changed(tmp_path: Path) -> None:
    session = Session.create(project())
    heard: list[Changed] = []
    stop = session.subscribe(heard.append)
    session.do(review.reject(session.project, [1, 3]))
    session.do(review.reject(session.project, [1, 3]))
    session.undo()
    session.redo()
    session.refresh({2: {"p_value": 0.125}})
    session.set_values(views={"slice": 3})
    stop()
    session.undo()
    both = Changed(frozenset({1, 3}))
    assert heard == [both, both, both, Changed(frozenset({2})), Changed(settings=frozenset({"views"}))]
    assert session.project.views == {"slice": 3}
    session.discard()


def test_unsaved_edits_are_offered_after_a_crash_with_their_history(tmp_path: Path) -> None:
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.save()
    session.do(review.reject(session.project, [1]))
    session.do(review.reject(session.project, [2]))
    session.undo()
    expected = session.project
    assert left_behind() == []  # it is still open
    crash(session)
    (copy,) = left_behind()
    assert copy.home == tmp_path / "p.cryoves"
    assert copy.steps == 2
    assert copy.sentence().startswith("p.cryoves: edits up to 2")
    again = Session.recover(copy)
    assert again.project == expected
    assert again.can_redo
    again.undo()
    assert seen(again.project) == seen(project())
    again.redo()
    again.save()
    again.close()
    assert left_behind() == []
    assert seen(read_project(tmp_path / "p.cryoves")) == seen(expected)


def test_saved_copies_are_cleared_away_and_strangers_left_alone(tmp_path: Path) -> None:
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.save()
    crash(session)
    empty = Session.create(Project(TOMOGRAM))
    crash(empty)
    stranger = working_folder() / "x.cryoves"
    stranger.write_text("not ours")
    assert left_behind() == []
    assert list(working_folder().iterdir()) == [stranger]


def test_project_without_a_place_is_kept_until_it_has_one(tmp_path: Path) -> None:
    session = Session.create(project())
    with pytest.raises(CryoVesError, match="no place yet"):
        session.save()
    session.close()
    (copy,) = left_behind()
    assert copy.home is None
    assert "a.mrc" in copy.sentence()
    again = Session.recover(copy)
    again.save_as(tmp_path / "named.cryoves")
    assert again.home == tmp_path / "named.cryoves"
    assert again.is_saved
    again.close()
    assert left_behind() == []


def test_place_that_cannot_be_written_loses_nothing(tmp_path: Path) -> None:
    session = Session.create(project(), tmp_path / "gone" / "p.cryoves")
    session.do(review.reject(session.project, [1]))
    with pytest.raises(CryoVesError, match="could not be written"):
        session.save()
    session.close()
    assert len(left_behind()) == 1


def test_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    home = tmp_path / "p.cryoves"
    first = Session.create(project(), home)
    first.save()
    second = Session.open(home)
    second.do(review.reject(second.project, [2]))
    second.save()
    first.do(review.reject(first.project, [1]))
    with pytest.raises(CryoVesError, match="changed by another program"):
        first.save()
    first.save_as(tmp_path / "other.cryoves")
    first.save_as(home)
    first.do(review.reject(first.project, [3]))
    first.save()
    home.write_text("x")
    first.save(even_if_changed=True)
    assert read_project(home) == first.project
    first.close()
    second.close()


def test_newer_file_can_be_looked_at(tmp_path: Path) -> None:
    home = tmp_path / "p.cryoves"
    with ProjectFile.create(home, project()) as file:
        file._connection.execute("PRAGMA user_version = 99")
    session = Session.open(home)
    assert session.is_read_only
    assert "newer version" in session.notice
    assert session.project == project()
    with pytest.raises(CryoVesError, match="newer version"):
        session.do(review.reject(session.project, [1]))
    session.close()
    assert list(working_folder().iterdir()) == []


def test_files_that_cannot_be_opened_leave_no_copy(tmp_path: Path) -> None:
    home = tmp_path / "p.cryoves"
    home.write_text("nothing")
    with pytest.raises(CryoVesError, match=r"p\.cryoves is no CryoVes project"):
        Session.open(home)
    with ProjectFile.create(home, project()) as file:
        file._connection.execute("DELETE FROM meta WHERE key = 'run'")
    with pytest.raises(CryoVesError, match=r"p\.cryoves is damaged"):
        Session.open(home)
    with pytest.raises(CryoVesError, match="does not exist"):
        Session.open(tmp_path / "none.cryoves")
    assert not working_folder().exists() or list(working_folder().iterdir()) == []


def test_large_projects_are_stored_step_by_step(tmp_path: Path) -> None:
    session = Session.create(project(count=2000), tmp_path / "p.cryoves")
    session.do(review.reject(session.project, range(1, 2001)))
    session.do(tag.toggle_tag(session.project, [7], "docked"))
    steps = session._file.actions()
    assert len(str(steps[1].forward)) < 200
    session.undo()
    session.undo()
    assert seen(session.project) == seen(replace(project(count=2000), run={}))
    session.discard()


@pytest.mark.skipif(os.name == "nt", reason="links and modes as POSIX has them")
def test_saving_through_a_link_changes_the_file_behind_it(tmp_path: Path) -> None:
    real, link = tmp_path / "central" / "p.cryoves", tmp_path / "mine.cryoves"
    real.parent.mkdir()
    write_project(real, project())
    real.chmod(0o664)
    link.symlink_to(real)
    session = Session.open(link)
    session.do(review.reject(session.project, [1]))
    session.save()
    session.do(review.reject(session.project, [3]))
    session.save()
    assert link.is_symlink()
    assert (real.is_symlink(), real.stat().st_mode & 0o777) == (False, 0o664)
    assert seen(read_project(real)) == seen(session.project)
    assert [p.name for p in real.parent.iterdir()] == ["p.cryoves"]
    session.close()


@pytest.mark.parametrize(
    "name", ["a\0b.cryoves", "half \ud83d.cryoves", "n" * 300 + ".cryoves", "folder", "none/p"]
)
def test_a_place_that_cannot_be_is_a_sentence_and_costs_no_edit(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.save()
    session.do(review.reject(session.project, [1]))
    with pytest.raises(CryoVesError) as refusal:
        session.save_as(tmp_path / name)
    assert len(str(refusal.value).splitlines()) == 1
    assert (session.home, session.is_saved) == (tmp_path / "p.cryoves", False)
    session.save()
    assert seen(read_project(tmp_path / "p.cryoves")) == seen(session.project)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data", "folder", "p.cryoves"]
    session.close()


def test_half_written_copies_are_not_left_behind_but_cleared(tmp_path: Path) -> None:
    kill(
        left_alone(
            "replacing(path)", "new.write_text('half')", path=_made(working_folder()) / "untitled-1.cryoves"
        )
    )
    (working_folder() / "._untitled-2.cryoves").write_text("of macOS")
    assert left_behind() == []
    assert len(temporary_folders(working_folder())) == 1
    clear_leftovers_once.cache_clear()  # as in the next process
    Session.create(project()).close()
    assert temporary_folders(working_folder()) == []


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_each_step_and_judgement_keeps_its_person(tmp_path: Path) -> None:
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.do(review.accept(session.project, [1], "Ada"), "Ada")
    session.save()
    session.close()
    again = Session.open(tmp_path / "p.cryoves")
    again.do(review.reject(again.project, [1], "Ben"), "Ben")
    again.do(review.reject(again.project, [2]))
    assert [step.person for step in again.steps] == ["Ada", "Ben", ""]
    assert [str(v) for v in again.project.vesicles.vesicles[0].judgements] == [
        "Ada: accepted",
        "Ben: rejected",
    ]
    again.undo()
    again.undo()
    assert [str(v) for v in again.project.vesicles.vesicles[0].judgements] == ["Ada: accepted"]
    again.redo()
    assert again.project.vesicles.vesicles[0].is_disputed
    again.discard()


def test_files_of_before_people_had_names_are_the_same(tmp_path: Path) -> None:
    """What is written without names is what was written before there were any, so such files are read, too."""
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.do(review.reject(session.project, [1]))
    session.save()
    session.close()
    with closing(sqlite3.connect(tmp_path / "p.cryoves")) as file:
        stored = file.execute("SELECT data FROM vesicles UNION ALL SELECT forward FROM actions").fetchall()
    assert not any("judgements" in text or "person" in text for (text,) in stored)


def overtaken_copy(home: Path, *, saved: bool) -> Path:
    """A copy that a crash left, its step saved or not, and whose project's file is newer."""
    session = Session.open(home)
    session.do(review.reject(session.project, [2], "Ada"), "Ada")
    if saved:
        session._file.save_to(home)  # the crash came before the copy knew
    copy = session._file.path
    crash(session)
    return copy


def go_on_with(home: Path) -> None:
    """More work on the project, in another window."""
    session = Session.open(home)
    session.do(review.accept(session.project, [3], "Ada"), "Ada")
    session.undo()
    session.save()
    session.close()


def make_newer(home: Path, copy: Path) -> None:
    later = copy.stat().st_mtime + 60
    os.utime(home, (later, later))


def test_overtaken_copies_that_hold_nothing_of_their_own_are_cleared_away(tmp_path: Path) -> None:
    home = tmp_path / "p.cryoves"
    write_project(home, project())
    copy = overtaken_copy(home, saved=True)
    go_on_with(home)
    make_newer(home, copy)
    assert copy.exists()
    assert left_behind() == []
    assert list(working_folder().iterdir()) == []


@pytest.mark.parametrize("kind", ["step", "value"])
def test_overtaken_copies_with_work_of_their_own_stay(tmp_path: Path, kind: str) -> None:
    home = tmp_path / "p.cryoves"
    write_project(home, project())
    if kind == "value":
        session = Session.open(home)
        session.set_values(pools=PoolPlan(PoolRule.FILTER))
        copy = session._file.path
        crash(session)
    else:
        copy = overtaken_copy(home, saved=False)
    go_on_with(home)
    make_newer(home, copy)
    assert left_behind() == []
    assert copy.exists()


@pytest.mark.parametrize("saved", [False, True])
def test_a_damaged_project_has_overtaken_nothing_and_its_copy_is_offered(tmp_path: Path, saved: bool) -> None:
    home = tmp_path / "p.cryoves"
    write_project(home, project())
    copy = overtaken_copy(home, saved=saved)
    home.write_bytes(home.read_bytes()[:3000])
    make_newer(home, copy)
    (offered,) = left_behind()
    session = Session.recover(offered)
    assert [step.title for step in session.steps if step.is_done] == ["Reject vesicle 2"]
    session.save(even_if_changed=True)
    session.close()
    assert len(read_project(home).vesicles) == len(project().vesicles)
