"""Python's cyclic garbage is collected in the window's thread only.

Python collects in whichever thread happens to allocate. A collection in a thread of the background would delete widgets
there, or leave them half gone to the window's thread, and the program crashes.
"""

from __future__ import annotations

from pyqtgraph.util.garbage_collector import GarbageCollector

INTERVAL_SECONDS = 0.5

_collector: GarbageCollector | None = None


def collect_in_this_thread() -> None:
    """From now on, and as long as the program lives; to be called in the window's thread, with an application."""
    global _collector
    if _collector is None:
        _collector = GarbageCollector(INTERVAL_SECONDS)
