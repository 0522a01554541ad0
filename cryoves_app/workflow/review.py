"""The order in which vesicles are checked: worst first, with the reason in words."""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass

from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet

#: Below these a measure speaks against a vesicle.
DOUBTFUL_P = 0.01
DOUBTFUL_CORRELATION = 0.7
DOUBTFUL_PROBABILITY = 0.9

_FLAG_WORDS = {
    Flag.FACE: "cut by a face of the tomogram",
    Flag.OVERLAP: "overlaps another vesicle",
    Flag.SPLIT: "separated from a touching one",
    Flag.NOT_CONVERGED: "the fit did not settle",
    Flag.NOT_FITTED: "not fitted to the image",
}


def doubts(vesicle: Vesicle) -> tuple[str, ...]:
    """Everything that speaks against a vesicle, in words."""
    found = [vesicle.reason] if vesicle.reason else []
    if vesicle.p_value is not None and vesicle.p_value < DOUBTFUL_P:
        found.append("unlike the other vesicles")
    if vesicle.correlation is not None and vesicle.correlation < DOUBTFUL_CORRELATION:
        found.append("its membrane looks different")
    if vesicle.probability is not None and vesicle.probability < DOUBTFUL_PROBABILITY:
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
