"""Which process computes first where several want the processors."""

from __future__ import annotations

import sys
from contextlib import suppress

import psutil

#: Of what computes in the background: the lowest priority there is, since at 10 clicks still waited a third longer.
NICENESS = 19


def give_way(number: int) -> None:
    """Let the window, and what is computed for it, go before a process.

    Before its first job: on Linux threads have the priority of the one that began them.
    """
    with suppress(psutil.Error):  # a system that allows none: it competes then
        process = psutil.Process(number)
        if sys.platform == "win32":
            process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS)
        else:
            process.nice(max(process.nice(), NICENESS))
