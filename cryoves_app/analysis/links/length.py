"""How long a segment is: through the middle between its boundaries, from the first to the contact at the second."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.links.boundary_voxels import BoundaryVoxels, nearest_px
from cryoves_app.analysis.links.field import LinkField
from cryoves_app.domain.arrays import Indices, Window

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
    to_first, to_second = cKDTree(first), cKDTree(second)
    way = float(nearest_px(to_first, second).min()) - 1
    d1, d2 = nearest_px(to_first, voxels), nearest_px(to_second, voxels)
    layer = np.trunc(np.rint(way) * (d1 - 0.5) / (d1 + d2 - 1)) + 1
    middle = voxels[layer == (1 if way <= 1 else np.rint(way / 2))]
    if not len(middle):
        return None
    start, stop = _contacts(space, ends, voxels)
    return float((nearest_px(cKDTree(start), middle) + nearest_px(cKDTree(stop), middle)).min())


def _contacts(space: LinkField, ends: tuple[int, int], voxels: Indices) -> tuple[Indices, Indices]:
    """Voxels of the first boundary that touch the segment, and voxels of the segment that touch the second."""
    neighbours = voxels[:, None] + _FACES
    inside = ((neighbours >= 0) & (neighbours < space.shape)).all(axis=2)
    clipped = np.clip(neighbours, 0, np.array(space.shape) - 1)
    touched = np.where(inside, space.boundaries[tuple(np.moveaxis(clipped, 2, 0))], 0)
    start = np.unique(neighbours[touched == ends[0]], axis=0)
    return start, voxels[(touched == ends[1]).any(axis=1)]
