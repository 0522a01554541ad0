"""Which process computes first where several want the processors."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

import psutil

#: Of what computes in the background: the lowest priority there is, since at 10 clicks still waited a third longer.
NICENESS = 19
#: Of Linux, for what computes only where no other wants a processor. A nice process keeps it for some milliseconds when
#: another wakes, at each of the many turns that the window's threads take while a file is opened; such a one leaves at
#: once. It also reads from the disk after the others.
POLICY: int | None = getattr(os, "SCHED_IDLE", None)


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
    if sys.platform == "linux" and POLICY is not None:
        with suppress(OSError):  # it has ended, or the system forbids it
            os.sched_setscheduler(number, POLICY, os.sched_param(0))
