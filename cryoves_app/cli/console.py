"""What the command line says: results on standard output, everything else on standard error.

Either stream may be closed, on a full disk, or read by somebody who has had enough. What is said beside the results
(``note``, ``error``) is then lost in silence, results in files (``tell``) are reported lost on the other stream, and
results that are the text itself (``say``) make the command fail.
"""

from __future__ import annotations

import errno
import io
import json
import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TextIO

from cryoves_app.domain.errors import CryoVesError

STANDARD_STREAMS = 3


class OutputLost(CryoVesError):
    """Standard output takes no more text. ``unwanted``: whoever read it has closed it."""

    def __init__(self, why: OSError) -> None:
        super().__init__(f"Standard output could not be written: {why.strerror or why}.")
        self.unwanted = isinstance(why, BrokenPipeError)


class _Channel:
    """A standard stream; the first failure ends it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lost: TextIO | None = None
        self._why: OSError | None = None
        self.is_told = False  # that it is lost

    @property
    def _stream(self) -> TextIO:
        stream: TextIO = getattr(sys, self._name)
        return stream

    def replace(self, stream: TextIO, why: OSError) -> None:
        """Use a stream that goes nowhere, since there is none."""
        setattr(sys, self._name, stream)
        self._lost, self._why = stream, why

    @property
    def failure(self) -> OSError | None:
        """Why nothing is written to it any more."""
        return self._why if self._lost is self._stream else None

    def write(self, text: str) -> OSError | None:
        """Write and flush; why that did not work, if it did not."""
        stream = self._stream
        if self.failure is None:
            try:
                stream.write(text)
                stream.flush()
            except OSError as error:
                self._lost, self._why = stream, error
                _divert(stream)
        return self.failure


_output, _errors = _Channel("stdout"), _Channel("stderr")


def open_streams() -> None:
    """Make the standard streams usable as they are, however the program was started.

    Where one is closed the null device takes its place: the next file opened would get its number, and with it
    every word meant for the stream.
    """
    for number in range(STANDARD_STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for channel, stream in ((_output, sys.stdout), (_errors, sys.stderr)):
        if stream is None:
            _send_nowhere(channel)
        elif isinstance(stream, io.TextIOWrapper):  # a terminal of few characters shows a question mark
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """A line of the result, which is nowhere else.

    Raises
    ------
    OutputLost
        If standard output does not take it.
    """
    failure = _output.write(text + "\n")
    if failure is not None:
        raise OutputLost(failure)


def tell(text: str) -> None:
    """A line about results that lie in files."""
    failure = _output.write(text + "\n")
    if failure is not None and not _output.is_told:
        _output.is_told = True
        lost = OutputLost(failure)
        if not lost.unwanted:
            note(f"{lost} The results lie in their files all the same.")


def note(text: str) -> None:
    """A line beside the result, out of the way of pipes."""
    _errors.write(text + "\n")


def error(sentence: str) -> None:
    """Why the command failed."""
    note(" ".join(sentence.split()))


def fall_silent() -> None:
    """Nothing more is of use: libraries that end without memory tell of their own troubles."""
    with suppress(OSError):
        _send_nowhere(_errors)


def say_json(value: Any) -> None:
    """The result for other programs."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


def _send_nowhere(channel: _Channel) -> None:
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open to the end
    channel.replace(nowhere, OSError(errno.EBADF, os.strerror(errno.EBADF)))


def _divert(stream: TextIO) -> None:
    """Send what a broken stream still holds to nowhere, since writing it at the program's end would fail again."""
    with suppress(OSError, ValueError):
        number = stream.fileno()
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, number)
        os.close(null)
        stream.flush()


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Columns padded to their widest cell; columns of numbers stand right, others left."""
    lines = [list(header), *([str(cell) for cell in row] for row in rows)]
    columns = [_padded(column) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(cells).rstrip() for cells in zip(*columns, strict=True))


def _padded(column: Sequence[str]) -> list[str]:
    width = max(map(len, column))
    of_numbers = len(column) > 1 and all(map(_is_number, column[1:]))
    return [cell.rjust(width) if of_numbers else cell.ljust(width) for cell in column]


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return cell in ("", "–")
    return True
