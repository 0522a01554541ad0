"""Where things lie in the scene: the tomogram's box, slices, and how finely a volume is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.viewers.slicing import Plane

#: The longest edge of the volume that is drawn as a volume; more is not seen and only slows down.
VOLUME_EDGE = 160
#: Pairs of corners that an edge joins; the corners count in x first, then y, then z.
_EDGES = ((0, 1), (2, 3), (4, 5), (6, 7), (0, 2), (1, 3), (4, 6), (5, 7), (0, 4), (1, 5), (2, 6), (3, 7))


def box_lines(shape: tuple[int, int, int]) -> NDArray[np.float32]:
    """Ends of the twelve edges of a tomogram's box ``(x, y, z)``, two rows for each."""
    depth, height, width = (n - 0.5 for n in shape)
    corners = [(x, y, z) for z in (-0.5, depth) for y in (-0.5, height) for x in (-0.5, width)]
    return np.array(corners, dtype=np.float32)[np.array(_EDGES).ravel()]


def coarse(data: VoxelArray) -> tuple[NDArray[np.float32], int]:
    """A volume averaged in blocks so that no edge is longer than ``VOLUME_EDGE``, and the blocks' edge."""
    step = max(1, -(-max(data.shape) // VOLUME_EDGE))
    depth, height, width = (n // step for n in data.shape)
    out = np.empty((depth, height, width), dtype=np.float32)
    for z in range(depth):  # slab by slab: the whole volume may not fit into memory
        slab = np.asarray(data[z * step : (z + 1) * step, : height * step, : width * step], dtype=np.float32)
        out[z] = slab.reshape(step, height, step, width, step).mean(axis=(0, 2, 4))
    return out, step


def plane_matrix(plane: Plane, index: int) -> NDArray[np.float64]:
    """Where an image of the plane (columns, rows) lies in ``(x, y, z)``, as a transform's matrix."""
    matrix = np.zeros((4, 4))
    to_xyz = {0: 2, 1: 1, 2: 0}
    matrix[0, to_xyz[plane.horizontal]] = 1.0
    matrix[1, to_xyz[plane.vertical]] = 1.0
    matrix[2, to_xyz[plane.normal]] = 1.0
    matrix[3] = (-0.5, -0.5, -0.5, 1.0)
    matrix[3, to_xyz[plane.normal]] = index
    return matrix
