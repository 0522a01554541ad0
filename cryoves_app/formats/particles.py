"""Particles of other programs' lists: places, the numbers by which they are called, and of which tomogram they are."""

from __future__ import annotations

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
