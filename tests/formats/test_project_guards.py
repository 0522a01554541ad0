"""Projects that carry code, ask for memory, or were left by another program of SQLite."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project import project_schema
from cryoves_app.formats.project.project_database import copy_project, transaction
from cryoves_app.formats.project.project_file import ProjectFile, read_project
from cryoves_app.workflow.project.session import Session

PROJECT = Project(
    TomogramReference("a.mrc", "/data/a.mrc", 1234, "ab" * 32, (3, 4, 5), 2.2, "user"),
    vesicles=VesicleSet.of([Vesicle(1, 10.0, 20.0, 30.0, 20.0)]),
)
Way = Callable[[Path], Project]


def opened(path: Path) -> Project:
    with ProjectFile.open(path) as file:
        return file.load()


def copied(path: Path) -> Project:
    copy_project(path, path.with_name("copy.cryoves"))
    return opened(path.with_name("copy.cryoves"))


def in_a_session(path: Path) -> Project:
    session = Session.open(path)
    try:
        return session.project
    finally:
        session.close()


WAYS = [opened, read_project, copied, in_a_session]


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    ProjectFile.create(tmp_path / "p.cryoves", PROJECT).close()
    return tmp_path / "p.cryoves"


def change(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


RENAMED = "ALTER TABLE vesicles RENAME TO old"
WITH_COMPUTED = (
    "CREATE TABLE vesicles (id INTEGER PRIMARY KEY, data TEXT GENERATED ALWAYS AS (hex(zeroblob(1e8))))"
)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "statements",
    [
        ("ALTER TABLE vesicles ADD COLUMN more AS (hex(zeroblob(100000000)))",),
        (RENAMED, f"{WITH_COMPUTED}", "INSERT INTO vesicles (id) VALUES (1), (2), (3)"),
        (RENAMED, f"{WITH_COMPUTED[:-1]} STORED)",),
        ("ALTER TABLE vesicles ADD COLUMN more TEXT",),
        (RENAMED, "CREATE TABLE vesicles (id INTEGER PRIMARY KEY, data TEXT CHECK (length(hex(zeroblob(1e8))) > 0))"),
        ("CREATE INDEX slow ON vesicles (hex(zeroblob(length(data))))",),
        ("CREATE VIRTUAL TABLE words USING fts5 (text)",),
        ("CREATE VIRTUAL TABLE places USING rtree (id, low, high)",),
        (RENAMED, "CREATE VIEW vesicles AS SELECT id, data FROM old"),
        ("CREATE TRIGGER more AFTER INSERT ON vesicles BEGIN DELETE FROM regions; END",),
    ],
)  # fmt: skip
def test_what_carries_more_than_plain_tables_is_no_project(
    stored: Path, way: Way, statements: tuple[str, ...]
) -> None:
    try:
        change(stored, *statements)
    except sqlite3.OperationalError as error:
        pytest.skip(f"not in this SQLite: {error}")
    with pytest.raises(
        CryoVesError, match=r"p\.cryoves is no CryoVes project|copy\.cryoves is no CryoVes project"
    ):
        way(stored)


def test_a_newer_version_may_have_more_columns_but_none_that_are_computed(stored: Path) -> None:
    newer = f"PRAGMA user_version = {project_schema.SCHEMA_VERSION + 1}"
    change(stored, newer, "ALTER TABLE vesicles ADD COLUMN more TEXT")
    with ProjectFile.open(stored) as file:
        assert "made by a newer version" in file.notice
    change(stored, "ALTER TABLE vesicles ADD COLUMN bomb AS (hex(zeroblob(100000000)))")
    with pytest.raises(CryoVesError, match="is no CryoVes project"):
        read_project(stored)


def test_a_small_file_cannot_ask_for_much_memory(shared_cases: Path, tmp_path: Path) -> None:
    path = tmp_path / "bomb.cryoves"
    shutil.copyfile(shared_cases / "faults" / "memory-bomb.cryoves", path)
    for way in WAYS:
        with pytest.raises(CryoVesError, match="is no CryoVes project"):
            way(path)


def test_a_file_far_too_large_is_not_read(stored: Path) -> None:
    os.truncate(stored, 3_000_000_000)
    for way in (read_project, copied, in_a_session):
        with pytest.raises(CryoVesError, match=r"is no CryoVes project: none has 3\.0 GB"):
            way(stored)


def test_values_have_a_limit(stored: Path) -> None:
    with ProjectFile.open(stored) as file, pytest.raises(sqlite3.DataError, match="too big"):
        file._connection.execute("SELECT length(hex(zeroblob(200000000)))").fetchone()


@pytest.mark.parametrize("way", WAYS)
def test_a_project_that_another_program_left_with_its_log_is_whole_everywhere(stored: Path, way: Way) -> None:
    """The last change is only in the second file beside the project."""
    connection = sqlite3.connect(stored, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("UPDATE meta SET value = '\"seen\"' WHERE key = 'model'")
    for ending in ("", "-wal"):
        shutil.copyfile(f"{stored}{ending}", stored.with_name(f"left.cryoves{ending}"))
    connection.close()
    left = stored.with_name("left.cryoves")
    assert way(left).model == "seen"
    assert opened(left).model == "seen"


@pytest.mark.parametrize("way", WAYS)
def test_a_project_that_another_program_only_looked_at_opens_everywhere(stored: Path, way: Way) -> None:
    change(stored, "PRAGMA journal_mode = WAL")
    stored.with_name("p.cryoves-wal").unlink(missing_ok=True)
    stored.with_name("p.cryoves-shm").unlink(missing_ok=True)
    assert stored.read_bytes()[18:20] == b"\2\2"
    assert way(stored).vesicles == PROJECT.vesicles
    assert {p.name for p in stored.parent.iterdir()} <= {"p.cryoves", "copy.cryoves"}


def test_a_change_that_was_broken_off_is_taken_back_before_reading(stored: Path) -> None:
    """A crash within a transaction leaves a half-written file and the journal that mends it."""
    connection = sqlite3.connect(stored, isolation_level=None)
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("PRAGMA cache_spill = 1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE meta SET value = '\"half\"' WHERE key = 'model'")
    connection.executemany("INSERT INTO regions VALUES (?, ?)", [(k, "x" * 4000) for k in range(100)])
    left = stored.with_name("left.cryoves")
    for ending in ("", "-journal"):
        shutil.copyfile(f"{stored}{ending}", f"{left}{ending}")
    connection.execute("ROLLBACK")
    connection.close()
    assert read_project(left) == PROJECT
    assert copied(left) == PROJECT


def test_the_file_of_the_collection_opens(shared_cases: Path, tmp_path: Path) -> None:
    path = tmp_path / "wal.cryoves"
    shutil.copyfile(shared_cases / "faults" / "wal-mode.cryoves", path)
    assert read_project(path) == in_a_session(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "p.cryoves")
    for way in WAYS:
        with pytest.raises(CryoVesError, match="a device or a pipe"):
            way(tmp_path / "p.cryoves")


class _Interrupted:
    """A connection whose user presses Ctrl-C at the moment when all is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @property
    def in_transaction(self) -> bool:
        return self._connection.in_transaction

    def execute(self, sql: str) -> None:
        self._connection.execute(sql)
        if sql == "COMMIT":
            raise KeyboardInterrupt


def test_an_interrupt_when_all_is_written_stays_an_interrupt(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "p.cryoves", isolation_level=None)) as connection:
        with pytest.raises(KeyboardInterrupt), transaction(_Interrupted(connection), "p"):  # type: ignore[arg-type]
            connection.execute("CREATE TABLE t (a)")
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("t",)]
