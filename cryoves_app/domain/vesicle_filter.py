"""Conditions on vesicles, as a person types them: words, and comparisons such as ``radius > 25``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.measures import BY_KEY, MEASURES, Measure
from cryoves_app.domain.vesicle import Vesicle

_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
    "=": operator.eq,
}
_CONDITION = re.compile(r"([A-Za-z_][\w-]*)\s*(<=|>=|<|>|=)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)")
_SEARCHED = ("id", "status", "reason", "flags", "origin", "tags", "pool", "judgements", "agreement")


@dataclass(frozen=True)
class Condition:
    """A comparison of a measure with a number."""

    measure: Measure
    compare: Callable[[Any, Any], bool]
    number: float

    def holds(self, vesicle: Vesicle, voxel_size_nm: float) -> bool:
        value = self.measure.value(vesicle, voxel_size_nm)
        return value is not None and self.compare(float(value), self.number)


@dataclass(frozen=True)
class VesicleFilter:
    """Everything has to hold: all conditions, and every word somewhere in the row."""

    conditions: tuple[Condition, ...] = ()
    words: tuple[str, ...] = ()
    only_unchecked: bool = False
    checked_by: str = ""

    def accepts(self, vesicle: Vesicle, voxel_size_nm: float) -> bool:
        if self.only_unchecked and vesicle.is_checked(self.checked_by):
            return False
        if not all(c.holds(vesicle, voxel_size_nm) for c in self.conditions):
            return False
        return not self.words or _has_words(vesicle, voxel_size_nm, self.words)


def parse_filter(text: str, *, only_unchecked: bool = False, checked_by: str = "") -> VesicleFilter:
    """The filter that a line says, e.g. ``outlier radius > 25 p < 0.01``; ``checked_by`` as ``Vesicle.is_checked``.

    Raises
    ------
    CryoVesError
        If a condition names no numeric column.
    """
    conditions = tuple(
        Condition(_measure_named(name), _OPERATORS[sign], float(number))
        for name, sign, number in _CONDITION.findall(text)
    )
    words = tuple(_CONDITION.sub(" ", text).lower().split())
    return VesicleFilter(conditions, words, only_unchecked, checked_by)


def _has_words(vesicle: Vesicle, voxel_size_nm: float, words: tuple[str, ...]) -> bool:
    row = " ".join(BY_KEY[k].text(vesicle, voxel_size_nm) for k in _SEARCHED).lower()
    return all(word in row for word in words)


def _measure_named(name: str) -> Measure:
    wanted = name.lower().replace("-", "_")
    for measure in MEASURES:
        names = {measure.key, measure.key.rpartition("_")[0], measure.short.lower(), measure.label.lower()}
        if measure.numeric and wanted in names:
            return measure
    raise CryoVesError(
        f"There is no column of numbers named “{name}”. Try: p < 0.01, radius > 25, correlation < 0.7."
    )
