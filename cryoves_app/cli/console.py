"""What the command line says: results on standard output, everything else on standard error."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def accept_any_character() -> None:
    """Let a terminal of few characters (older Windows) show a question mark instead of ending the program."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def say(text: str) -> None:
    """A line of the result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def note(text: str) -> None:
    """A line beside the result, out of the way of pipes."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def error(sentence: str) -> None:
    """Why the command failed."""
    note(" ".join(sentence.split()))


def say_json(value: Any) -> None:
    """The result for other programs."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


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
