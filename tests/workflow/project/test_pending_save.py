"""A save that is written in another thread: what it holds, and that an older state never replaces a newer one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.workflow.project.actions import review
from cryoves_app.workflow.project.session import Session
from tests.workflow.edits import project, seen


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))
    session = Session.create(project(), tmp_path / "p.cryoves")
    session.save()
    return session


def test_a_save_holds_what_there_was_when_it_began(session: Session) -> None:
    assert session.home is not None
    session.do(review.reject(session.project, [1]))
    before = session.project
    pending = session.begin_save()
    session.do(review.reject(session.project, [2]))
    writing = threading.Thread(target=pending.write)
    writing.start()
    writing.join()
    session.end_save(pending)
    assert read_project(session.home) == before
    assert not session.is_saved  # the second step is still to be saved
    session.save()
    assert session.is_saved
    assert read_project(session.home) == session.project


def test_a_save_that_was_settled_is_never_written(session: Session) -> None:
    assert session.home is not None
    session.do(review.reject(session.project, [1]))
    pending = session.begin_save()
    session.do(review.reject(session.project, [2]))
    session.end_save(pending)
    assert not session.is_saved
    session.save()
    newest = session.project
    pending.write()
    assert read_project(session.home) == newest


def test_a_save_that_failed_leaves_the_file_and_says_so(session: Session) -> None:
    assert session.home is not None
    foreign = session.home.read_bytes() + b"\0"
    session.do(review.reject(session.project, [1]))
    pending = session.begin_save()
    session.home.write_bytes(foreign)
    with pytest.raises(CryoVesError, match="changed by another program"):
        pending.write()
    session.end_save(pending)
    assert not session.is_saved
    assert session.home.read_bytes() == foreign


def test_a_snapshot_is_the_file_without_its_notes(session: Session) -> None:
    session.do(review.reject(session.project, [1]))
    copy = session.home.with_name("copy.cryoves") if session.home else Path()
    copy.write_bytes(session._file.snapshot())
    assert seen(read_project(copy)) == seen(session.project)
    opened = Session.open(copy)
    assert opened.home == copy
