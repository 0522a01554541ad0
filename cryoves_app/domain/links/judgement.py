"""What people decided about links, and which links of a search they spoke of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.vesicle import Status

#: Stands for the active zone among the ids of vesicles.
ACTIVE_ZONE_END = 0
#: A link that is found anew is the same where its centre lies within this distance, and its ends are the same.
SAME_WITHIN_NM = 6.0


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where a link runs: ids of its vesicles in rising order (0: the active zone), and its centre ``z, y, x``."""

    a: int
    b: int
    centre_nm: Position

    def distance_nm(self, other: LinkPlace) -> float:
        """Between the centres; infinite for other ends."""
        if (self.a, self.b) != (other.a, other.b):
            return math.inf
        return math.dist(self.centre_nm, other.centre_nm)


@dataclass(frozen=True, slots=True)
class LinkJudgement:
    """The last word on a link: accepted or rejected, and who said it, empty where that was not kept."""

    place: LinkPlace
    status: Status
    reviewer: str = ""


def judgements_of(
    places: Sequence[LinkPlace], judgements: Sequence[LinkJudgement]
) -> list[LinkJudgement | None]:
    """For each place what was decided about it.

    Each judgement speaks of one link, the nearest ones go together first; within ``SAME_WITHIN_NM``.
    """
    near = sorted(
        (distance, p, j)
        for p, place in enumerate(places)
        for j, judgement in enumerate(judgements)
        if (distance := place.distance_nm(judgement.place)) <= SAME_WITHIN_NM
    )
    found: dict[int, LinkJudgement] = {}
    spoken: set[int] = set()
    for _, p, j in near:
        if p not in found and j not in spoken:
            found[p] = judgements[j]
            spoken.add(j)
    return [found.get(p) for p in range(len(places))]
