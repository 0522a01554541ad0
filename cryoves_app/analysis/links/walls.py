"""The wall that vesicles have in common: how dense it is, and how wide the image makes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.links.field import LinkField
from cryoves_app.domain.arrays import SpheresPx, Values

_BIN_NM, _INSIDE_NM, _OUTSIDE_NM = 0.5, 12.0, 8.0
#: The dip lies here, seen from the outer edge of the membrane.
_DIP_NM = (-8.0, 2.0)
#: Only beside a vesicle, where the wedge leaves the wall.
_STEEPEST = 0.5
#: A bilayer's own standard deviation, and that of a protein thread of 1.8 nm radius, in nm.
_BILAYER_SD_NM, THREAD_SD_NM = 1.9, 0.9
_SMALLEST_BLUR_NM = 1.0
_FWHM = 2.3548


@dataclass(frozen=True)
class WallDip:
    """The mean wall.

    Attributes
    ----------
    depth
        How much darker it is than the region, in grey values; 0 where no wall is seen.
    width_nm
        Full width at half its depth.
    """

    depth: float
    width_nm: float

    @property
    def thread_sd_nm(self) -> float:
        """Standard deviation across a thread that is blurred as the wall is."""
        blur = (self.width_nm / _FWHM) ** 2 - _BILAYER_SD_NM**2
        return float(np.sqrt(max(blur, _SMALLEST_BLUR_NM**2) + THREAD_SD_NM**2))


def wall_dip(space: LinkField, spheres_px: SpheresPx, voxel_nm: float) -> WallDip:
    """The mean radial profile of vesicles, and in it the dip of their walls.

    Parameters
    ----------
    spheres_px : (n, 4) array
        ``z, y, x`` and outer radius in the tomogram, in voxels.
    voxel_nm
        Voxel size.
    """
    places, means = _profile(space, spheres_px - [*space.corner_px, 0], voxel_nm)
    depths = float(space.grey[space.region].mean(dtype=np.float64)) - means
    inside = np.flatnonzero((places > _DIP_NM[0]) & (places < _DIP_NM[1]) & np.isfinite(depths))
    if not len(inside):
        return WallDip(0.0, 0.0)
    darkest = inside[depths[inside].argmax()]
    depth = float(depths[darkest])
    if not depth > 0:
        return WallDip(0.0, 0.0)
    is_shallow = ~(depths > depth / 2)
    below, above = np.flatnonzero(is_shallow[:darkest]), np.flatnonzero(is_shallow[darkest:])
    first = below[-1] + 1 if len(below) else 0
    last = darkest + above[0] - 1 if len(above) else len(depths) - 1
    return WallDip(depth, float(last - first + 1) * _BIN_NM)


def _profile(space: LinkField, spheres: SpheresPx, voxel_nm: float) -> tuple[Values, Values]:
    """Distances from the outer edge in nm, and mean grey values there; NaN where no voxel lies."""
    edges = np.arange(-_INSIDE_NM, _OUTSIDE_NM + _BIN_NM / 2, _BIN_NM)
    total, number = np.zeros(len(edges) - 1), np.zeros(len(edges) - 1)
    for *centre, radius in spheres:
        reach = radius + _OUTSIDE_NM / voxel_nm
        low = np.clip(np.floor(np.subtract(centre, reach)), 0, space.shape).astype(int)
        high = np.clip(np.ceil(np.add(centre, reach)) + 1, 0, space.shape).astype(int)
        box = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
        z, y, x = (g - c for g, c in zip(np.ogrid[box], centre, strict=True))
        away = np.sqrt(z * z + y * y + x * x)
        grey = space.grey[box]
        chosen = (np.abs(z) <= _STEEPEST * away) & np.isfinite(grey)
        place = np.floor(((away[chosen] - radius) * voxel_nm + _INSIDE_NM) / _BIN_NM).astype(np.intp)
        within = (place >= 0) & (place < len(total))
        total += np.bincount(place[within], grey[chosen][within], len(total))
        number += np.bincount(place[within], minlength=len(total))
    with np.errstate(invalid="ignore"):
        means = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return edges[:-1] + _BIN_NM / 2, means
