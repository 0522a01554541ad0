"""The only place of the program that removes anything, and it removes only what is known to be ours.

A test refuses every other way to remove files and folders. Folders with content are removed only if they
carry the name of a temporary one; what is to be replaced is moved into such a folder first.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.temporary_names import TEMPORARY_NAME

#: The file in a temporary folder that its process holds as long as it lives.
OWNER_LOCK = ".cryoves-owner"


def is_temporary(path: Path) -> bool:
    """Whether the name is that of a temporary folder of the program."""
    return TEMPORARY_NAME.fullmatch(path.name) is not None


def remove_temporary(path: Path) -> None:
    """Remove a temporary folder with all that is in it; what has another name, or resists, stays.

    The lock goes last: by it others see that the process of the rest is gone, should it be killed meanwhile, or a
    thread still be writing.
    """
    if not is_temporary(path) or path.is_symlink():
        return
    for part in _without_lock(path):
        _remove_whole(part)
    if not _without_lock(path):
        _remove_whole(path)


def _remove_whole(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        remove_file(path)


def _without_lock(folder: Path) -> list[Path]:
    try:
        return [inside for inside in folder.iterdir() if inside.name != OWNER_LOCK]
    except OSError:
        return []


def remove_file(path: Path) -> None:
    """Remove a file that the program wrote; nothing happens if it is gone, or resists."""
    with suppress(OSError):
        path.unlink()


def remove_empty(folder: Path) -> bool:
    """Remove a folder that the program made, unless something is in it by now; whether it is gone."""
    try:
        folder.rmdir()
    except OSError:
        return False
    return True
