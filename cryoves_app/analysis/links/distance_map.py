"""How far each voxel of a volume is from a mask: for so many voxels that asking for one after the other is slow."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from cryoves_app.domain.arrays import AnyArray, BoolMask

#: Rows at a time, so that what is worked on stays near the processor.
_ROWS = 8


def squared_distances_px(mask: BoolMask) -> AnyArray:
    """The squared distance of each voxel from the nearest one of the mask.

    First within each plane, then across planes: exact, and with no more memory than the result and the planes take.

    Parameters
    ----------
    mask : (z, y, x) bool array
        Must hold a voxel.

    Returns
    -------
    (z, y, x) int32 array
        In squared voxels.
    """
    planes = np.flatnonzero(mask.any(axis=(1, 2)))
    within = np.stack([_in_plane(mask[z]) for z in planes])
    away = np.square(np.arange(len(mask))[:, None] - planes).astype(np.int32)
    found = np.full(mask.shape, np.iinfo(np.int32).max, np.int32)
    for start in range(0, mask.shape[1], _ROWS):
        rows = slice(start, start + _ROWS)
        part = np.ascontiguousarray(found[:, rows])
        for number, plane in enumerate(within[:, rows]):
            np.minimum(part, plane + away[:, number, None, None], out=part)
        found[:, rows] = part
    return found


def _in_plane(mask: BoolMask) -> AnyArray:
    distances = np.asarray(ndimage.distance_transform_edt(~mask))
    return np.rint(np.square(distances)).astype(np.int32)
