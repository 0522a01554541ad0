"""Pools of vesicles by their distance to the active zone."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle

NM3_PER_UM3 = 1e9
#: So many of the region's voxels are enough for a volume that is right to a few per mille.
_SAMPLED_VOXELS = 500_000


@dataclass(frozen=True)
class Band:
    """Distances from ``low_nm`` (included) to ``high_nm`` (not included)."""

    name: str
    low_nm: float
    high_nm: float

    def __contains__(self, distance_nm: float) -> bool:
        return self.low_nm <= distance_nm < self.high_nm


#: A common division of a presynaptic terminal; distances of the vesicles' rims.
USUAL_BANDS = (
    Band("proximal", float("-inf"), 45.0),
    Band("intermediate", 45.0, 75.0),
    Band("distal", 75.0, 250.0),
)


@dataclass(frozen=True)
class PoolRow:
    """What is known of one pool; ``None`` where there is too little, ``density_um3`` per cubic micrometre."""

    name: str
    count: int
    mean_radius_nm: float | None
    sd_radius_nm: float | None
    mean_distance_nm: float | None
    volume_nm3: float | None
    density_um3: float | None


def checked_bands(bands: Sequence[Band]) -> tuple[Band, ...]:
    """The bands in rising order.

    Raises
    ------
    CryoVesError
        If one is empty, two overlap, or two have one name.
    """
    ordered = tuple(sorted(bands, key=lambda band: band.low_nm))
    if len({band.name for band in ordered}) < len(ordered) or not all(band.name.strip() for band in ordered):
        raise CryoVesError("Every pool needs a name of its own.")
    for band in ordered:
        if not band.low_nm < band.high_nm:
            raise CryoVesError(f"The pool “{band.name}” ends where it begins.")
    for one, other in pairwise(ordered):
        if other.low_nm < one.high_nm:
            raise CryoVesError(f"The pools “{one.name}” and “{other.name}” overlap.")
    return ordered


def pool_of(distance_nm: float | None, bands: Sequence[Band]) -> str:
    """The name of the band in which a distance lies; empty if in none, or if it is not known."""
    if distance_nm is None:
        return ""
    return next((band.name for band in bands if distance_nm in band), "")


def summary(
    vesicles: Sequence[Vesicle], bands: Sequence[Band], volumes_nm3: Mapping[str, float] | None = None
) -> list[PoolRow]:
    """One row for each band, by the vesicles' ``pool`` names, and one for those in none."""
    known = volumes_nm3 or {}
    names = [band.name for band in bands]
    rows = [_row(name, [v for v in vesicles if v.pool == name], known.get(name)) for name in names]
    rest = [v for v in vesicles if v.pool not in names]
    return [*rows, _row("none", rest, None)] if rest else rows


def band_volumes_nm3(
    region: NDArray[np.uint8], zone: NDArray[np.uint8], bands: Sequence[Band], voxel_size_nm: float
) -> dict[str, float]:
    """The region's volume within each band of distance to the active zone.

    Large regions are sampled on a coarser grid. Voxels of the zone itself count to no band.
    """
    stride = max(round((np.count_nonzero(region) / _SAMPLED_VOXELS) ** (1 / 3)), 1)
    thinned = (slice(None, None, stride),) * 3
    points = np.argwhere((region[thinned] > 0) & (zone[thinned] == 0)) * stride
    border = np.argwhere(zone)
    if not len(points) or not len(border):
        return {band.name: 0.0 for band in bands}
    distances = cKDTree(border).query(points)[0] * voxel_size_nm
    share = (stride * voxel_size_nm) ** 3
    return {
        band.name: float(np.count_nonzero((distances >= band.low_nm) & (distances < band.high_nm)) * share)
        for band in bands
    }


def _row(name: str, members: Sequence[Vesicle], volume_nm3: float | None) -> PoolRow:
    radii = [v.radius_nm for v in members]
    distances = [v.az_rim_nm for v in members if v.az_rim_nm is not None]
    return PoolRow(
        name,
        len(members),
        statistics.fmean(radii) if radii else None,
        statistics.stdev(radii) if len(radii) > 1 else None,
        statistics.fmean(distances) if distances else None,
        volume_nm3,
        len(members) / volume_nm3 * NM3_PER_UM3 if volume_nm3 else None,
    )
