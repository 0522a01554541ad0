"""Links of the vesicles in zones by distance from the active zone, as the field reports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.links.network import VesicleLinks
from cryoves_app.analysis.scores.distances import active_zone_centre_nm, voxel_tree
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.pools import STUDY_ZONES
from cryoves_app.workflow.links.found import FoundLinks

#: Name of the row of all vesicles.
ALL_ZONES = "all"
#: From so many tethers on a vesicle counts as ready for release.
_MANY = 3


@dataclass(frozen=True)
class ZoneLinks:
    """One zone: shares of its vesicles and means; ``None`` where it has none, limits in nm to the vesicle's centre."""

    name: str
    low_nm: float | None
    high_nm: float | None
    vesicles: int
    connected: float | None = None
    tethered: float | None = None
    mean_connectors: float | None = None
    mean_tethers: float | None = None
    without_connectors: float | None = None
    one_or_two_connectors: float | None = None
    three_connectors: float | None = None  # or more
    three_tethers: float | None = None  # or more


def zones_of(found: FoundLinks) -> list[ZoneLinks]:
    """All vesicles, and those of each zone where there is an active zone."""
    rows = [_zone(ALL_ZONES, None, None, found.vesicles)]
    away = _away_nm(found)
    if away is None:
        return rows
    for band in STUDY_ZONES:
        inside = [v for v, d in zip(found.vesicles, away, strict=True) if d in band]
        rows.append(_zone(band.name, band.low_nm, band.high_nm, inside))
    return rows


def _away_nm(found: FoundLinks) -> list[float] | None:
    """From each centre to the nearest voxel of the active zone; ``None`` without one."""
    source = found.source
    if source.kinds.active_zone is None:
        return None
    size = source.volume.voxel_size_nm
    tree = voxel_tree((source.labels == source.kinds.active_zone).view(np.uint8))
    spheres = [Sphere(*(float(n) * size for n in row)) for row in source.spheres().spheres_px]
    away = active_zone_centre_nm(spheres, tree, size)
    return None if tree is None else [d for d in away if d is not None]


def _zone(
    name: str, low_nm: float | None, high_nm: float | None, inside: Sequence[VesicleLinks]
) -> ZoneLinks:
    if not inside:
        return ZoneLinks(name, low_nm, high_nm, 0)
    connectors = np.array([v.connectors for v in inside])
    tethers = np.array([v.tethers for v in inside])
    shares = (connectors > 0, tethers > 0, connectors, tethers, connectors == 0)
    more = ((connectors > 0) & (connectors < _MANY), connectors >= _MANY, tethers >= _MANY)
    return ZoneLinks(name, low_nm, high_nm, len(inside), *(float(part.mean()) for part in (*shares, *more)))
