"""Memory of this process, and how it grows."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Sequence

import numpy as np
import psutil

MB = 1e6


def memory_mb(*, collect: bool = False) -> float:
    """What this process holds in memory, in MB; with ``collect`` after a full collection of Python's garbage.

    What was freed is handed back to the system first (glibc): else it is counted, more or less of it by chance.
    """
    if collect:
        gc.collect()
    if trim := getattr(ctypes.CDLL(None) if sys.platform == "linux" else None, "malloc_trim", None):
        trim(0)
    return float(psutil.Process().memory_info().rss) / MB


def slope_per_10_000(events: Sequence[int], megabytes: Sequence[float]) -> float:
    """By how many MB memory grows in 10 000 events: the line through the later half, when all caches are filled."""
    half = len(events) // 2
    return float(np.polyfit(events[half:], megabytes[half:], 1)[0]) * 10_000
