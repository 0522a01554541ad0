"""Distances of vesicles: to the nearest neighbour, and to the active zone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.geometry.run_mask import AnyMask, as_runs
from cryoves_app.domain.geometry import Sphere


def nearest_neighbour_nm(spheres: Sequence[Sphere]) -> list[float | None]:
    """Distance of each centre to the nearest other centre, in nm; ``None`` for a single sphere."""
    if len(spheres) < 2:
        return [None] * len(spheres)
    centres = np.array([s.centre_nm for s in spheres])
    distances, _ = cKDTree(centres).query(centres, k=2)
    return [float(d) for d in distances[:, 1]]


def voxel_tree(zone: AnyMask) -> cKDTree | None:
    """The voxels ``z, y, x`` of a zone, ordered for finding the nearest one.

    Parameters
    ----------
    zone : (z, y, x) array
        Above 0 inside, else 0.

    Returns
    -------
    cKDTree or None
        In voxels; None for an empty zone.
    """
    voxels = as_runs(zone).voxels()
    return cKDTree(voxels) if len(voxels) else None


def active_zone_centre_nm(
    spheres: Sequence[Sphere], zone: cKDTree | None, voxel_size_nm: float
) -> list[float | None]:
    """Distance of each centre to the nearest voxel's centre of the active zone, in nm; ``None`` without one.

    ``zone`` is that of ``voxel_tree``, in voxels.
    """
    if zone is None or not spheres:
        return [None] * len(spheres)
    distances, _ = zone.query(np.array([s.centre_nm for s in spheres]) / voxel_size_nm)
    return [float(d) * voxel_size_nm for d in distances]


def inside_mask(spheres: Sequence[Sphere], mask: AnyMask, voxel_size_nm: float) -> list[bool]:
    """Whether each centre lies in a voxel of the mask; centres outside the volume count by the nearest voxel.

    Parameters
    ----------
    mask : (z, y, x) array
        1 inside, 0 outside; ``voxel_size_nm`` is its voxel size.
    """
    if not spheres:
        return []
    index = np.rint(np.array([s.centre_nm for s in spheres]) / voxel_size_nm).astype(int)
    index = np.clip(index, 0, np.array(mask.shape) - 1)
    return [bool(v) for v in mask[tuple(index.T)]]
