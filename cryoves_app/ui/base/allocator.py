"""Memory of large arrays goes back to the system as soon as they do."""

from __future__ import annotations

import ctypes
import sys

#: ``M_MMAP_THRESHOLD`` of the C library's ``mallopt``.
_MMAP_THRESHOLD = -3
_LARGE_BYTES = 1 << 20


def return_large_memory() -> bool:
    """Have arrays of a megabyte lie outside the heap; whether the C library can do that (GNU's can).

    By itself it moves them into its heap soon, where small things that live longer keep slices, averages and their
    kind from being given back: after some time in a window, memory for several tomograms.
    """
    setting = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    return setting is not None and bool(setting(_MMAP_THRESHOLD, _LARGE_BYTES))
