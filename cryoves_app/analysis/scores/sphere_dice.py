"""How much of the voxels that two sets of spheres cover they share, wherever the spheres lie."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.geometry.run_mask import AnyMask
from cryoves_app.domain.arrays import Position, Shape
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere

#: Spheres are painted cube by cube: only cubes that one touches are looked at, however far apart they lie.
_EDGE_PX = 64
_MOST_CUBES = 10_000  # of one sphere

_Cube = tuple[int, int, int]
_SpherePx = tuple[float, float, float, float]


def dice_of_spheres(
    a: Sequence[Sphere],
    b: Sequence[Sphere],
    shape: Shape | None,
    voxel_size_nm: float,
    mask: AnyMask | None = None,
) -> float:
    """Dice coefficient of the voxels that two sets of spheres (outer radius) cover.

    Parameters
    ----------
    a, b
        Spheres with outer radii, in nm.
    shape : (z, y, x), optional
        The volume outside of which no voxel counts; without it all do.
    voxel_size_nm
        Of the grid on which they are painted.
    mask : (z, y, x) array, optional
        Only voxels where it is not 0 count.

    Returns
    -------
    float
        2 |A ∩ B| / (|A| + |B|); 1 where there are no voxels at all.

    Raises
    ------
    CryoVesError
        If a sphere is far too large for a vesicle.
    """
    cubes: defaultdict[_Cube, tuple[list[_SpherePx], list[_SpherePx]]] = defaultdict(lambda: ([], []))
    for which, spheres in enumerate((a, b)):
        for sphere in spheres:
            sphere_px = sphere.to_px(voxel_size_nm)
            for cube in _cubes_of(sphere_px, shape, sphere):
                cubes[cube][which].append(sphere_px)
    shared = total = 0
    for cube, sets in cubes.items():
        first, second = (_painted(spheres, cube, shape, mask) for spheres in sets)
        shared += int(np.count_nonzero(first & second))
        total += int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2 * shared / total if total else 1.0


def _cubes_of(sphere_px: _SpherePx, shape: Shape | None, sphere: Sphere) -> Iterator[_Cube]:
    """The cubes of the grid that a sphere can touch."""
    *centre, radius = sphere_px
    spans = [(math.floor((c - radius) / _EDGE_PX), math.floor((c + radius) / _EDGE_PX)) for c in centre]
    if shape is not None:
        spans = [
            (max(low, 0), min(high, (n - 1) // _EDGE_PX)) for (low, high), n in zip(spans, shape, strict=True)
        ]
    if math.prod(max(high - low + 1, 0) for low, high in spans) > _MOST_CUBES:
        raise CryoVesError(
            f"A vesicle with a radius of {sphere.radius_nm:.3g} nm cannot be compared; are its numbers in another unit?"
        )
    z, y, x = (range(low, high + 1) for low, high in spans)
    return itertools.product(z, y, x)


def _painted(
    spheres: Iterable[_SpherePx], cube: _Cube, shape: Shape | None, mask: AnyMask | None
) -> NDArray[np.bool_]:
    """Which voxels of a cube spheres cover and count."""
    corner = [_EDGE_PX * place for place in cube]
    local = np.array([(*_less((z, y, x), corner), r) for z, y, x, r in spheres], float).reshape(-1, 4)
    edges = (
        [_EDGE_PX] * 3
        if shape is None
        else [min(_EDGE_PX, n - c) for n, c in zip(shape, corner, strict=True)]
    )
    covered = paint_spheres(local, (edges[0], edges[1], edges[2])) > 0
    if mask is not None:
        covered &= mask[tuple(slice(c, c + n) for c, n in zip(corner, edges, strict=True))] > 0
    return covered


def _less(position: Position, corner: Sequence[int]) -> list[float]:
    return [p - c for p, c in zip(position, corner, strict=True)]
