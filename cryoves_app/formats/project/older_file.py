"""A project's file of an older version is kept when the newer program first saves over it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.reading import exists, is_file
from cryoves_app.formats.project import project_schema as schema
from cryoves_app.storage.replacing import replacing

#: Where SQLite's header keeps what ``PRAGMA user_version`` tells.
_VERSION_AT = slice(60, 64)


def keep_older(path: str | os.PathLike[str]) -> Path | None:
    """Copy a file of an older version beside itself, once; older programs cannot open what takes its place.

    Returns
    -------
    Path or None
        The copy, ``b12.cryoves.version1``; None where the file is of the present version or no project.

    Raises
    ------
    CryoVesError
        If it cannot be written.
    """
    version = _version_of_file(Path(path))
    if not 0 < version < schema.SCHEMA_VERSION:
        return None
    kept = Path(f"{os.fspath(path)}.version{version}")
    if not exists(kept):
        with replacing(kept) as temporary:
            shutil.copyfile(path, temporary)
    return kept


def _version_of_file(path: Path) -> int:
    """0 where there is none."""
    with suppress(OSError):
        if is_file(path):
            with path.open("rb") as stream:
                return int.from_bytes(stream.read(_VERSION_AT.stop)[_VERSION_AT], "big")
    return 0
