"""The order in which vesicles are checked: worst first, with the reason in words."""

from __future__ import annotations

import bisect
import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet

#: A p-value below this speaks against a vesicle; so do measures below these shares of the accepted ones' median.
DOUBTFUL_P = 0.01
CORRELATION_SHARE = 0.75
PROBABILITY_SHARE = 0.75
#: Beyond this share of changed vesicles it is looked at again what is usual.
MANY_SHARE = 0.1

#: What each flag says, and how much it counts.
_FLAGS = {
    Flag.NOT_FITTED: (1.5, "not fitted to the image"),
    Flag.NOT_CONVERGED: (1.0, "the fit did not settle"),
    Flag.OVERLAP: (1.0, "overlaps another vesicle"),
    Flag.FACE: (0.5, "cut by a face of the tomogram"),
    Flag.SPLIT: (0.25, "separated from a touching one"),
}
#: An outlier comes before all that are not; a p-value counts by its power of ten, up to this one.
_OUTLIER = 10.0
#: What several people judge differently comes before all that only measures speak against.
_DISPUTED = 8.0
_LARGEST_POWER = 6.0
#: How much it counts when correlation or network probability is nothing at all.
_SHORT = 4.0


@dataclass(frozen=True)
class Norms:
    """What is usual among the accepted vesicles of a tomogram; 0 where nothing is known."""

    correlation: float = 0.0
    probability: float = 0.0

    @classmethod
    def of(cls, vesicles: VesicleSet) -> Norms:
        accepted = vesicles.accepted
        return cls(
            _median(v.correlation for v in accepted if v.correlation is not None),
            _median(v.probability for v in accepted if v.probability is not None),
        )


def _median(values: Iterable[float]) -> float:
    known = list(values)
    return statistics.median(known) if known else 0.0


def doubts(vesicle: Vesicle, norms: Norms) -> tuple[str, ...]:
    """Everything that speaks against a vesicle, in words, the weightiest first."""
    found = sorted(_evidence(vesicle, norms), key=lambda e: -e[0])
    return tuple(dict.fromkeys(words for _weight, words in found))


def reasons(vesicle: Vesicle, norms: Norms) -> str:
    """Why a vesicle is doubtful, or that it isn't, for people; no full stop."""
    found = doubts(vesicle, norms)
    if found:
        return "; ".join(found)
    return "an outlier" if vesicle.status is Status.OUTLIER else "nothing speaks against it"


def trouble(vesicle: Vesicle, norms: Norms) -> float:
    """How much speaks against a vesicle: p-value, correlation, network probability, overlap, face contact, fit.

    Measures count before they reach the point at which words are made of them, so that the order goes on where nothing
    is really wrong.
    """
    flags = sum(_FLAGS[flag][0] for flag in vesicle.flags)
    outlier = _OUTLIER if vesicle.status is Status.OUTLIER else 0.0
    return (
        outlier
        + (_DISPUTED if vesicle.is_disputed else 0.0)
        + flags
        + _power(vesicle.p_value)
        + _SHORT
        * (
            _shortfall(vesicle.correlation, norms.correlation)
            + _shortfall(vesicle.probability, norms.probability)
        )
    )


def _evidence(vesicle: Vesicle, norms: Norms) -> list[tuple[float, str]]:
    """What is worth saying, and its weight."""
    found = [(_OUTLIER, vesicle.reason)] if vesicle.reason else []
    if vesicle.p_value is not None and vesicle.p_value < DOUBTFUL_P and not vesicle.reason:
        found.append((_power(vesicle.p_value), "unlike the other vesicles"))
    short = _shortfall(vesicle.correlation, norms.correlation)
    if short > 1 - CORRELATION_SHARE:
        found.append((_SHORT * short, "its membrane looks different"))
    short = _shortfall(vesicle.probability, norms.probability)
    if short > 1 - PROBABILITY_SHARE:
        found.append((_SHORT * short, "the network is not sure"))
    found += [(_DISPUTED, "people differ")] if vesicle.is_disputed else []
    return found + [_FLAGS[flag] for flag in vesicle.flags]


def _power(p_value: float | None) -> float:
    """The p-value's power of ten."""
    return 0.0 if p_value is None else min(-math.log10(max(p_value, 10**-_LARGEST_POWER)), _LARGEST_POWER)


def _shortfall(value: float | None, usual: float) -> float:
    """By which share a measure falls short of the usual one, from 0 to 1."""
    return 0.0 if value is None or usual <= 0 else min(max(1 - value / usual, 0.0), 1.0)


Rank = tuple[float, int]


@dataclass(frozen=True)
class ReviewQueue:
    """Vesicles that are not rejected, those with most evidence of trouble first, with what they are sorted by."""

    ordered: tuple[Vesicle, ...]
    ranks: tuple[Rank, ...] = ()
    norms: Norms = field(default_factory=Norms)

    @classmethod
    def of(cls, vesicles: VesicleSet) -> ReviewQueue:
        return ReviewOrder().queue(vesicles)

    def next_unchecked(self, after: Vesicle | None, step: int = 1, by: str = "") -> Vesicle | None:
        """The next vesicle that is not checked, from ``after`` on (``step`` −1: backwards), around the end.

        ``by`` names the person whose check counts; without it, anybody's does.
        """
        count = len(self.ordered)
        start = 0 if step > 0 else count - 1
        if after is not None:
            rank = _rank(after, self.norms)
            start = (
                bisect.bisect_right(self.ranks, rank)
                if step > 0
                else bisect.bisect_left(self.ranks, rank) - 1
            )
        for place in range(start, start + step * count, step):
            found = self.ordered[place % count]
            if not found.is_checked(by) and (after is None or found.id != after.id):
                return found
        return None


class ReviewOrder:
    """Makes queue after queue while vesicles are edited one by one: only what changed is ranked anew.

    What is usual is looked at again when many vesicles changed, as by a segmentation.
    """

    def __init__(self) -> None:
        self._norms: Norms | None = None
        self._ranked: dict[int, tuple[Vesicle, Rank]] = {}
        self._rated: VesicleSet | None = None
        self._last: tuple[VesicleSet, ReviewQueue] | None = None

    def queue(self, vesicles: VesicleSet) -> ReviewQueue:
        """The queue of these vesicles."""
        if self._last is not None and self._last[0] is vesicles:
            return self._last[1]
        norms = self.norms(vesicles)
        shown = [v for v in vesicles if v.status != Status.REJECTED]
        ranked = sorted((self._ranked[v.id][::-1] for v in shown), key=lambda pair: pair[0])
        queue = ReviewQueue(tuple(v for _rank, v in ranked), tuple(rank for rank, _v in ranked), norms)
        self._last = (vesicles, queue)
        return queue

    def norms(self, vesicles: VesicleSet) -> Norms:
        """What is usual among these vesicles, which is sooner known than their queue."""
        if self._norms is not None and vesicles is self._rated:
            return self._norms
        changed = [v for v in vesicles if v.id not in self._ranked or self._ranked[v.id][0] is not v]
        if self._norms is None or len(changed) > MANY_SHARE * len(vesicles):
            self._norms, changed = Norms.of(vesicles), list(vesicles)
        self._ranked.update((v.id, (v, _rank(v, self._norms))) for v in changed)
        self._rated = vesicles
        return self._norms


def _rank(vesicle: Vesicle, norms: Norms) -> Rank:
    """Sorts the worst first."""
    return -trouble(vesicle, norms), vesicle.id
