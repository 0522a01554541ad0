"""Arrays that are asked for again, on the disk in place of the memory."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

#: A file grows to no more than this, and to no more than this share of what is free.
MOST_BYTES, _SHARE_OF_FREE = 8 << 30, 0.125


class Spill:
    """A file without a name, gone with this object or its process, that takes arrays of 32-bit words.

    It is a help, not a need: where it has no room, or the disk fails, it takes nothing more, and the caller makes
    anew what it would have kept.

    Parameters
    ----------
    folder
        On a disk with room; ``None`` for a file that takes nothing.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._file: IO[bytes] | None = None
        self._used, self._room = 0, MOST_BYTES if folder is not None else 0

    def put(self, words: NDArray[np.uint32]) -> int | None:
        """Keep an array ``(n,)`` of any meaning; where it begins in the file, or ``None`` where it was not taken."""
        try:
            if self._file is None and self._room:
                self._open()
            return self._append(words) if self._file is not None and words.nbytes <= self._room else None
        except OSError:
            self._room = 0
            return None

    def get(self, place: int, count: int) -> NDArray[np.uint32] | None:
        """The array ``(count,)`` that was kept at a place; ``None`` where it cannot be read any more."""
        words = np.empty(count, np.uint32)
        try:
            assert self._file is not None
            self._file.seek(place)
            return words if self._file.readinto(words.data.cast("B")) == words.nbytes else None  # type: ignore[attr-defined]
        except OSError:
            return None

    def _open(self) -> None:
        assert self._folder is not None
        free = int(shutil.disk_usage(self._folder).free * _SHARE_OF_FREE)
        self._room = min(self._room, free)
        file: Any = tempfile.TemporaryFile(dir=self._folder, buffering=0)  # noqa: SIM115
        self._file = file
        weakref.finalize(self, file.close)

    def _append(self, words: NDArray[np.uint32]) -> int:
        assert self._file is not None
        place = self._used
        self._file.seek(place)
        if self._file.write(np.ascontiguousarray(words).data.cast("B")) != words.nbytes:
            raise OSError("The disk took only a part.")
        self._used += words.nbytes
        self._room -= words.nbytes
        return place
