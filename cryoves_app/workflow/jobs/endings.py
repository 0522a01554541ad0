"""Signals by which a system asks a program to end: a polite kill, or the terminal that is closed."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType

#: SIGHUP is not known to Windows, SIGBREAK only there: the console's window is closed.
ENDINGS = ("SIGTERM", "SIGHUP", "SIGBREAK")


def heed_endings(handler: Callable[[int, FrameType | None], None]) -> None:
    """Call ``handler`` for each of these signals, but for those that the program was started to ignore (nohup)."""
    for number in (getattr(signal, name) for name in ENDINGS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def note_endings() -> threading.Event:
    """Only note that the program is to end, by these signals or Ctrl-C; where it looks at the event is safe.

    For the window: an interrupt in the middle of an edit would leave half of it, and one inside Qt's bindings, which
    prepare much of themselves when it is first used, a program without a part of them.
    """
    asked = threading.Event()

    def note(number: int, frame: FrameType | None) -> None:
        asked.set()

    heed_endings(note)
    signal.signal(signal.SIGINT, note)
    return asked
