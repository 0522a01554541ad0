"""The order in which vesicles are checked: worst first, with the reason in words."""

from __future__ import annotations

import bisect
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet

#: A p-value below this speaks against a vesicle; so do measures below these shares of the accepted ones' median.
DOUBTFUL_P = 0.01
CORRELATION_SHARE = 0.75
PROBABILITY_SHARE = 0.75

_FLAG_WORDS = {
    Flag.FACE: "cut by a face of the tomogram",
    Flag.OVERLAP: "overlaps another vesicle",
    Flag.SPLIT: "separated from a touching one",
    Flag.NOT_CONVERGED: "the fit did not settle",
    Flag.NOT_FITTED: "not fitted to the image",
}


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
    """Everything that speaks against a vesicle, in words."""
    found = [vesicle.reason] if vesicle.reason else []
    if vesicle.p_value is not None and vesicle.p_value < DOUBTFUL_P:
        found.append("unlike the other vesicles")
    if vesicle.correlation is not None and vesicle.correlation < CORRELATION_SHARE * norms.correlation:
        found.append("its membrane looks different")
    if vesicle.probability is not None and vesicle.probability < PROBABILITY_SHARE * norms.probability:
        found.append("the network is not sure")
    found += [_FLAG_WORDS[flag] for flag in vesicle.flags]
    return tuple(dict.fromkeys(found))


def _trouble(vesicle: Vesicle) -> tuple[bool, float, float, int, int]:
    """Sorts the worst first."""
    return (
        vesicle.status != Status.OUTLIER,
        1.0 if vesicle.p_value is None else vesicle.p_value,
        1.0 if vesicle.correlation is None else vesicle.correlation,
        -len(vesicle.flags),
        vesicle.id,
    )


@dataclass(frozen=True)
class ReviewQueue:
    """Vesicles that are not rejected, worst first."""

    ordered: tuple[Vesicle, ...]

    @classmethod
    def of(cls, vesicles: VesicleSet) -> ReviewQueue:
        shown = [v for v in vesicles if v.status != Status.REJECTED]
        return cls(tuple(sorted(shown, key=_trouble)))

    def next_unchecked(self, after: Vesicle | None, step: int = 1) -> Vesicle | None:
        """The next vesicle that nobody has checked, from ``after`` on (``step`` −1: backwards), around the end."""
        waiting: Sequence[Vesicle] = [v for v in self.ordered if not v.reviewed and (after is None or v.id != after.id)]
        if not waiting:
            return None
        if after is None:
            return waiting[0 if step > 0 else -1]
        keys = [_trouble(v) for v in waiting]
        place = bisect.bisect(keys, _trouble(after))
        return waiting[place % len(waiting) if step > 0 else place - 1]
