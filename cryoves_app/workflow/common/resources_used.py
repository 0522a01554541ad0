"""What a piece of work costs: wall time, CPU time of all threads, and the process's peak memory."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    peak_memory_bytes: int


@dataclass
class Meter:
    """Starts counting when it is made."""

    _wall: float = field(default_factory=time.perf_counter)
    _cpu: float = field(default_factory=time.process_time)

    def read(self) -> Cost:
        """The cost so far; the memory is the largest that this process ever held."""
        return Cost(
            round(time.perf_counter() - self._wall, 3),
            round(time.process_time() - self._cpu, 3),
            peak_memory_bytes(),
        )


def peak_memory_bytes() -> int:
    """The largest resident memory that this process held so far."""
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    if sys.platform == "darwin":
        import resource  # not there on Windows

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return _high_water_bytes()


def _high_water_bytes() -> int:
    """Linux's own count: ``ru_maxrss`` starts at the peak of the program that started this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
