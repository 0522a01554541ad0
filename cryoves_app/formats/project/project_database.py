"""The SQLite side of a project file: opening, checking, transactions, and errors as sentences."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.shortage import what_helps
from cryoves_app.formats.project import project_schema as schema
from cryoves_app.formats.project.project_bytes import copy_settled
from cryoves_app.storage.replacing import replacing

_HEADER = b"SQLite format 3\0"


#: What SQLite may do with a file: a value of 256 MB is far more than any region has, and nothing else is needed.
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1 << 28,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}


def connect(path: Path | str, *, exclusive: bool = False) -> sqlite3.Connection:
    """A connection that trusts nothing in the file's schema; each statement is on the disk when it returns.

    ``exclusive`` keeps other processes out.
    """
    # a project that is opened in the background goes to the window's thread, which alone works with it then
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.5, check_same_thread=False)
    _guard(connection)
    connection.execute("PRAGMA journal_mode = DELETE")  # another program may have left it in another
    connection.execute("PRAGMA synchronous = FULL")
    if exclusive:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def connect_to_copy(content: bytes) -> sqlite3.Connection:
    """A connection to a copy in memory of a file's content, so that an older one is brought forward without a trace."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _guard(connection)
    connection.deserialize(content)
    return connection


def _guard(connection: sqlite3.Connection) -> None:
    """Nothing that a file carries is run, and nothing in it can ask for much memory."""
    for limit, value in _LIMITS.items():
        connection.setlimit(limit, value)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")


def check_and_migrate(connection: sqlite3.Connection, path: Path) -> str:
    """Checks a file and brings it forward; the sentence that says why it can only be read, if so.

    Raises
    ------
    CryoVesError
        If it is no project.
    sqlite3.DatabaseError
        If it is damaged.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = schema.version_of(connection)
        if version is None:
            raise CryoVesError(f"{path} is no CryoVes project.")
        if (
            version <= schema.SCHEMA_VERSION
        ):  # the check of a newer one would run conditions that it may carry
            _check_pages(connection)
        if version < schema.SCHEMA_VERSION:
            schema.migrate(connection, version)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    if version > schema.SCHEMA_VERSION:
        return f"{path} was made by a newer version of CryoVes; it can be looked at but not changed."
    return ""


def _check_pages(connection: sqlite3.Connection) -> None:
    (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if state != "ok":
        raise sqlite3.DatabaseError(state)


def check_start(path: Path) -> None:
    """Whether a file begins as a database does.

    Raises
    ------
    CryoVesError
        If it does not, is a folder, or cannot be read.
    """
    with reading(path, "a CryoVes project"):
        if path.is_dir():
            raise CryoVesError(f"{path} is a folder; give a project file.")
        if not path.is_file() and path.exists():  # reading from a pipe would wait for ever
            raise CryoVesError(f"{path} is no file but a device or a pipe; give a project file.")
        with path.open("rb") as stream:
            start = stream.read(len(_HEADER))
    if start != _HEADER:
        raise CryoVesError(f"{path} is no CryoVes project.")


def copy_project(source: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """A copy of a project file that nobody has open, byte for byte but for what another program left beside it."""
    check_start(Path(source))
    with replacing(target) as temporary, explain_read_faults(Path(source)):
        copy_settled(Path(source), temporary)


@contextmanager
def transaction(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    """All that is written in the block is on the disk at its end, or nothing of it."""
    with explain_write_faults(name):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # an interrupt may come when all is written
                connection.execute("ROLLBACK")
            raise


@contextmanager
def explain_write_faults(name: str) -> Iterator[None]:
    """Turns what SQLite says while ``name`` is written into one sentence.

    Raises
    ------
    CryoVesError
        In place of any error of SQLite.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise CryoVesError(f"{name} could not be written: {error}.") from error


@contextmanager
def explain_read_faults(path: Path) -> Iterator[None]:
    """Turns whatever a damaged or foreign file causes into one sentence.

    Raises
    ------
    CryoVesError
        In place of any error of SQLite, and of what the values in it cause.
    """
    try:
        yield
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise CryoVesError(f"{path} is open in another CryoVes.") from error
        raise CryoVesError(f"{path} could not be read: {error}.") from error
    except MemoryError as error:
        raise CryoVesError(
            f"{path} could not be read: there is not enough memory for it; {what_helps()}."
        ) from error
    except (sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise CryoVesError(f"{path} is damaged: it cannot be read as a CryoVes project.") from error
