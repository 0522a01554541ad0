"""A save that is written in another thread, while the project is worked on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists
from cryoves_app.formats.project.project_file import write_snapshot
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.workflow.project.saving import saving_alone

#: What tells one state of a file from another; ``None`` where nothing is known of the file.
FileStamp = list[Any] | None


class PendingSave:
    """A project as it was at one moment, and where it goes.

    ``stamp`` is that of the file that was opened or saved last, and ``change_count`` how often the project had been
    written to. Whoever saves the same project meanwhile calls ``settle`` first, so that an older state never replaces a
    newer one.
    """

    def __init__(self, snapshot: bytes, home: Path, stamp: FileStamp, change_count: int) -> None:
        self.home, self.change_count = home, change_count
        self._snapshot, self._stamp = snapshot, stamp
        self._written: FileStamp = None
        self._is_dropped = False
        self._lock = threading.Lock()

    def write(self, *, even_if_changed: bool = False) -> None:
        """Bring it to its place, unless it was settled before.

        Raises
        ------
        CryoVesError
            If the place cannot be written to, or the file there is no longer the one that was opened and
            ``even_if_changed`` is not given.
        """
        with self._lock:
            if self._is_dropped:
                return
            with saving_alone():
                if not even_if_changed and self._changed_elsewhere():
                    raise CryoVesError(
                        f"{self.home} was changed by another program meanwhile; save under another name."
                    )
                write_snapshot(self._snapshot, self.home)
                self._written = list(fingerprint(self.home))

    def settle(self) -> FileStamp:
        """Wait for what is being written, or see to it that it never is; the stamp of the new file, if there is one."""
        with self._lock:
            self._is_dropped = True
            return self._written

    def _changed_elsewhere(self) -> bool:
        if not exists(self.home):
            return False
        return self._stamp is None or list(fingerprint(self.home)) != self._stamp
