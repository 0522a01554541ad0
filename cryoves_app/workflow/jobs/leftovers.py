"""What a job announced it would leave behind should its process die before the job's end."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryoves_app.storage.publishing import remove_or_finish
from cryoves_app.storage.removal import remove_empty


@dataclass
class Leftovers:
    """Temporary folders, and folders that were made on the way to an output, innermost first."""

    scratch: list[Path] = field(default_factory=list)
    made_folders: list[Path] = field(default_factory=list)

    def remove(self) -> None:
        """Remove the temporary ones, and of the folders those that are empty; what resists stays."""
        for path in self.scratch:
            remove_or_finish(path)
        for folder in self.made_folders:
            remove_empty(folder)
