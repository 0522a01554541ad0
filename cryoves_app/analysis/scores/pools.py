"""What is counted and measured for each pool of vesicles."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from cryoves_app.analysis.geometry.run_mask import AnyMask, as_runs
from cryoves_app.domain.pools import Band
from cryoves_app.domain.vesicle import Vesicle

NM3_PER_UM3 = 1e9
#: Names of the rows for vesicles in no pool, and for all of them.
NONE, ALL = "none", "all"
#: So many of the region's voxels are enough for a volume that is right to a percent.
_SAMPLED_VOXELS = 200_000
#: Stands for a distance that is too large to matter.
_FAR = 1e12


@dataclass(frozen=True)
class PoolRow:
    """What is known of one pool; ``None`` where there is too little, ``density_um3`` per cubic micrometre."""

    name: str
    count: int
    mean_radius_nm: float | None
    sd_radius_nm: float | None
    mean_neighbour_nm: float | None
    mean_distance_nm: float | None
    volume_nm3: float | None
    density_um3: float | None


def summary(
    vesicles: Sequence[Vesicle], names: Sequence[str], volumes_nm3: Mapping[str, float] | None = None
) -> list[PoolRow]:
    """One row for each pool, by the vesicles' ``pool`` names; then those in none, if any, and all."""
    known = volumes_nm3 or {}
    rows = [_row(name, [v for v in vesicles if v.pool == name], known.get(name)) for name in names]
    rest = [v for v in vesicles if v.pool not in names]
    if rest and names:
        rows.append(_row(NONE, rest, None))
    return [*rows, _row(ALL, vesicles, known.get(ALL))]


def band_volumes_nm3(
    region: AnyMask, zone: AnyMask, bands: Sequence[Band], voxel_size_nm: float
) -> dict[str, float]:
    """The region's volume within each band of distance to the active zone.

    Large regions are sampled on a coarser grid. Voxels of the zone itself count to no band.

    Parameters
    ----------
    region, zone : (z, y, x) arrays
        Above 0 inside, else 0; ``voxel_size_nm`` is their voxel size.

    Returns
    -------
    dict
        Name of the band → nm³; 0 where region or zone is empty.
    """
    stride = max(round((as_runs(region).count / _SAMPLED_VOXELS) ** (1 / 3)), 1)
    thinned = (slice(None, None, stride),) * 3
    points = np.argwhere((region[thinned] > 0) & (zone[thinned] == 0)) * stride
    border = as_runs(zone).voxels()
    if not len(points) or not len(border):
        return {band.name: 0.0 for band in bands}
    distances = _distances_within(_farthest(bands) / voxel_size_nm, points, border) * voxel_size_nm
    share = (stride * voxel_size_nm) ** 3
    return {
        band.name: float(np.count_nonzero((distances >= band.low_nm) & (distances < band.high_nm)) * share)
        for band in bands
    }


def _farthest(bands: Sequence[Band]) -> float:
    """The last distance at which one band ends or another begins; beyond it nothing has to be told apart."""
    return max(
        (edge for band in bands for edge in (band.low_nm, band.high_nm) if math.isfinite(edge)), default=0.0
    )


def _distances_within(
    reach: float, points: NDArray[np.intp], border: NDArray[np.intp]
) -> NDArray[np.float64]:
    """From each point to the nearest of the border; a very large number where that is farther than ``reach``.

    Only points in the border's box, widened by the reach, are looked up: most of a large region lies far off.
    """
    distances = np.full(len(points), _FAR)
    low, high = border.min(axis=0) - reach, border.max(axis=0) + reach
    near = ((points >= low) & (points <= high)).all(axis=1)
    distances[near] = cKDTree(border).query(points[near], distance_upper_bound=reach * (1 + 1e-9) + 1e-9)[0]
    return np.minimum(distances, _FAR)


def _row(name: str, members: Sequence[Vesicle], volume_nm3: float | None) -> PoolRow:
    radii = [v.radius_nm for v in members]
    return PoolRow(
        name,
        len(members),
        statistics.fmean(radii) if radii else None,
        statistics.stdev(radii) if len(radii) > 1 else None,
        _mean(members, lambda v: v.nn_distance_nm),
        _mean(members, lambda v: v.az_rim_nm),
        volume_nm3,
        len(members) / volume_nm3 * NM3_PER_UM3 if volume_nm3 else None,
    )


def _mean(members: Sequence[Vesicle], measure: Callable[[Vesicle], float | None]) -> float | None:
    known = [value for v in members if (value := measure(v)) is not None]
    return statistics.fmean(known) if known else None
