"""The bytes of a project file, as they are once everything that was written to it has arrived.

Another program that works with SQLite, or a crash, may leave a part of the content in a second file beside it.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.storage.temporary import local_folder

#: Larger ones than this are no projects; those of 5000 vesicles with a long history have some MB.
_MOST_BYTES = 1 << 31
_COMPANIONS = ("-wal", "-journal")
#: Two bytes of the header say that the file is read together with its ``-wal``.
_MODE_AT, _WITH_WAL = 18, b"\2\2"


def read_bytes(path: Path) -> bytes:
    """A whole project file, as one that needs no other beside it.

    Raises
    ------
    CryoVesError
        If it is far too large, or it or what lies beside it cannot be read.
    """
    with reading(path, "a CryoVes project"):
        _check_size(path)
        if not _needs_settling(path):
            return path.read_bytes()
        with local_folder() as folder:
            copy = folder.path / path.name
            copy_settled(path, copy)
            return copy.read_bytes()


def copy_settled(source: Path, target: Path) -> None:
    """Copies a project file that nobody has open, byte for byte where it needs no other beside it.

    Raises
    ------
    CryoVesError
        If it is far too large.
    OSError, sqlite3.Error
        If it cannot be read or written.
    """
    _check_size(source)
    shutil.copyfile(source, target)
    if not _needs_settling(source):
        return
    for ending in _COMPANIONS:
        beside = _beside(source, ending)
        if beside.is_file():
            shutil.copyfile(beside, _beside(target, ending))
    with closing(sqlite3.connect(target, isolation_level=None)) as connection:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA journal_mode = DELETE")  # takes in what lies beside
        connection.execute("PRAGMA schema_version").fetchone()


def _needs_settling(path: Path) -> bool:
    with path.open("rb") as stream:
        stream.seek(_MODE_AT)
        if stream.read(2) == _WITH_WAL:
            return True
    return any(_has_content(_beside(path, ending)) for ending in _COMPANIONS)


def _has_content(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except OSError:
        return False


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _check_size(path: Path) -> None:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise CryoVesError(f"{path} is no CryoVes project: none has {bytes_in_words(size)}.")
