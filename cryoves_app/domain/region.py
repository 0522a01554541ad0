"""Regions drawn on slices: cytoplasm, active zone, organelles, places to leave out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class RegionKind(StrEnum):
    CYTOPLASM = "cytoplasm"
    ACTIVE_ZONE = "active_zone"
    EXCLUDE = "exclude"
    ORGANELLE = "organelle"


@dataclass(frozen=True, slots=True)
class Contour:
    """A line on one slice: points ``(z, y, x)`` in voxels, voxel centres at integers."""

    points_px: tuple[tuple[float, float, float], ...]
    closed: bool = True


@dataclass(frozen=True, slots=True)
class Region:
    """A named set of contours. ``interpolate`` fills slices between drawn ones.

    ``tube_nm`` is the diameter with which open contours (an active zone) are stroked.
    """

    name: str
    kind: RegionKind
    contours: tuple[Contour, ...] = ()
    interpolate: bool = False
    tube_nm: float = 8.0
