"""Spheres that touch are made smaller until none does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cryoves_app.domain.arrays import Points


def shrink_touching(centres_px: Points, radii_px: NDArray[np.intp]) -> NDArray[np.intp]:
    """Radii, in whole voxels, with which no two spheres touch; those that shrink to nothing are 0 or less.

    The published program's rule: both spheres of a pair share the distance between them, rounded up, in proportion to
    their radii, less a voxel each. Within a round no sphere is changed twice, and centres stay.

    Parameters
    ----------
    centres_px : (n, 3) array
        ``z, y, x`` in voxels.
    radii_px : (n,) array
        In voxels.
    """
    radii = radii_px.copy()
    near = sorted(cKDTree(centres_px).query_pairs(2.0 * radii.max())) if len(radii) > 1 else []
    apart = {(i, j): float(np.linalg.norm(centres_px[i] - centres_px[j])) for i, j in near}
    while touching := [p for p in near if min(radii[[*p]]) > 0 and apart[p] <= radii[[*p]].sum()]:
        before, changed = radii.copy(), set[int]()
        for i, j in touching:
            shared = np.ceil(apart[i, j]) / (before[i] + before[j])
            smaller = {k: int(np.floor(shared * before[k])) - 1 for k in (i, j)}
            for k in {i, j} - changed:
                radii[k] = smaller[k]
            changed |= {i, j}
    return radii
