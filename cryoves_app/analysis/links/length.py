"""How long a segment is: through the middle between its boundaries, from the first to the contact at the second."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.links.boundary_voxels import BoundaryVoxels, nearest_px
from cryoves_app.analysis.links.field import LinkField
from cryoves_app.domain.arrays import BoolMask, Indices, Values, Window

#: So many voxels are looked at together.
_PART = 1 << 12
#: Edge of the cubes of voxels that are far off together.
_CUBE = 8
_FACES = np.array([(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)])


def segment_length(
    space: LinkField, surfaces: BoundaryVoxels, ends: tuple[int, int], voxels: Indices, box: Window
) -> float | None:
    """The shortest way through a voxel in the middle, from boundary to contact, in voxels.

    A thread that is curved is underestimated, since the way is straight to the middle and on from there.

    Parameters
    ----------
    ends
        Places in ``space.ids``, from 1, the lower one first.
    voxels : (n, 3) array
        The segment's.
    box
        Its bounding box with one voxel more on each side, within the field.

    Returns
    -------
    float or None
        None where no voxel lies in the middle layer.
    """
    first, second = (surfaces.within(end, box) for end in ends)
    trees = cKDTree(first), cKDTree(second)
    way = float(nearest_px(trees[0], second).min()) - 1
    near = _is_near(voxels, first) | _is_near(voxels, second)
    contacts = _contacts(space, ends, voxels[near])
    starts, stops = (cKDTree(contact) for contact in contacts)
    best = math.inf
    for at_least, part in _nearest_first(voxels, starts, stops):
        if at_least > best:
            break
        middle = part[_is_middle(part, trees, way)]
        if len(middle):
            best = min(best, float((nearest_px(starts, middle) + nearest_px(stops, middle)).min()))
    return best if math.isfinite(best) else None


def _is_middle(voxels: Indices, trees: tuple[cKDTree, cKDTree], way: float) -> BoolMask:
    """Whether each voxel lies in the layer half-way between the boundaries."""
    d1, d2 = (nearest_px(tree, voxels) for tree in trees)
    layer = np.trunc(np.rint(way) * (d1 - 0.5) / (d1 + d2 - 1)) + 1
    return np.asarray(layer == (1 if way <= 1 else np.rint(way / 2)))


def _nearest_first(voxels: Indices, start: cKDTree, stop: cKDTree) -> Iterator[tuple[float, Indices]]:
    """The voxels in parts, and how short ways through a part could be at best: most of a large segment is far off."""
    if len(voxels) <= _PART:
        yield 0.0, voxels
        return
    ordered, first, at_least = _in_cubes(voxels, start, stop)
    last = np.append(first[1:], len(ordered))
    ranks = np.argsort(at_least, kind="stable")
    ends = np.cumsum((last - first)[ranks])
    for group in np.split(ranks, np.searchsorted(ends, np.arange(_PART, ends[-1], _PART))):
        if len(group):
            parts = [ordered[first[cube] : last[cube]] for cube in group]
            yield float(at_least[group[0]]), np.concatenate(parts)


def _in_cubes(voxels: Indices, start: cKDTree, stop: cKDTree) -> tuple[Indices, Indices, Values]:
    """The voxels cube by cube, where each cube begins, and the shortest way that can lead through it."""
    cubes = voxels // _CUBE
    keys = np.ravel_multi_index(tuple(cubes.T), tuple(cubes.max(axis=0) + 1))
    order = np.argsort(keys, kind="stable")
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    middle = cubes[order[first]] * _CUBE + (_CUBE - 1) / 2
    reach = math.sqrt(3) * (_CUBE - 1) / 2
    ways = start.query(middle)[0] + stop.query(middle)[0] - 2 * reach
    return voxels[order], first, np.maximum(ways, 0.0)


def _is_near(voxels: Indices, boundary: Indices) -> BoolMask:
    """Whether a voxel may touch one of a boundary: in its box or beside it."""
    return np.asarray(
        ((voxels >= boundary.min(axis=0) - 1) & (voxels <= boundary.max(axis=0) + 1)).all(axis=1)
    )


def _contacts(space: LinkField, ends: tuple[int, int], voxels: Indices) -> tuple[Indices, Indices]:
    """Voxels of the first boundary that touch the segment, and voxels of the segment that touch the second."""
    neighbours = voxels[:, None] + _FACES
    inside = ((neighbours >= 0) & (neighbours < space.shape)).all(axis=2)
    clipped = np.clip(neighbours, 0, np.array(space.shape) - 1)
    touched = np.where(inside, space.boundaries[tuple(np.moveaxis(clipped, 2, 0))], 0)
    start = np.unique(neighbours[touched == ends[0]], axis=0)
    return start, voxels[(touched == ends[1]).any(axis=1)]
