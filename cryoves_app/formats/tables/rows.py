"""Plain tables as CSV: written in one way, read as spreadsheets, editors and scripts of any country leave them."""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file, read_text, reading
from cryoves_app.storage.replacing import replacing

#: First bytes of .xlsx and .ods (which are archives), and of .xls.
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_DELIMITERS = ",;\t|"
#: What lines begin with that are no rows.
_REMARK = "#"


@dataclass(frozen=True)
class Row:
    """One row by column name (in small letters), with its line; an empty cell is not there."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Rows:
    """A table as it was read: ``names`` are its columns in small letters."""

    names: tuple[str, ...]
    rows: tuple[Row, ...]
    delimiter: str = ","


def write_rows(path: str | os.PathLike[str], header: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a comma-separated table with a header; ``None`` is an empty field.

    Raises
    ------
    CryoVesError
        If the file cannot be written.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_rows(path: str | os.PathLike[str], what: str) -> Rows:
    """Reads a table with a header, whatever separates its columns; rows without content are left out.

    Raises
    ------
    CryoVesError
        If the file is missing, is no table, names a column twice, or a row has more cells than the header.
    """
    if _is_workbook(path):
        raise CryoVesError(f"{path} is a workbook of a spreadsheet program; save its sheet as CSV there.")
    text = read_text(path, what)
    if not text.strip():
        raise CryoVesError(f"{path} is empty.")
    with reading(path, what):
        try:
            return _parsed(text, str(path))
        except csv.Error as error:
            raise CryoVesError(f"{path} could not be read as {what}: {error}.") from error


def _is_workbook(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one of Excel's or LibreOffice's own, under whatever name."""
    with suppress(OSError, ValueError):
        if is_file(path):
            with Path(path).open("rb") as stream:
                return stream.read(4) in _WORKBOOKS
    return False


def _parsed(text: str, path: str) -> Rows:
    stated, text, skipped = _without_declaration(text)
    text = _without_remarks(text)
    header = next(line for line in text.splitlines() if line.strip())
    delimiter = stated or _delimiter_of(header)
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, strict=True, skipinitialspace=delimiter != "\t"
    )
    lines = [
        (reader.line_num + skipped, [c.strip() for c in cells])
        for cells in reader
        if any(map(str.strip, cells)) and not cells[0].startswith(_REMARK)
    ]
    if not lines:
        raise CryoVesError(f"{path} holds remarks and no table.")
    names = tuple(name.lower() for name in lines[0][1])
    _check_distinct(names, path)
    return Rows(names, tuple(_row(line, names, cells, path) for line, cells in lines[1:]), delimiter)


def _without_declaration(text: str) -> tuple[str, str, int]:
    """Excel's first line ``sep=;``: the mark that it names, the text after it, and how many lines it took."""
    first, _, rest = text.partition("\n")
    declared = first.strip('\r"')
    if declared.lower().startswith("sep=") and len(declared) == 5:
        return declared[-1], rest, 1
    return "", text, 0


def _delimiter_of(line: str) -> str:
    return max(_DELIMITERS, key=lambda mark: len(_cells(line, mark)))


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter))


def _without_remarks(text: str) -> str:
    """A table without the remarks above it, whose lines stay empty; a remark that names the columns is their header."""
    lines = text.splitlines(keepends=True)
    first = next((n for n, line in enumerate(lines) if _is_content(line)), 0)
    above = [n for n in range(first) if lines[n].strip()]
    if not above:
        return text
    names = lines[above[-1]].replace(_REMARK, "", 1).lstrip()
    top = ["\n"] * first
    if _names_columns(names, lines[first]):
        top[above[-1]] = names
    return "".join([*top, *lines[first:]])


def _is_content(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith(_REMARK)


def _names_columns(names: str, row: str) -> bool:
    """Whether a line has as many cells as the row below it, and that row holds numbers."""
    delimiter = _delimiter_of(row)
    cells = _cells(row, delimiter)
    is_row = any(cell.strip()[:1].isdigit() for cell in cells)
    return is_row and 1 < len(cells) == len(_cells(names, delimiter))


def _check_distinct(names: Sequence[str], path: str) -> None:
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise CryoVesError(f"{path} has two columns “{twice[0]}”; leave one of them.")


def _row(line: int, names: Sequence[str], cells: Sequence[str], path: str) -> Row:
    if any(cells[len(names) :]):
        raise CryoVesError(
            f"{path}, line {line}: there are more values than columns; are there decimal commas in it?"
        )
    known = {name: cell for name, cell in zip(names, cells, strict=False) if name}
    return Row(line, {name: cell for name, cell in known.items() if cell})
