"""Measures of where vesicles lie: in the region, from the active zone, from each other, in which pool.

They are computed again whenever vesicles or regions change, and are no step of the history.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.scores.distances import (
    active_zone_centre_nm,
    inside_mask,
    nearest_neighbour_nm,
    voxel_tree,
)
from cryoves_app.analysis.scores.pools import ALL, PoolRow, band_volumes_nm3, summary
from cryoves_app.domain.arrays import MaskPlane, Shape
from cryoves_app.domain.pools import PoolPlan
from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle, VesicleFields
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.common.summary import for_export


@dataclass(frozen=True)
class RegionMasks:
    """The regions as voxels; ``None`` where there is none. ``inside`` is the cytoplasm without excluded places."""

    inside: RunMask | None
    zone: RunMask | None

    @classmethod
    def of(cls, regions: Sequence[Region], shape: tuple[int, int, int], voxel_size_nm: float) -> RegionMasks:
        """Rasterises all regions of a project, slice by slice."""
        cytoplasm, excluded, zone = (
            [RegionPlanes(r, shape, voxel_size_nm) for r in regions if r.kind is kind and r.contours]
            for kind in (RegionKind.CYTOPLASM, RegionKind.EXCLUDE, RegionKind.ACTIVE_ZONE)
        )
        return cls(
            RunMask.of(shape, (_inner(cytoplasm, excluded, shape, z) for z in range(shape[0])))
            if cytoplasm or excluded
            else None,
            RunMask.of(shape, (_union(zone, shape, z) for z in range(shape[0]))) if zone else None,
        )

    @cached_property
    def zone_tree(self) -> cKDTree | None:
        """The active zone's voxels for distances, made once."""
        return None if self.zone is None else voxel_tree(self.zone)

    @property
    def volume_px(self) -> int:
        """Voxels inside, the active zone's own not counted."""
        if self.inside is None:
            return 0
        if self.zone is None:
            return self.inside.count
        return self.inside.count - int(self.inside[tuple(self.zone.voxels().T)].sum())


def place_measures(
    vesicles: VesicleSet, masks: RegionMasks, voxel_size_nm: float, plan: PoolPlan | None = None
) -> dict[int, VesicleFields]:
    """Measures by vesicle id, as ``Session.refresh`` takes them.

    Nearest neighbours are looked for among accepted vesicles inside the region; others have none. The
    distance to the active zone is from its nearest voxel's centre, to the vesicle's centre and to its rim.
    """
    found = list(vesicles)
    spheres = [v.sphere for v in found]
    inside = _inside(found, masks, voxel_size_nm)
    centre = active_zone_centre_nm(spheres, masks.zone_tree, voxel_size_nm)
    rim = [None if d is None else d - v.radius_nm for d, v in zip(centre, found, strict=True)]
    counted = [i for i, v in enumerate(found) if v.status is Status.ACCEPTED and inside[i] is not False]
    nearest = dict(zip(counted, nearest_neighbour_nm([spheres[i] for i in counted]), strict=True))
    places: list[VesicleFields] = [
        {
            "inside_region": inside[i],
            "az_centre_nm": centre[i],
            "az_rim_nm": rim[i],
            "nn_distance_nm": nearest.get(i),
        }
        for i in range(len(found))
    ]
    name = (plan or PoolPlan()).namer(voxel_size_nm)
    return {v.id: {**place, "pool": name(v.but(**place))} for v, place in zip(found, places, strict=True)}


def measures_of(project: Project, masks: RegionMasks | None = None) -> dict[int, VesicleFields]:
    """All measures of place of a project's vesicles; takes seconds where regions are large.

    ``masks`` are the project's regions as voxels, where they are known already.
    """
    voxel_size_nm = project.tomogram.voxel_size_nm
    return place_measures(project.vesicles, masks or masks_of(project), voxel_size_nm, project.pools)


def pools_of(project: Project) -> dict[int, VesicleFields]:
    """Only the pools, by the measures that the vesicles have: fast enough while a band is being changed."""
    name = project.pools.namer(project.tomogram.voxel_size_nm)
    return {v.id: {"pool": pool} for v in project.vesicles if (pool := name(v)) != v.pool}


def masks_of(project: Project) -> RegionMasks:
    """The project's regions as voxels."""
    tomogram = project.tomogram
    return RegionMasks.of(project.regions, tomogram.shape, tomogram.voxel_size_nm)


def pool_volumes_nm3(project: Project, masks: RegionMasks | None = None) -> dict[str, float]:
    """The cytoplasm's volume, of each pool and of all; empty without a region.

    A distance pool has the cytoplasm within its band; without an active zone it has none. A pool by a filter
    may lie anywhere, so it has all of the cytoplasm.
    """
    masks, plan, size_nm = masks or masks_of(project), project.pools, project.tomogram.voxel_size_nm
    if masks.inside is None:
        return {}
    whole = masks.volume_px * size_nm**3
    if not plan.by_distance:
        return {**dict.fromkeys(plan.names, whole), ALL: whole}
    if masks.zone is None:
        return {ALL: whole}
    return {**band_volumes_nm3(masks.inside, masks.zone, plan.bands, size_nm), ALL: whole}


def pool_summary(project: Project, volumes_nm3: Mapping[str, float]) -> list[PoolRow]:
    """Counts, sizes and densities of the pools: of the vesicles that are exported."""
    return summary(for_export(project.vesicles), project.pools.names, volumes_nm3)


@dataclass(frozen=True)
class Measured:
    """What a round of measuring gives: measures by vesicle id, and the pools' volumes."""

    measures: dict[int, VesicleFields]
    volumes_nm3: dict[str, float]


class PlaceMeter:
    """Measures one project again and again; what hangs on its regions alone is kept in between."""

    def __init__(self) -> None:
        self._regions: tuple[Region, ...] | None = None
        self._masks = RegionMasks(None, None)
        self._divided: tuple[tuple[Region, ...], PoolPlan] | None = None
        self._volumes: dict[str, float] = {}

    def measure(self, project: Project) -> Measured:
        """All measures of place, and the volumes; belongs to one thread at a time."""
        if self._regions != project.regions:
            self._masks, self._regions = masks_of(project), project.regions
        if self._divided != (project.regions, project.pools):
            self._volumes = pool_volumes_nm3(project, self._masks)
            self._divided = (project.regions, project.pools)
        return Measured(measures_of(project, self._masks), self._volumes)


def _inside(found: Sequence[Vesicle], masks: RegionMasks, voxel_size_nm: float) -> Sequence[bool | None]:
    if masks.inside is None:
        return [None] * len(found)
    return inside_mask([v.sphere for v in found], masks.inside, voxel_size_nm)


def _inner(
    cytoplasm: Sequence[RegionPlanes], excluded: Sequence[RegionPlanes], shape: Shape, z: int
) -> MaskPlane:
    """One slice of the cytoplasm, or of all where none is drawn, without excluded places."""
    plane = _union(cytoplasm, shape, z) if cytoplasm else np.ones(shape[1:], bool)
    return plane & ~_union(excluded, shape, z) if excluded else plane


def _union(regions: Sequence[RegionPlanes], shape: Shape, z: int) -> MaskPlane:
    """One slice of regions together."""
    plane = np.zeros(shape[1:], bool)
    for region in regions:
        plane |= region.plane(z)
    return plane
