"""Spheres in nm, and what two spheres have in common."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sphere:
    """A vesicle's shape: centre and outer radius in nm, measured from voxel (0, 0, 0)'s centre."""

    z_nm: float
    y_nm: float
    x_nm: float
    radius_nm: float

    @property
    def centre_nm(self) -> tuple[float, float, float]:
        return self.z_nm, self.y_nm, self.x_nm

    @property
    def volume_nm3(self) -> float:
        return 4.0 / 3.0 * math.pi * self.radius_nm**3

    def distance_nm(self, other: Sphere) -> float:
        """Distance of the two centres."""
        return math.dist(self.centre_nm, other.centre_nm)

    def gap_nm(self, other: Sphere) -> float:
        """Distance of the two surfaces; negative where the spheres overlap."""
        return self.distance_nm(other) - self.radius_nm - other.radius_nm

    def to_px(self, voxel_size_nm: float) -> tuple[float, float, float, float]:
        """``(z, y, x, radius)`` in voxels of the given size."""
        return (
            self.z_nm / voxel_size_nm,
            self.y_nm / voxel_size_nm,
            self.x_nm / voxel_size_nm,
            self.radius_nm / voxel_size_nm,
        )

    @classmethod
    def from_px(cls, z_px: float, y_px: float, x_px: float, radius_px: float, voxel_size_nm: float) -> Sphere:
        return cls(
            z_px * voxel_size_nm,
            y_px * voxel_size_nm,
            x_px * voxel_size_nm,
            radius_px * voxel_size_nm,
        )


def intersection_volume_nm3(a: Sphere, b: Sphere) -> float:
    """Volume of the lens that two balls share (standard spherical-cap formula)."""
    d, r, s = a.distance_nm(b), a.radius_nm, b.radius_nm
    if d >= r + s:
        return 0.0
    if d <= abs(r - s):
        return min(a.volume_nm3, b.volume_nm3)
    return math.pi * (r + s - d) ** 2 * (d * d + 2 * d * (r + s) - 3 * (r - s) ** 2) / (12 * d)


def intersection_over_union(a: Sphere, b: Sphere) -> float:
    """Overlap of two balls, from 0 (apart) to 1 (identical)."""
    shared = intersection_volume_nm3(a, b)
    return shared / (a.volume_nm3 + b.volume_nm3 - shared)
