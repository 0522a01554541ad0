"""Regions drawn on slices: cytoplasm, active zone, organelles, places to leave out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_MEMBRANE_NM = 8.0


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
    tube_nm: float = _MEMBRANE_NM


def usual_tube_nm(voxel_size_nm: float) -> float:
    """The diameter of an active zone's tube: a membrane's width, and never thinner than three voxels."""
    return max(_MEMBRANE_NM, 3 * voxel_size_nm)
