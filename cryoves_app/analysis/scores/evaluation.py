"""Two segmentations of one tomogram compared, as in tables 1–3 of the manuscript."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cryoves_app.analysis.scores.sphere_dice import dice_of_spheres
from cryoves_app.domain.geometry import Sphere, intersection_over_union


class MatchRule(StrEnum):
    """When a predicted and a true vesicle are the same."""

    CENTRE = "centre"  # the manuscript: one's centre lies inside the other
    OVERLAP = "overlap"  # the spheres' intersection over union is at least one half


@dataclass(frozen=True)
class Match:
    """Indices of a predicted and a true vesicle that are the same."""

    predicted: int
    true: int
    distance_nm: float


@dataclass(frozen=True)
class Evaluation:
    """Scores of a prediction.

    ``delta_d`` is the mean of ``1 - min(d) / max(d)`` over matched pairs (diameters), ``delta_c_nm`` mean and
    standard deviation of the centre distance, ``overlap`` the mean intersection over union. Scores that are not
    defined (no vesicle, no pair) are ``None``.
    """

    matches: tuple[Match, ...]
    false_positives: tuple[int, ...]
    false_negatives: tuple[int, ...]
    delta_d: float | None
    delta_c_nm: float | None
    delta_c_sd_nm: float | None
    overlap: float | None
    dice: float | None = None

    @property
    def true_positives(self) -> int:
        """How many vesicles were found."""
        return len(self.matches)

    @property
    def f1(self) -> float | None:
        """``2 TP / (2 TP + FP + FN)``; ``None`` where there is no vesicle at all."""
        missed = len(self.false_positives) + len(self.false_negatives)
        total = 2 * self.true_positives + missed
        return 2 * self.true_positives / total if total else None

    def to_dict(self) -> dict[str, float | int | None]:
        """The scores by the names that tables and files use."""
        expected = self.true_positives + len(self.false_negatives)
        found = self.true_positives + len(self.false_positives)
        return {
            "true_positives": self.true_positives,
            "false_negatives": len(self.false_negatives),
            "false_positives": len(self.false_positives),
            "tp_percent": 100 * self.true_positives / expected if expected else None,
            "fn_percent": 100 * len(self.false_negatives) / expected if expected else None,
            "fp_percent": 100 * len(self.false_positives) / found if found else None,
            "f1": self.f1,
            "delta_d": self.delta_d,
            "delta_c_nm": self.delta_c_nm,
            "delta_c_sd_nm": self.delta_c_sd_nm,
            "overlap": self.overlap,
            "dice": self.dice,
        }


def compare(
    predicted: Sequence[Sphere],
    true: Sequence[Sphere],
    rule: MatchRule = MatchRule.CENTRE,
    grid: tuple[tuple[int, int, int], float] | None = None,
) -> Evaluation:
    """Match two sets of spheres one to one, nearest first, and score the pairs.

    Parameters
    ----------
    predicted, true
        Spheres with outer radii, in nm.
    grid : (shape, voxel_size_nm), optional
        Where to paint both sets for the Dice coefficient of the final labels; without it there is none.

    References
    ----------
    Tables 1–3 of the manuscript.
    """
    matches = _matched(predicted, true, rule)
    pairs = [(predicted[m.predicted], true[m.true]) for m in matches]
    distances = [m.distance_nm for m in matches]
    hit = {m.predicted for m in matches}
    seen = {m.true for m in matches}
    return Evaluation(
        tuple(matches),
        tuple(i for i in range(len(predicted)) if i not in hit),
        tuple(i for i in range(len(true)) if i not in seen),
        _mean([1 - min(p.radius_nm, t.radius_nm) / max(p.radius_nm, t.radius_nm) for p, t in pairs]),
        _mean(distances),
        float(np.std(distances)) if distances else None,
        _mean([intersection_over_union(p, t) for p, t in pairs]),
        dice_of_spheres(predicted, true, *grid) if grid else None,
    )


def soft_dice(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    """``2 Σ ab / (Σ a² + Σ b²)``; 1 for two empty maps.

    Parameters
    ----------
    a, b : (z, y, x) arrays
        0 to 1; read plane by plane, so they may be memory-mapped.
    """
    shared = total = 0.0
    for p, q in zip(a, b, strict=True):
        x, y = np.asarray(p, np.float64).ravel(), np.asarray(q, np.float64).ravel()
        shared += float(x @ y)
        total += float(x @ x) + float(y @ y)
    return 2 * shared / total if total else 1.0


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None


def _matched(predicted: Sequence[Sphere], true: Sequence[Sphere], rule: MatchRule) -> list[Match]:
    found: list[Match] = []
    used_p: set[int] = set()
    used_t: set[int] = set()
    for distance, i, j in sorted(_candidate_pairs(predicted, true, rule)):
        if i not in used_p and j not in used_t:
            found.append(Match(i, j, distance))
            used_p.add(i)
            used_t.add(j)
    return found


def _candidate_pairs(
    predicted: Sequence[Sphere], true: Sequence[Sphere], rule: MatchRule
) -> list[tuple[float, int, int]]:
    if not predicted or not true:
        return []
    tree = cKDTree([t.centre_nm for t in true])
    reach = max(s.radius_nm for s in [*predicted, *true])
    pairs = []
    for i, p in enumerate(predicted):
        for j in tree.query_ball_point(p.centre_nm, reach):
            if _same(p, true[j], rule):
                pairs.append((p.distance_nm(true[j]), i, int(j)))
    return pairs


def _same(a: Sphere, b: Sphere, rule: MatchRule) -> bool:
    if rule is MatchRule.OVERLAP:
        return intersection_over_union(a, b) >= 0.5
    return a.distance_nm(b) <= max(a.radius_nm, b.radius_nm)
