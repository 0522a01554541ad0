"""Distances of vesicles: to the nearest neighbour, and to the active zone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cryoves_app.domain.geometry import Sphere


def nearest_neighbour_nm(spheres: Sequence[Sphere]) -> list[float | None]:
    """Distance of each centre to the nearest other centre, in nm; ``None`` for a single sphere."""
    if len(spheres) < 2:
        return [None] * len(spheres)
    centres = np.array([s.centre_nm for s in spheres])
    distances, _ = cKDTree(centres).query(centres, k=2)
    return [float(d) for d in distances[:, 1]]


def voxel_tree(zone: NDArray[np.uint8]) -> cKDTree | None:
    """The zone's voxels, ordered for finding the nearest one; ``None`` for an empty zone."""
    voxels = np.argwhere(zone)
    return cKDTree(voxels) if len(voxels) else None


def active_zone_centre_nm(
    spheres: Sequence[Sphere], zone: cKDTree | None, voxel_size_nm: float
) -> list[float | None]:
    """Distance of each centre to the nearest voxel of the active zone; ``None`` without one."""
    if zone is None or not spheres:
        return [None] * len(spheres)
    distances, _ = zone.query(np.array([s.centre_nm for s in spheres]) / voxel_size_nm)
    return [float(d) * voxel_size_nm for d in distances]


def inside_mask(spheres: Sequence[Sphere], mask: NDArray[np.uint8], voxel_size_nm: float) -> list[bool]:
    """Whether each centre lies in a voxel of the mask."""
    if not spheres:
        return []
    index = np.rint(np.array([s.centre_nm for s in spheres]) / voxel_size_nm).astype(int)
    index = np.clip(index, 0, np.array(mask.shape) - 1)
    return [bool(v) for v in mask[tuple(index.T)]]
