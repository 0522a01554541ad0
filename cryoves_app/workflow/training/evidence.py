"""What the sphere fits say for a network where it has learned nothing: the judge of adapting without labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cryoves_app.analysis.grey.contrast import Support
from cryoves_app.analysis.scores.evaluation import compare
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.workflow.training.adapt_order import Evidence

#: So much more membrane the fits must find, in more vesicles than come and go by chance: one in a hundred, and one at
#: least. Networks that found as many from better candidates found fewer elsewhere: F1 fell by 0.004 to 0.016.
_GAIN, _BY_CHANCE = 1.02, 0.01


@dataclass(frozen=True)
class FoundInBox:
    """What a run found in a box: its candidates before any fit, and the vesicles that the fits made of them."""

    candidates: tuple[Sphere, ...]
    vesicles: tuple[Vesicle, ...]

    @property
    def accepted(self) -> tuple[Sphere, ...]:
        """The spheres that the fits stand for."""
        return tuple(v.sphere for v in self.vesicles if v.status is Status.ACCEPTED)


def weigh(before: Sequence[FoundInBox], after: Sequence[FoundInBox]) -> tuple[Evidence, Evidence]:
    """The evidence for two networks in the same boxes, in the same order.

    Candidates are held against all that the fits accept with either network, so that none profits from what it misses.
    """
    agreed = [_either(a, b) for a, b in zip(before, after, strict=True)]
    return _evidence(before, agreed), _evidence(after, agreed)


def finds_more(before: Evidence, after: Evidence) -> bool:
    """Whether the fits find clearly more vesicles, and more membrane in all."""
    more = after.vesicles - before.vesicles
    return more > max(1, _BY_CHANCE * before.vesicles) and after.membrane_nm2 > _GAIN * before.membrane_nm2


def _either(one: FoundInBox, other: FoundInBox) -> tuple[Sphere, ...]:
    """What was accepted in one run, and what only the other accepted."""
    first, second = one.accepted, other.accepted
    return (*first, *(second[k] for k in compare(first, second).false_negatives))


def _evidence(found: Sequence[FoundInBox], agreed: Sequence[tuple[Sphere, ...]]) -> Evidence:
    supports = [Support.of(f.vesicles, None) for f in found]
    scores = [compare(f.candidates, spheres) for f, spheres in zip(found, agreed, strict=True)]
    right = sum(s.true_positives for s in scores)
    wrong = sum(len(s.false_positives) + len(s.false_negatives) for s in scores)
    f1 = 2 * right / (2 * right + wrong) if right else 0.0
    return Evidence(sum(s.count for s in supports), sum(s.membrane for s in supports), f1)
