"""Numbers and truth values as spreadsheets of any country write them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

_DIGITS = r"[+-]?\d{1,3}"
_GROUPED = {
    ",": re.compile(rf"{_DIGITS}(,\d{{3}})+(\.\d*)?$"),
    ".": re.compile(rf"{_DIGITS}(\.\d{{3}})+(,\d*)?$"),
}
_BLANKS_GROUP = re.compile(r"[+-]?\d{1,3}( \d{3})+([.,]\d*)?$")
#: Spaces that group digits, and the minus of typography.
_CLEANED = str.maketrans(
    {"\u00a0": None, "\u202f": None, "\u2009": None, "'": None, "’": None, "\u2212": "-"}
)
#: What programs write where they know nothing.
_UNKNOWN = frozenset({"", "-", "–", "na", "n/a", "#n/a", "#nv", "nan", "none", "null", "<na>"})

_TRUE = (
    "true 1 yes wahr ja vrai oui verdadero sí si vero sì verdadeiro sim waar prawda tak pravda ano sant sand sann "
    "tosi igaz истина да істина так doğru evet adevărat αληθές αληθησ resnično tõene 真"
)
_FALSE = (
    "false 0 no falsch nein faux non falso não nao onwaar nee fałsz nie nepravda ne falskt nej falsk usann nei "
    "epätosi hamis ложь нет хибність ні yanlış hayır fals ψευδές ψευδησ neresnično väär 偽 假"
)


class AmbiguousNumber(ValueError):
    """A number such as ``1,234`` in a file that does not show what its comma is."""


def _folded(word: str) -> str:
    """A word without regard to case, also that of the Turkish i."""
    return word.strip().casefold().replace("ı", "i").replace("\u0307", "")


_TRUTH = {_folded(w): True for w in _TRUE.split()} | {_folded(w): False for w in _FALSE.split()}


@dataclass(frozen=True)
class Numerals:
    """How a file writes numbers: ``mark`` is its decimal mark where that shows, ``default`` where it does not.

    A number such as ``1,234`` says nothing by itself. ``default`` is ``None`` where both are as likely.
    """

    mark: str | None = "."
    default: str | None = "."

    @classmethod
    def of(cls, cells: Iterable[str], delimiter: str = ",") -> Numerals:
        """Learn from the numbers of a table whose columns are separated by ``delimiter``."""
        marks = {mark for cell in cells if (mark := _mark_shown(_clean(cell))) is not None}
        default = None if delimiter == "," else ","
        return cls(marks.pop() if len(marks) == 1 else None, default)

    def number(self, text: str) -> float:
        """The number that a cell holds.

        Raises
        ------
        ValueError
            If it is none, or not finite.
        AmbiguousNumber
            If it can be read in two ways.
        """
        cleaned = _clean(text)
        mark = _mark_shown(cleaned) or self.mark or ("." if "," not in cleaned else self.default)
        if mark is None:
            raise AmbiguousNumber(text)
        other = "," if mark == "." else "."
        if "_" in cleaned or (other in cleaned and not _GROUPED[other].match(cleaned)):
            raise ValueError(text)
        value = float(cleaned.replace(other, "").replace(mark, "."))
        if not math.isfinite(value):
            raise ValueError(text)
        return value

    def whole(self, text: str) -> int:
        """The whole number that a cell holds, also where a program made ``1.0`` of it.

        Raises
        ------
        ValueError
            If it is none.
        """
        cleaned = _clean(text)
        if len(cleaned) < 20 and re.fullmatch(r"[+-]?\d+", cleaned, re.ASCII):
            return int(cleaned)
        value = self.number(text)
        if not value.is_integer() or abs(value) >= 2**63:
            raise ValueError(text)
        return int(value)


def truth(text: str) -> bool:
    """The truth value in any language in which Excel writes it.

    Raises
    ------
    ValueError
        If the word is not known.
    """
    try:
        return _TRUTH[_folded(text)]
    except KeyError:
        raise ValueError(text) from None


def is_unknown(text: str) -> bool:
    """Whether a cell for a number says that nothing is known."""
    return text.strip().casefold() in _UNKNOWN


def _clean(text: str) -> str:
    cleaned = text.strip().translate(_CLEANED)
    return cleaned.replace(" ", "") if _BLANKS_GROUP.match(cleaned) else cleaned


def _mark_shown(text: str) -> str | None:
    """The decimal mark, where a number cannot be read in another way."""
    counts = {mark: text.count(mark) for mark in ",."}
    if all(counts.values()):
        return max(",.", key=text.rfind)
    if not any(counts.values()):
        return None
    mark, other = (",", ".") if counts[","] else (".", ",")
    if counts[mark] > 1:
        return other
    return None if _GROUPED[mark].match(text) and not re.match(r"[+-]?0", text) else mark
