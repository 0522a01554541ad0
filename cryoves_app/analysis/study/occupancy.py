"""How much of the space at each distance from the active zone vesicles fill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.geometry.run_mask import AnyMask
from cryoves_app.analysis.scores.distances import voxel_tree
from cryoves_app.domain.arrays import BoolMask, Points
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.pools import Band

#: So many voxels are enough for shares that are right to a percent.
_SAMPLED_VOXELS = 400_000


@dataclass(frozen=True)
class BandSpace:
    """The space within a band of distances, and how much of it lies in vesicles, both in nm³."""

    volume_nm3: float
    occupied_nm3: float

    @property
    def occupancy(self) -> float | None:
        """The share in vesicles, as by Fernández-Busnadiego et al. (2010); ``None`` where there is no space."""
        return self.occupied_nm3 / self.volume_nm3 if self.volume_nm3 else None


def band_spaces(
    spheres: Sequence[Sphere],
    region: AnyMask | None,
    zone: AnyMask,
    bands: Sequence[Band],
    voxel_size_nm: float,
) -> list[BandSpace]:
    """Volume and occupied volume of each band of distance from the active zone's nearest voxel.

    Voxels of the zone itself count to none. A large space is sampled on a coarser grid.

    Parameters
    ----------
    region, zone : (z, y, x) arrays
        1 inside, 0 outside; without a region all of the tomogram counts.
    bands
        With finite ends.
    """
    tree = voxel_tree(zone)
    if tree is None:
        return [BandSpace(0.0, 0.0)] * len(bands)
    reach_px = max(band.high_nm for band in bands) / voxel_size_nm
    places, share_nm3 = _sampled(region, zone, tree, reach_px, voxel_size_nm)
    distances = tree.query(places, distance_upper_bound=reach_px * (1 + 1e-9))[0] * voxel_size_nm
    filled = _inside_any(places * voxel_size_nm, spheres)
    spaces = []
    for band in bands:
        there = (distances >= band.low_nm) & (distances < band.high_nm)
        spaces.append(
            BandSpace(
                float(np.count_nonzero(there) * share_nm3),
                float(np.count_nonzero(there & filled) * share_nm3),
            )
        )
    return spaces


def _sampled(
    region: AnyMask | None, zone: AnyMask, tree: cKDTree, reach_px: float, voxel_size_nm: float
) -> tuple[Points, float]:
    """Voxels of the region near the zone, z, y, x in voxels, and the volume in nm³ for which each stands."""
    low = np.maximum(np.floor(tree.mins - reach_px).astype(int), 0)
    high = np.minimum(np.ceil(tree.maxes + reach_px).astype(int) + 1, zone.shape)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    count = math.prod(high - low) if region is None else int(np.count_nonzero(region[box]))
    stride = max(round((count / _SAMPLED_VOXELS) ** (1 / 3)), 1)
    thinned = (slice(None, None, stride),) * 3
    counts = zone[box][thinned] == 0
    if region is not None:
        counts &= region[box][thinned] > 0
    return np.argwhere(counts) * stride + low, (stride * voxel_size_nm) ** 3


def _inside_any(places_nm: Points, spheres: Sequence[Sphere]) -> BoolMask:
    """Which places lie in a sphere."""
    inside = np.zeros(len(places_nm), bool)
    if len(places_nm) and spheres:
        tree = cKDTree(places_nm)
        centres, radii = np.array([s.centre_nm for s in spheres]), np.array([s.radius_nm for s in spheres])
        for found in tree.query_ball_point(centres, radii):
            inside[found] = True
    return inside
