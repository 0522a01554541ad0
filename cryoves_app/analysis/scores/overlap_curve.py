"""F1 as a function of how much two spheres must overlap to be the same."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.analysis.scores.evaluation import CountedSpheres
from cryoves_app.analysis.scores.matching import best_pairs, overlapping_pairs

#: Thresholds of the intersection over union, as the curve is drawn.
OVERLAP_THRESHOLDS = tuple(k / 20 for k in range(1, 20))


@dataclass(frozen=True)
class OverlapPoint:
    """Counts where only pairs with at least this intersection over union (``threshold``, 0 to 1) are the same."""

    threshold: float
    true_positives: int
    false_negatives: int
    false_positives: int

    @property
    def f1(self) -> float | None:
        """``2 TP / (2 TP + FP + FN)``; ``None`` where there is no vesicle at all."""
        total = 2 * self.true_positives + self.false_negatives + self.false_positives
        return 2 * self.true_positives / total if total else None


def overlap_curve(
    predicted: CountedSpheres, true: CountedSpheres, thresholds: tuple[float, ...] = OVERLAP_THRESHOLDS
) -> tuple[OverlapPoint, ...]:
    """Scores at each threshold, the pairs chosen anew for each.

    As in ``compare_counted``, a pair counts where either of its spheres does.
    """
    pairs = overlapping_pairs(predicted.spheres, true.spheres)
    points = []
    for threshold in thresholds:
        matched = best_pairs([m for m, overlap in pairs if overlap >= threshold])
        hits = sum(predicted.counts(m.predicted) or true.counts(m.true) for m in matched)
        missed = _without_partner(true, {m.true for m in matched})
        false = _without_partner(predicted, {m.predicted for m in matched})
        points.append(OverlapPoint(threshold, hits, missed, false))
    return tuple(points)


def _without_partner(spheres: CountedSpheres, matched: set[int]) -> int:
    return sum(i not in matched and spheres.counts(i) for i in range(len(spheres.spheres)))
