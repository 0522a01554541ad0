"""Files that are there as long as the program needs them."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.storage.temporary import TemporaryFolder, local_folder

#: The folder of each file, which is locked as long as the file is needed.
_folders: dict[Path, TemporaryFolder] = {}


def temporary_file(kind: str) -> Path:
    """A new empty file on the local disk; it goes with this process at the latest."""
    folder = local_folder()
    path = folder.path / f"cryoves.{kind}"
    path.touch(mode=0o600)
    _folders[path] = folder
    return path


def remove_temporary_file(path: Path) -> None:
    """Remove what ``temporary_file`` made; of anything else nothing is removed."""
    folder = _folders.pop(path, None)
    if folder is not None:
        folder.close()


@atexit.register
def _remove_all() -> None:
    for path in list(_folders):
        remove_temporary_file(path)


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
