"""The SQLite side of a project file: opening, checking, transactions, and errors as sentences."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats import project_schema as schema

_HEADER = b"SQLite format 3\0"


def connect(path: Path, *, exclusive: bool = False) -> sqlite3.Connection:
    """A connection that trusts nothing in the file's schema; each statement is on the disk when it returns.

    ``exclusive`` keeps other processes out.
    """
    connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA synchronous = FULL")
    if exclusive:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
    return connection


def check_and_migrate(connection: sqlite3.Connection, path: Path) -> str:
    """Checks a file and brings it forward; the sentence that says why it can only be read, if so."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = schema.version_of(connection)
        if version is None:
            raise CryoVesError(f"{path} is no CryoVes project.")
        (state,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if state != "ok":
            raise sqlite3.DatabaseError(state)
        if version < schema.SCHEMA_VERSION:
            schema.migrate(connection, version)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    if version > schema.SCHEMA_VERSION:
        return f"{path} was made by a newer version of CryoVes; it can be looked at but not changed."
    return ""


def check_start(path: Path) -> None:
    """Whether a file begins as a database does.

    Raises
    ------
    CryoVesError
        If it does not, is a folder, or cannot be read.
    """
    if path.is_dir():
        raise CryoVesError(f"{path} is a folder; give a project file.")
    try:
        with path.open("rb") as stream:
            start = stream.read(len(_HEADER))
    except FileNotFoundError:
        raise CryoVesError(f"{path} does not exist.") from None
    except OSError as error:
        raise CryoVesError(f"{path} could not be read: {(error.strerror or str(error)).lower()}.") from error
    if start != _HEADER:
        raise CryoVesError(f"{path} is no CryoVes project.")


@contextmanager
def transaction(connection: sqlite3.Connection, name: str) -> Iterator[None]:
    """All that is written in the block is on the disk at its end, or nothing of it."""
    with explain_write_faults(name):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
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
    """Turns whatever a damaged or foreign file causes into one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise CryoVesError(f"{path} is open in another CryoVes.") from error
        raise CryoVesError(f"{path} could not be read: {error}.") from error
    except (sqlite3.Error, ValueError, TypeError, LookupError, ArithmeticError, RecursionError) as error:
        raise CryoVesError(f"{path} is damaged: it cannot be read as a CryoVes project.") from error
