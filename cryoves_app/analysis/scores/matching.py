"""Which spheres of two sets are the same: one to one, as many pairs as possible, the nearest ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from cryoves_app.domain.geometry import Sphere, intersection_over_union

#: From this intersection over union on, two spheres are the same by the rule of overlap.
LEAST_OVERLAP = 0.5


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

    @property
    def order(self) -> tuple[float, int, int]:
        """Sorts the nearest pair first."""
        return self.distance_nm, self.predicted, self.true


def match_spheres(
    predicted: Sequence[Sphere], true: Sequence[Sphere], rule: MatchRule = MatchRule.CENTRE
) -> list[Match]:
    """Pairs of spheres that are the same, each sphere in one pair at most, the nearest pair first.

    There are as many pairs as the rule allows; among ways to make as many, the one with the smallest sum of distances
    is taken. Of several that could be the only pair of a sphere, and are equally near, the first one is.

    Parameters
    ----------
    predicted, true
        Spheres with outer radii, in nm.
    """
    if rule is MatchRule.OVERLAP:
        return match_overlapping(predicted, true, LEAST_OVERLAP)
    largest = _largest(true)
    near = _near_pairs(predicted, true, lambda sphere: max(sphere.radius_nm, largest))
    return best_pairs(
        [m for m in near if m.distance_nm <= _larger_radius(predicted[m.predicted], true[m.true])]
    )


def match_overlapping(predicted: Sequence[Sphere], true: Sequence[Sphere], least: float) -> list[Match]:
    """As ``match_spheres``, of spheres whose intersection over union is at least ``least``, from 0 to 1."""
    return best_pairs([m for m, overlap in overlapping_pairs(predicted, true) if overlap >= least])


def overlapping_pairs(predicted: Sequence[Sphere], true: Sequence[Sphere]) -> list[tuple[Match, float]]:
    """All pairs that share any volume, with their intersection over union; a sphere may be in several."""
    largest = _largest(true)
    near = _near_pairs(predicted, true, lambda sphere: sphere.radius_nm + largest)
    pairs = ((m, intersection_over_union(predicted[m.predicted], true[m.true])) for m in near)
    return [(match, overlap) for match, overlap in pairs if overlap > 0]


def best_pairs(candidates: Sequence[Match]) -> list[Match]:
    """As many as possible, then with the smallest sum of distances; spheres that nothing links are looked at apart."""
    chosen = [match for group in _linked_groups(candidates) for match in _best_of_group(group)]
    return sorted(chosen, key=lambda match: match.order)


def _largest(spheres: Sequence[Sphere]) -> float:
    return max((s.radius_nm for s in spheres), default=0.0)


def _larger_radius(a: Sphere, b: Sphere) -> float:
    return max(a.radius_nm, b.radius_nm)


def _near_pairs(
    predicted: Sequence[Sphere], true: Sequence[Sphere], reach_of: Callable[[Sphere], float]
) -> Iterator[Match]:
    """Pairs whose centres are no farther apart than the reach of the predicted one, in nm."""
    if not predicted or not true:
        return
    tree = cKDTree([t.centre_nm for t in true])
    for i, sphere in enumerate(predicted):
        for j in tree.query_ball_point(sphere.centre_nm, reach_of(sphere) * (1 + 1e-9)):
            yield Match(i, int(j), sphere.distance_nm(true[j]))


def _linked_groups(candidates: Sequence[Match]) -> list[list[Match]]:
    """Candidates that share spheres, directly or through others."""
    if not candidates:
        return []
    rows, columns = np.array([(m.predicted, m.true) for m in candidates]).T
    first_true = int(rows.max()) + 1
    count = first_true + int(columns.max()) + 1
    links = coo_matrix((np.ones(len(rows)), (rows, columns + first_true)), shape=(count, count))
    _, group_of = connected_components(links, directed=False)
    groups: dict[int, list[Match]] = {}
    for match in candidates:
        groups.setdefault(int(group_of[match.predicted]), []).append(match)
    return list(groups.values())


def _best_of_group(group: Sequence[Match]) -> list[Match]:
    rows = sorted({m.predicted for m in group})
    columns = sorted({m.true for m in group})
    if min(len(rows), len(columns)) == 1:
        return [min(group, key=lambda match: match.order)]
    from scipy.optimize import linear_sum_assignment  # slow to load, and seldom needed

    row_of, column_of = ({n: k for k, n in enumerate(numbers)} for numbers in (rows, columns))
    # a pair is worth more than all distances together, so that their number comes first
    worth = 1.0 + max(m.distance_nm for m in group) * min(len(rows), len(columns))
    cost = np.zeros((len(rows), len(columns)))
    known: dict[tuple[int, int], Match] = {}
    for match in group:
        place = row_of[match.predicted], column_of[match.true]
        cost[place], known[place] = match.distance_nm - worth, match
    chosen = zip(*linear_sum_assignment(cost), strict=True)
    return [known[place] for r, c in chosen if (place := (int(r), int(c))) in known]
