"""What finding an active zone is told, and what comes of it. Light, no numerics."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.region import Region


class Rim(StrEnum):
    """Where an active zone ends."""

    STROKE = "stroke"  # where the clicks are, on all slices on which the membrane is seen
    PROPOSED = "proposed"  # where vesicles and cleft are densest


@dataclass(frozen=True)
class ZoneOrder:
    """``clicks_px`` are two or more points (``z, y, x`` in voxels) on one slice, on the membrane or in its cleft."""

    clicks_px: tuple[Position, ...]
    rim: Rim = Rim.STROKE


@dataclass(frozen=True)
class FoundZone:
    """An active zone as a region, its sentence, what to know of it, and its figures."""

    region: Region
    sentence: str
    notes: tuple[str, ...]
    slices: tuple[int, int]
    area_nm2: float
    width_nm: float
    inner_edge_nm: float | None  # from the mid-plane; None where the terminal's side is not known
    fringe: float
    clearness: float
