"""The text of STAR files: blocks of names and values, which stay texts.

The libraries there are do not fit: starfile makes the number 12 of a tomogram named 0012 and breaks names with
quotes, and gemmi's CIF grammar refuses what RELION 5 itself writes (``[1,1,1]``).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

_PLAIN = re.compile(r"\S+")
#: A value in quotes ends before white space only.
_ENDS = {mark: re.compile(rf"{mark}(?=\s|$)") for mark in "\"'"}
_NEEDS_QUOTES = re.compile(r"""\s|^$|^[_#"';\[\]$]|^(data_|loop_|save_|stop_|global_)""", re.IGNORECASE)


@dataclass
class StarBlock:
    """A data block: its columns, without the leading ``_``, and its values, row by row."""

    name: str
    columns: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows by column name; one row where there is no loop.

        Raises
        ------
        ValueError
            If a row is cut short, or values stand where there are no columns.
        """
        width = len(self.columns)
        if len(self.values) % width if width else self.values:
            raise ValueError("a row without all its values")
        starts = range(0, len(self.values), width) if width else ()
        return [dict(zip(self.columns, self.values[at : at + width], strict=True)) for at in starts]


def parse_star(text: str) -> list[StarBlock]:
    """The blocks of a STAR file in their order; values keep every character.

    Raises
    ------
    ValueError
        If something stands outside of blocks.
    """
    blocks: list[StarBlock] = []
    for words, is_plain in _lines(text):
        alone = words[0].lower() if is_plain and len(words) == 1 else ""
        if alone.startswith("data_"):
            blocks.append(StarBlock(words[0][5:]))
        elif not blocks:
            raise ValueError("something outside of a block")
        elif is_plain and len(words) < 3 and words[0].startswith("_"):
            blocks[-1].columns.append(words[0][1:])
            blocks[-1].values += words[1:]
        elif alone != "loop_":
            blocks[-1].values += words
    return blocks


def star_text(name: str, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """One block with a loop. Values hold neither line ends nor both kinds of quotes before white space."""
    head = ["", f"data_{name}", "", "loop_", *(f"_{column} #{n}" for n, column in enumerate(columns, 1))]
    return "\n".join([*head, *("\t".join(map(_quoted, row)) for row in rows), "", ""])


def _lines(text: str) -> Iterator[tuple[list[str], bool]]:
    """The words of each line that has some, and whether the first one stands there without quotes."""
    for line in text.splitlines():
        found = list(_words(line))
        if found:
            yield [word for word, _ in found], found[0][1]


def _words(line: str) -> Iterator[tuple[str, bool]]:
    """The words of a line up to its comment, and whether they stand there without quotes."""
    at, endless = 0, ""  # of a mark that ends nowhere behind one place none ends behind a later one
    while start := _PLAIN.search(line, at):
        mark = start[0][0]
        if mark == "#":
            return
        end = _ENDS[mark].search(line, start.start() + 1) if mark in _ENDS and mark not in endless else None
        if end is not None:
            yield line[start.start() + 1 : end.start()], False
        else:
            endless += mark if mark in _ENDS else ""
            yield start[0], True
        at = (end or start).end()


def _quoted(value: str) -> str:
    if not _NEEDS_QUOTES.search(value):
        return value
    mark = "'" if re.search(r'"(\s|$)', value) else '"'
    return f"{mark}{value}{mark}"
