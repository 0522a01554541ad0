"""Surface, holes and loops of a set of voxels that hang together by faces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cryoves_app.domain.arrays import BoolMask

_ALL_NEIGHBOURS = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class Topology:
    """Numbers of one segment.

    Attributes
    ----------
    surface
        Voxels with a face neighbour in the field that is not of the segment.
    euler
        Voxels − pairs of face neighbours + complete squares of four − complete cubes of eight.
    holes
        Enclosed cavities: pieces of the ground, joined by faces, edges and corners, that the outside does not reach.
    loops
        Tunnels through it: 1 + holes − euler.
    """

    surface: int
    euler: int
    holes: int
    loops: int


def topology_of(segment: BoolMask) -> Topology:
    """Measures a segment of one piece.

    Parameters
    ----------
    segment : (z, y, x) bool array
        Its bounding box with the voxels around it that are in the field. Beyond lies ground that holes open to, but
        against which no voxel is of the surface.
    """
    euler, holes = _euler_number(segment), _hole_count(np.pad(segment, 1))
    return Topology(_surface_count(segment), euler, holes, 1 + holes - euler)


def _surface_count(segment: BoolMask) -> int:
    """Voxels with a face neighbour that is ground; what lies outside the array is none."""
    return int(np.count_nonzero(segment & ~ndimage.binary_erosion(segment, border_value=1)))


def _euler_number(segment: BoolMask) -> int:
    """χ of the complex of voxels, their faces, edges and corners (as points, pairs, squares and cubes of voxels)."""
    squares = cubes = 0
    pairs = [
        segment.take(range(1, n), a) & segment.take(range(n - 1), a) for a, n in enumerate(segment.shape)
    ]
    for along, across in ((0, 1), (0, 2), (1, 2)):
        both = pairs[along]
        square = _pairs_along(both, across)
        squares += int(np.count_nonzero(square))
        if (along, across) == (0, 1):
            cubes = int(np.count_nonzero(_pairs_along(square, 2)))
    edges = sum(int(np.count_nonzero(pair)) for pair in pairs)
    return int(np.count_nonzero(segment)) - edges + squares - cubes


def _hole_count(padded: BoolMask) -> int:
    """Pieces of the ground besides the outside; the array has a rim of ground."""
    return int(ndimage.label(~padded, _ALL_NEIGHBOURS)[1]) - 1


def _pairs_along(mask: BoolMask, axis: int) -> BoolMask:
    """Whether a place and the next one along an axis are both set."""
    moved = np.moveaxis(mask, axis, 0)
    return np.moveaxis(moved[1:] & moved[:-1], 0, axis)
