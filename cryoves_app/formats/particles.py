"""Particles of other programs' lists: places, the numbers by which they are called, and of which tomogram they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cryoves_app.domain.arrays import Indices, Points


@dataclass(frozen=True)
class ParticleList:
    """Particles of one or more tomograms.

    Attributes
    ----------
    ids : (n,) array
        What the list calls each particle; the same twice in some lists; no unit.
    places : (n, 3) array
        ``z, y, x`` in nm from the centre of the first voxel.
    tomograms : (n,) array
        The numbers of their tomograms, no unit.
    """

    ids: Indices
    places: Points
    tomograms: Indices


def counted_on(ids: Iterable[int]) -> Iterator[int]:
    """Each number as it stands, or one more than the largest so far where it is taken."""
    taken: set[int] = set()
    largest = 0
    for number in ids:
        given = largest + 1 if number in taken else number
        taken.add(given)
        largest = max(largest, given)
        yield given
