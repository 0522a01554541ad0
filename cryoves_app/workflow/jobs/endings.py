"""Signals by which a system asks a program to end: a polite kill, or the terminal that is closed."""

from __future__ import annotations

import signal
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

#: SIGHUP is not known to Windows, SIGBREAK only there: the console's window is closed.
ENDINGS = ("SIGTERM", "SIGHUP", "SIGBREAK")


class Wish:
    """Whether the program was told to end.

    No ``Event``: a handler may interrupt this thread while it holds the lock of one, and would wait for ever.
    """

    told = False


#: It stays, although an interrupt may get lost: Python drops an exception that a handler raises while an object
#: is being deleted, as happens at each import, and some libraries catch all there are.
_WISH = Wish()


def heed_endings(handler: Callable[[int, FrameType | None], None]) -> None:
    """Call ``handler`` for each of these signals, but for those that the program was started to ignore (nohup)."""
    for number in (getattr(signal, name) for name in ENDINGS if hasattr(signal, name)):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


def interrupt_at_endings() -> None:
    """Let these signals, and Ctrl-C, interrupt the program; ``stop_if_told`` knows of interrupts that got lost."""
    _WISH.told = False
    if not isinstance(sys.unraisablehook, _SilentOfInterrupts):
        sys.unraisablehook = _SilentOfInterrupts(sys.unraisablehook)

    def interrupt(number: int, frame: FrameType | None) -> None:
        _WISH.told = True
        raise KeyboardInterrupt

    heed_endings(interrupt)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, interrupt)


@dataclass(frozen=True)
class _SilentOfInterrupts:
    """An interrupt that got lost is remembered, and of use to nobody; the rest goes to who heard it before."""

    others: Callable[[sys.UnraisableHookArgs], object]

    def __call__(self, what: sys.UnraisableHookArgs) -> None:
        if what.exc_type is not KeyboardInterrupt:
            self.others(what)


def stop_if_told() -> None:
    """Raise ``KeyboardInterrupt`` if a signal has interrupted the program, also if that got lost."""
    if _WISH.told:
        raise KeyboardInterrupt


@contextmanager
def interrupts_as_such() -> Iterator[None]:
    """Take any error after a signal for the interrupt.

    Python makes another of it while a class is being made, and libraries that catch all there is go on with halves.
    """
    try:
        yield
    except Exception as error:
        if _WISH.told:
            raise KeyboardInterrupt from error
        raise


def interrupt_no_more() -> None:
    """The work is over, and how it went is told: at a signal the program ends as it would have, at a second at once."""

    def end_at_the_next(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.SIG_DFL)

    heed_endings(end_at_the_next)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, end_at_the_next)
    # Python ends with SIGINT for its code where an interrupt went through text that it executes, as it does to make
    # each data class, until it has executed another
    namedtuple("Another", ())


def note_endings() -> Wish:
    """Only note that the program is to end, by these signals or Ctrl-C; where it looks at the wish is safe.

    For the window: an interrupt in the middle of an edit would leave half of it, and one inside Qt's bindings, which
    prepare much of themselves when it is first used, a program without a part of them.
    """

    def note(number: int, frame: FrameType | None) -> None:
        _WISH.told = True

    heed_endings(note)
    signal.signal(signal.SIGINT, note)
    return _WISH
