"""Pools: how the vesicles of a tomogram are divided for counting, by distance or by any condition."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_filter import parse_filter


class PoolRule(StrEnum):
    """What decides the pool; the first two are the measures whose bands count."""

    RIM = "az_rim_nm"
    CENTRE = "az_centre_nm"
    FILTER = "filter"


@dataclass(frozen=True)
class Band:
    """Distances from ``low_nm`` (included) to ``high_nm`` (not included)."""

    name: str
    low_nm: float
    high_nm: float

    @property
    def range_text(self) -> str:
        """For people, as “45–75 nm”."""
        return f"{self.low_nm:g}–{self.high_nm:g} nm"

    def __contains__(self, distance_nm: float) -> bool:
        return self.low_nm <= distance_nm < self.high_nm


@dataclass(frozen=True)
class FilterPool:
    """The vesicles that a filter line accepts, e.g. ``radius > 22 tethered``."""

    name: str
    condition: str


#: A common division of a presynaptic terminal.
USUAL_BANDS = (
    Band("proximal", -math.inf, 45.0),
    Band("intermediate", 45.0, 75.0),
    Band("distal", 75.0, 250.0),
)
#: Where zones of a study begin and end, by the distance of the vesicle's centre.
STUDY_EDGES_NM = (0.0, 45.0, 75.0, 150.0, 250.0)
USUAL_FILTERS = (FilterPool("small", "radius < 20"), FilterPool("large", "radius >= 20"))

Namer = Callable[[Vesicle], str]


@dataclass(frozen=True)
class PoolPlan:
    """The division of a project; bands and filters are both kept, the rule says which counts."""

    rule: PoolRule = PoolRule.RIM
    bands: tuple[Band, ...] = USUAL_BANDS
    filters: tuple[FilterPool, ...] = USUAL_FILTERS

    @property
    def by_distance(self) -> bool:
        return self.rule is not PoolRule.FILTER

    @property
    def names(self) -> tuple[str, ...]:
        """The pools that count, in order."""
        return tuple(pool.name for pool in (self.bands if self.by_distance else self.filters))

    def namer(self, voxel_size_nm: float) -> Namer:
        """What names a vesicle's pool; empty for one in none.

        Raises
        ------
        CryoVesError
            If a filter's condition names no measure.
        """
        if self.by_distance:
            return lambda vesicle: pool_of(getattr(vesicle, self.rule), self.bands)
        parsed = [(pool.name, parse_filter(pool.condition)) for pool in self.filters]

        def name(vesicle: Vesicle) -> str:
            bare = replace(vesicle, pool="")  # a condition never speaks of the division that it makes
            return next((name for name, wanted in parsed if wanted.accepts(bare, voxel_size_nm)), "")

        return name

    def checked(self) -> PoolPlan:
        """The plan with its bands in rising order.

        Raises
        ------
        CryoVesError
            If a pool has no name of its own, a band is empty or overlaps another, or a condition is wrong.
        """
        for pool in self.filters:
            if not pool.condition.strip():
                raise CryoVesError(f"The pool “{pool.name}” has no condition. Try: radius > 22.")
            parse_filter(pool.condition)
        _check_names([pool.name for pool in self.filters])
        return replace(self, bands=check_bands(self.bands))


def zones_between(edges_nm: Sequence[float]) -> tuple[Band, ...]:
    """The zones between rising distances, with names as tables hold them: ``45-75``."""
    return tuple(Band(f"{low:g}-{high:g}", low, high) for low, high in pairwise(edges_nm))


STUDY_ZONES = zones_between(STUDY_EDGES_NM)


def check_bands(bands: Sequence[Band]) -> tuple[Band, ...]:
    """The bands in rising order.

    Raises
    ------
    CryoVesError
        If one is empty, two overlap, or two have one name.
    """
    ordered = tuple(sorted(bands, key=lambda band: band.low_nm))
    _check_names([band.name for band in ordered])
    for band in ordered:
        if not band.low_nm < band.high_nm:
            raise CryoVesError(f"The pool “{band.name}” ends where it begins.")
    for one, other in pairwise(ordered):
        if other.low_nm < one.high_nm:
            raise CryoVesError(f"The pools “{one.name}” and “{other.name}” overlap.")
    return ordered


def pool_of(distance_nm: float | None, bands: Sequence[Band]) -> str:
    """The name of the band in which a distance lies; empty if in none, or if it is not known."""
    if distance_nm is None:
        return ""
    return next((band.name for band in bands if distance_nm in band), "")


def _check_names(names: Sequence[str]) -> None:
    if len(set(names)) < len(names) or not all(name.strip() for name in names):
        raise CryoVesError("Every pool needs a name of its own.")
