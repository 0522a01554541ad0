"""How much denser a place is than vesicles and membrane alone would make it: the grey values without their profiles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.links.field import LinkField
from cryoves_app.domain.arrays import BoolMask, Grey, SpheresPx, Window
from cryoves_app.domain.progress import Progress

#: So far beyond a surface its own profile is told from its surroundings, in nm, and how far inside it begins.
_REACH_NM, _INSIDE_NM, _BIN_NM = 24.0, 2.0, 0.5
#: The wedge makes profiles another above a vesicle than beside it.
_SLOPES = 4
_ROUNDS, _STEP = 4, 0.8
#: A bin of few voxels says little.
_SHRINK = 50
_SMOOTH_PX, _LEAST_WEIGHT = 0.5, 0.02
_BINS = round((_REACH_NM + _INSIDE_NM) / _BIN_NM)


@dataclass(frozen=True)
class _Shell:
    """Voxels around one surface: their places, and the bins of their distances from it and slopes."""

    box: Window
    near: BoolMask = field(repr=False)
    bins: NDArray[np.intp] = field(repr=False)


@dataclass(frozen=True)
class ExcessDensity:
    """Density that walls and their fringes do not explain.

    Attributes
    ----------
    values : (z, y, x) float32 array
        On the field's box; positive where it is darker than expected, in standard deviations of the region.
    grey_sd
        One of these in grey values; 0 where all are the same.
    """

    values: Grey = field(repr=False)
    grey_sd: float


def excess_density(
    space: LinkField, spheres_px: SpheresPx, voxel_nm: float, progress: Progress | None = None
) -> ExcessDensity:
    """Density beyond what distance from the vesicles and from the active zone explains.

    The profile that all vesicles have in common, by distance and by slope against the beam, and that of the active
    zone are found together, since they overlap in narrow gaps, and taken off.

    Parameters
    ----------
    spheres_px : (n, 4) array
        ``z, y, x`` and outer radius in the tomogram, in voxels.
    voxel_nm
        Voxel size.
    """
    watched = progress or Progress()
    own = spheres_px - [*space.corner_px, 0]
    surfaces = _Surfaces(space, own, voxel_nm)
    rest = space.grey.astype(np.float32)
    rest -= np.float32(rest[space.region].mean(dtype=np.float64))
    for number in range(_ROUNDS):
        watched.report(number / _ROUNDS, "profiles of vesicles")
        for shells, bins in surfaces.kinds():
            _take_off(rest, space.region, shells, bins)
    rest = _smoothed(rest, space.region)
    spread = float(rest[space.region].std(dtype=np.float64))
    if not spread > 0:
        return ExcessDensity(np.zeros_like(rest), 0.0)
    rest /= np.float32(-spread)
    return ExcessDensity(rest, spread)


def _smoothed(rest: Grey, region: BoolMask) -> Grey:
    """By the region's voxels alone, a little beyond it, too: walls would leak into the gaps."""
    weight = ndimage.gaussian_filter(region.astype(np.float32), _SMOOTH_PX)
    rest[~region] = 0
    rest = ndimage.gaussian_filter(rest, _SMOOTH_PX, output=rest)
    np.divide(rest, weight, out=rest, where=weight > _LEAST_WEIGHT)
    rest[weight <= _LEAST_WEIGHT] = 0
    return rest


def _take_off(rest: Grey, region: BoolMask, shells: list[_Shell], count: int) -> None:
    """Subtract the mean of each bin, most of it, so that overlapping ones settle."""
    total, number = np.zeros(count), np.zeros(count)
    for shell in shells:
        inside = region[shell.box][shell.near]
        values, bins = rest[shell.box][shell.near][inside], shell.bins[inside]
        total += np.bincount(bins, values, count)
        number += np.bincount(bins, minlength=count)
    means = (_STEP * total / np.maximum(number, _SHRINK)).astype(np.float32)
    for shell in shells:
        rest[shell.box][shell.near] -= means[shell.bins]


class _Surfaces:
    """The shells around vesicles, made anew each time so that memory does not grow with their number."""

    def __init__(self, space: LinkField, spheres_px: SpheresPx, voxel_nm: float) -> None:
        self._space, self._spheres, self._voxel_nm = space, spheres_px, voxel_nm
        self._zone = self._zone_shell()

    def kinds(self) -> Iterator[tuple[list[_Shell], int]]:
        """Shells that share one profile, with its number of bins."""
        yield [self._sphere_shell(sphere) for sphere in self._spheres], _BINS * _SLOPES
        if self._zone is not None:
            yield [self._zone], _BINS

    def _sphere_shell(self, sphere: NDArray[np.float64]) -> _Shell:
        *centre, radius = sphere
        reach = radius + _REACH_NM / self._voxel_nm
        low = np.clip(np.floor(np.subtract(centre, reach)), 0, self._space.shape).astype(int)
        high = np.clip(np.ceil(np.add(centre, reach)) + 1, 0, self._space.shape).astype(int)
        box = tuple(slice(a, max(a, b)) for a, b in zip(low, high, strict=True))
        z, y, x = (g - c for g, c in zip(np.ogrid[box], centre, strict=True))
        away = np.sqrt(z * z + y * y + x * x, dtype=np.float32)
        beyond = (away - radius) * self._voxel_nm
        near = (beyond < _REACH_NM) & (beyond >= -_INSIDE_NM)
        slope = np.broadcast_to(np.abs(z), away.shape)[near] / np.maximum(away[near], 1e-3)
        slopes = np.minimum((slope * _SLOPES).astype(np.intp), _SLOPES - 1)
        return _Shell(box, near, slopes * _BINS + _bins(beyond[near]))

    def _zone_shell(self) -> _Shell | None:
        space = self._space
        if space.zone is None:
            return None
        zone = space.boundaries == space.zone
        reach = int(np.ceil(_REACH_NM / self._voxel_nm))
        (found,) = ndimage.find_objects(zone.view(np.uint8))
        box = tuple(
            slice(max(part.start - reach, 0), min(part.stop + reach, n))
            for part, n in zip(found, space.shape, strict=True)
        )
        away = ndimage.distance_transform_edt(~zone[box]).astype(np.float32)
        beyond = (away - 0.5) * self._voxel_nm
        near = (away > 0) & (beyond < _REACH_NM)
        return _Shell(box, near, _bins(beyond[near]))


def _bins(beyond_nm: NDArray[np.float32]) -> NDArray[np.intp]:
    return np.clip(((beyond_nm + _INSIDE_NM) / _BIN_NM).astype(np.intp), 0, _BINS - 1)
