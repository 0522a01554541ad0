"""What a job announced it would leave behind should its process die before the job's end."""

from __future__ import annotations

import logging
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

log = logging.getLogger(__name__)


@dataclass
class Leftovers:
    """Temporary files and folders, and folders that were made on the way to an output, innermost first."""

    scratch: list[Path] = field(default_factory=list)
    made_folders: list[Path] = field(default_factory=list)

    def remove(self) -> None:
        """Remove the temporary ones, and of the folders those that are empty; what resists stays."""
        for path in self.scratch:
            _remove(path)
        for folder in self.made_folders:
            with suppress(OSError):  # it holds results, or is gone already
                folder.rmdir()


def _remove(path: Path) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    except OSError:
        log.exception("%s could not be removed.", path)
