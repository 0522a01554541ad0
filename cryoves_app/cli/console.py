"""What the command line says: results on standard output, everything else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any


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
    """Columns padded to their widest cell; numbers stand right, words left."""
    cells = [[str(c) for c in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *cells, strict=True)]
    return "\n".join(_line(line, widths) for line in [list(header), *cells])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = [c.rjust(w) if _is_number(c) else c.ljust(w) for c, w in zip(cells, widths, strict=True)]
    return "  ".join(padded).rstrip()


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or (cell[:1] == "-" and cell[1:2].isdigit())
