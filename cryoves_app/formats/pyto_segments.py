"""The tables of connectors and tethers that Pyto writes (``*_new_connectors_good.dat`` and the like)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cryoves_app.domain.reading import read_text, reading

SEGMENT_TABLE = "a table of segments that Pyto wrote"
_COUNT = re.compile(r"#\s*Number of segments:\s*(\d+)")
_ROW = re.compile(r"\s*[1-9]")
#: Mean, standard deviation, lowest and highest stand below one title.
_DENSITIES = 4


@dataclass(frozen=True)
class PytoSegment:
    """A row: the segment's number in the label volume, and the labels of what it touches; ``None`` is not stated.

    Volume and length are in voxels.
    """

    number: int
    contacts: tuple[int, ...]
    threshold: float | None = None
    volume_px: int | None = None
    length_px: float | None = None


def read_segment_table(path: str | os.PathLike[str]) -> tuple[PytoSegment, ...]:
    """All segments of a table; none where Pyto found none.

    Raises
    ------
    CryoVesError
        If the file is missing, is another table, or has another number of rows than it says.
    """
    lines = read_text(path, SEGMENT_TABLE).splitlines()
    with reading(path, SEGMENT_TABLE):
        stated = next((int(count[1]) for line in lines if (count := _COUNT.match(line))), None)
        if stated is None:
            raise ValueError("another table")
        titles = next((line.lstrip("# ").split() for line in lines if re.match(r"#\s*Id\s", line)), [])
        columns = list(_columns(titles))
        found = tuple(_segment(line, columns) for line in lines if _ROW.match(line))
        if len(found) != stated:
            raise ValueError(f"{stated} segments are stated, {len(found)} listed")
        return found


def _columns(titles: Sequence[str]) -> Iterator[str]:
    """One name for each number of a row, up to the contacts."""
    for title in titles:
        if title == "Contacts":
            return
        yield from [title] * (_DENSITIES if title == "Density" else 1)


def _segment(line: str, columns: Sequence[str]) -> PytoSegment:
    numbers, bracket, contacts = line.partition("[")
    cells = numbers.split()
    if not bracket or len(cells) != len(columns) + 1:  # how many contacts there are stands before them
        raise ValueError("a row of another length than the header's")
    value = dict(zip(columns, map(float, cells), strict=False))
    touched = tuple(int(part) for part in contacts.rstrip().removesuffix("]").replace(",", " ").split())
    volume, length = value.get("Volume"), value.get("Length")
    return PytoSegment(
        int(cells[0]), touched, value.get("Thresh"), None if volume is None else int(volume),
        None if length is None or length < 0 else length,
    )  # fmt: skip
