"""Files that are there as long as the program needs them."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.units import bytes_in_words
from cryoves_app.formats.atomic import FORGOTTEN_S

_PREFIX = "cryoves-"


def temporary_file(kind: str) -> Path:
    """A new empty file on the local disk; those that killed programs left long ago are cleared away."""
    for old in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*.{kind}"):
        with suppress(OSError):
            if time.time() - old.stat().st_mtime > FORGOTTEN_S:
                old.unlink()
    handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=f".{kind}")
    os.close(handle)
    return Path(name)


def check_room(needed: int, what: str) -> None:
    """Refuse what does not fit into the folder for temporary files, before it is filled.

    Raises
    ------
    CryoVesError
        Which begins with ``what`` and says how much room is needed and how much there is.
    """
    folder = Path(tempfile.gettempdir())
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise CryoVesError(
            f"{what} needs {bytes_in_words(needed)} in the folder for temporary files, and the disk of {folder} has "
            f"{bytes_in_words(free)} free; make room, or set TMPDIR (on Windows TEMP) to a folder on another disk."
        )


def remove_quietly(path: Path) -> None:
    """Remove a file; what cannot be removed stays."""
    with suppress(OSError):
        path.unlink()
