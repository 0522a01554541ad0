"""How much longer a training takes."""

from __future__ import annotations

import statistics
import time
from collections import deque
from collections.abc import Callable

#: Told from so many epochs: a resumed training may run on another machine, or a busier one.
_EPOCHS_TIMED = 5
#: Before the first epoch is over, its steps tell, once so much of it is done.
_FIRST_SHARE = 0.05


class Pace:
    """Times epochs as they go by; ``clock`` gives seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun = clock()
        self._seconds: deque[float] = deque(maxlen=_EPOCHS_TIMED)

    def begin(self) -> None:
        """An epoch begins."""
        self._begun = self._clock()

    def end(self) -> float:
        """An epoch is over; the seconds it took."""
        seconds = self._clock() - self._begun
        self._seconds.append(seconds)
        return seconds

    def left(self, epochs: float) -> str:
        """Words for the time that so many epochs still take, the rest of the present one included.

        Empty as long as nothing is known.
        """
        done = -epochs % 1
        if self._seconds:
            seconds = statistics.fmean(self._seconds)
        elif done >= _FIRST_SHARE:
            seconds = (self._clock() - self._begun) / done
        else:
            return ""
        return f", about {max(1, round(epochs * seconds / 60))} min left"
