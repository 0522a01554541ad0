"""What is known of a tomogram's voxels, as the network learns it: vesicle, background, or nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.network_input.preprocess import NetworkGrid, nearest_on, nearest_planes_on
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.network.dataset import (
    MEMBRANE_INSET_NM,
    UNKNOWN_TARGET,
    target_from_labels,
    target_from_spheres,
)
from cryoves_app.workflow.importing.vesicle_sources import VesicleSource
from cryoves_app.workflow.project.measurements import RegionMasks

Target = NDArray[np.uint8]


def spheres_on(grid: NetworkGrid, vesicles: Sequence[Vesicle]) -> NDArray[np.float64]:
    """Spheres ``(n, 4)`` in voxels of the grid."""
    return np.array([v.sphere.to_px(grid.voxel_size_nm) for v in vesicles], float).reshape(-1, 4)


def centres_on(voxel_size_nm: float, vesicles: Sequence[Vesicle]) -> NDArray[np.float64]:
    """Centres ``(n, 3)``, ``z, y, x`` in voxels of a grid whose voxels are ``voxel_size_nm`` wide."""
    return np.array([v.sphere.to_px(voxel_size_nm)[:3] for v in vesicles], float).reshape(-1, 3)


def target_on(grid: NetworkGrid, truth: VesicleSource, voxel_size_nm: float) -> Target:
    """The target of a tomogram with this voxel size.

    Nothing is known of doubtful vesicles that nobody has judged, nor of what lies outside the region that was
    curated: as background they would teach the network to miss vesicles.
    """
    target = _inside(grid, truth, voxel_size_nm)
    doubtful = target_from_spheres(spheres_on(grid, truth.doubtful), grid.shape, 0.0)
    target[(doubtful > 0) & (target == 0)] = UNKNOWN_TARGET
    if truth.regions and truth.grid:
        region = RegionMasks.of(truth.regions, *truth.grid).inside
        if region is not None:
            for plane, inside in zip(target, nearest_planes_on(grid, region, voxel_size_nm), strict=True):
                plane[inside == 0] = UNKNOWN_TARGET
    return target


def _inside(grid: NetworkGrid, truth: VesicleSource, voxel_size_nm: float) -> Target:
    inset_px = MEMBRANE_INSET_NM / grid.voxel_size_nm
    if truth.labels is None:
        return target_from_spheres(spheres_on(grid, truth.vesicles), grid.shape, inset_px)
    return target_from_labels(nearest_on(grid, truth.labels, voxel_size_nm), inset_px)
