"""The tables of a ``.cryoves`` file, their version, and how older files are brought forward."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping

#: "CVES": how the file says whose it is.
APPLICATION_ID = 0x43564553
SCHEMA_VERSION = 1

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE vesicles (id INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE regions (place INTEGER PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE actions (
    id INTEGER PRIMARY KEY,
    parent INTEGER NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    time TEXT NOT NULL,
    forward TEXT NOT NULL,
    inverse TEXT NOT NULL
);
"""
TABLE_NAMES = frozenset({"meta", "vesicles", "regions", "actions"})

Migration = Callable[[sqlite3.Connection], None]
#: What turns a file of the version given as key into one of the next version.
MIGRATIONS: Mapping[int, Migration] = {}


def create_tables(connection: sqlite3.Connection) -> None:
    """Lays out an empty file; the caller holds the transaction."""
    for statement in filter(str.strip, _TABLES.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def version_of(connection: sqlite3.Connection) -> int | None:
    """The file's schema version, or ``None`` if it is no project or carries more than plain tables."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION_ID or version < 1 or not _holds_plain_tables(connection, int(version)):
        return None
    return int(version)


def _holds_plain_tables(connection: sqlite3.Connection, version: int) -> bool:
    """Whether a file holds the tables of its version, and nothing that would run inside our own statements."""
    entries = connection.execute("SELECT type, name, rootpage, sql FROM sqlite_master").fetchall()
    tables = {name: _words(sql) for kind, name, _, sql in entries if kind == "table"}
    carries_code = any(
        kind in ("trigger", "view") or (kind == "table" and not root) or (kind == "index" and sql)
        for kind, _, root, sql in entries  # tables without a page are virtual, indices with words are computed
    )
    if carries_code or not tables.keys() >= TABLE_NAMES:
        return False
    if version == SCHEMA_VERSION:
        return all(tables[name] == sql for name, sql in _own_tables().items())
    return not any(_has_computed_columns(connection, name) for name in TABLE_NAMES)


def _has_computed_columns(connection: sqlite3.Connection, table: str) -> bool:
    return any(row[-1] for row in connection.execute(f"PRAGMA table_xinfo({table})"))


def _own_tables() -> dict[str, str]:
    statements = [_words(text) for text in _TABLES.split(";") if text.strip()]
    return {text.split()[2]: text for text in statements}


def _words(sql: str | None) -> str:
    return " ".join((sql or "").split())


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Brings an older file to the present version, step by step; the caller holds the transaction."""
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
