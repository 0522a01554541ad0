"""Arrays that are mapped from files: which of their pages stay in memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import Any

#: Not known to Windows, whose working set shrinks by itself when memory is short.
_NOT_NEEDED = getattr(mmap, "MADV_DONTNEED", None)

#: Planes that stay in memory while a mapped array is walked through.
KEPT_PLANES = 16


def release_pages(values: Any) -> None:
    """Let the pages of an array that is mapped from a file go from this process; nothing happens to other arrays.

    What was written stays: the system has it, and writes it to the disk.
    """
    base = values
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    if base is not None and _NOT_NEEDED is not None:
        base.madvise(_NOT_NEEDED)


def released_planes(values: Any) -> Iterator[Any]:
    """The planes of an array one after the other, to be read or changed; of a mapped one a few stay in memory."""
    for k, plane in enumerate(values):
        yield plane
        if k % KEPT_PLANES == KEPT_PLANES - 1:
            release_pages(values)
    release_pages(values)
