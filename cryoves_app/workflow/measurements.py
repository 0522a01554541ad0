"""Measures of where vesicles lie: in the region, from the active zone, from each other, in which pool.

They are computed again whenever vesicles or regions change, and are no step of the history.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.distances import active_zone_centre_nm, inside_mask, nearest_neighbour_nm
from cryoves_app.analysis.pools import USUAL_BANDS, Band, band_volumes_nm3, pool_of
from cryoves_app.analysis.regions import rasterise
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet

Mask = NDArray[np.uint8]


@dataclass(frozen=True)
class RegionMasks:
    """The regions as voxels; ``None`` where there is none. ``inside`` is the cytoplasm without excluded places."""

    inside: Mask | None
    zone: Mask | None

    @classmethod
    def of(cls, regions: Sequence[Region], shape: tuple[int, int, int], voxel_size_nm: float) -> RegionMasks:
        """Rasterises all regions of a project."""
        cytoplasm = _union(regions, RegionKind.CYTOPLASM, shape, voxel_size_nm)
        excluded = _union(regions, RegionKind.EXCLUDE, shape, voxel_size_nm)
        if excluded is not None:
            cytoplasm = np.ones(shape, np.uint8) if cytoplasm is None else cytoplasm
            cytoplasm[excluded > 0] = 0
        return cls(cytoplasm, _union(regions, RegionKind.ACTIVE_ZONE, shape, voxel_size_nm))


def place_measures(
    vesicles: VesicleSet, masks: RegionMasks, voxel_size_nm: float, bands: Sequence[Band] = USUAL_BANDS
) -> dict[int, dict[str, Any]]:
    """Measures by vesicle id, as ``Session.refresh`` takes them.

    Nearest neighbours are looked for among accepted vesicles inside the region; others have none. The
    distance to the active zone is from its nearest voxel's centre, to the vesicle's centre and to its rim.
    """
    found = list(vesicles)
    spheres = [v.sphere for v in found]
    inside = _inside(found, masks, voxel_size_nm)
    centre = (
        [None] * len(found)
        if masks.zone is None
        else active_zone_centre_nm(spheres, masks.zone, voxel_size_nm)
    )
    rim = [None if d is None else d - v.radius_nm for d, v in zip(centre, found, strict=True)]
    counted = [i for i, v in enumerate(found) if v.status is Status.ACCEPTED and inside[i] is not False]
    nearest = dict(zip(counted, nearest_neighbour_nm([spheres[i] for i in counted]), strict=True))
    return {
        v.id: {
            "inside_region": inside[i],
            "az_centre_nm": centre[i],
            "az_rim_nm": rim[i],
            "nn_distance_nm": nearest.get(i),
            "pool": pool_of(rim[i], bands),
        }
        for i, v in enumerate(found)
    }


def measures_of(project: Project, bands: Sequence[Band] = USUAL_BANDS) -> dict[int, dict[str, Any]]:
    """All measures of place of a project's vesicles; takes seconds where regions are large."""
    tomogram = project.tomogram
    masks = RegionMasks.of(project.regions, tomogram.shape, tomogram.voxel_size_nm)
    return place_measures(project.vesicles, masks, tomogram.voxel_size_nm, bands)


def pool_volumes_nm3(project: Project, bands: Sequence[Band] = USUAL_BANDS) -> dict[str, float]:
    """The cytoplasm's volume in each band; empty without a region and an active zone."""
    tomogram = project.tomogram
    masks = RegionMasks.of(project.regions, tomogram.shape, tomogram.voxel_size_nm)
    if masks.inside is None or masks.zone is None:
        return {}
    return band_volumes_nm3(masks.inside, masks.zone, bands, tomogram.voxel_size_nm)


def _inside(found: Sequence[Vesicle], masks: RegionMasks, voxel_size_nm: float) -> Sequence[bool | None]:
    if masks.inside is None:
        return [None] * len(found)
    return inside_mask([v.sphere for v in found], masks.inside, voxel_size_nm)


def _union(
    regions: Sequence[Region], kind: RegionKind, shape: tuple[int, int, int], voxel_size_nm: float
) -> Mask | None:
    whole: Mask | None = None
    for region in regions:
        if region.kind is kind and region.contours:
            mask = rasterise(region, shape, voxel_size_nm)
            whole = mask if whole is None else whole | mask
    return whole
