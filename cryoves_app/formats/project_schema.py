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
    """The file's schema version, or ``None`` if it is no project or carries more than tables."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    kinds = connection.execute("SELECT type, name FROM sqlite_master").fetchall()
    tables = {name for kind, name in kinds if kind == "table"}
    # triggers and views would run inside our own statements
    carries_code = any(kind in ("trigger", "view") for kind, _ in kinds)
    if application != APPLICATION_ID or not tables >= TABLE_NAMES or carries_code or version < 1:
        return None
    return int(version)


def migrate(connection: sqlite3.Connection, version: int) -> None:
    """Brings an older file to the present version, step by step; the caller holds the transaction."""
    for step in range(version, SCHEMA_VERSION):
        MIGRATIONS[step](connection)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
