"""The surface of a mask as triangles, coarse enough to be drawn at any time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import binary_erosion, gaussian_filter
from skimage.measure import marching_cubes

from cryoves_app.analysis.geometry.packed_mask import PackedMask

#: The mask is thinned so that no edge is longer than this; more is not seen through the vesicles.
LONGEST_EDGE = 96
_SMOOTHING = 0.8
#: Leaves a line of single blocks whole.
_LITTLE_SMOOTHING = 0.4
#: A mask is thin if less than this share of its blocks has blocks of it on all sides.
_CORE = 0.3


@dataclass(frozen=True)
class Surface:
    """Triangles around a mask.

    Attributes
    ----------
    corners : (n, 3) array
        ``z, y, x`` in voxels.
    triangles : (m, 3) array
        Numbers of rows of ``corners``, anticlockwise as they are seen from outside where ``z, y, x`` stand for x, y, z.
    """

    corners: NDArray[np.float32]
    triangles: NDArray[np.int32]


def _on_grid(mask: PackedMask, step: int) -> tuple[NDArray[np.bool_], float]:
    """The mask on a coarser grid, and how much it may be smoothed there; a thin one is widened, so that it holds."""
    joined = mask.joined(step)
    if np.count_nonzero(binary_erosion(joined)) < _CORE * np.count_nonzero(joined):
        return joined, _LITTLE_SMOOTHING
    return mask.thinned(step), _SMOOTHING


def surface_of(mask: PackedMask, longest_edge: int = LONGEST_EDGE) -> Surface | None:
    """The surface around a mask, closed where the volume ends; ``None`` where there is none."""
    step = max(1, -(-max(mask.shape) // longest_edge))
    blocks, smoothing = _on_grid(mask, step)
    if not blocks.any():
        return None
    soft = gaussian_filter(np.pad(blocks, 2).astype(np.float32), smoothing)
    corners, triangles, _, _ = marching_cubes(soft, 0.5)
    corners = (corners - 2) * step + ((step - 1) / 2, 0, 0)  # slices were joined, rows and columns left out
    # the library lays them out to be seen from inside
    return Surface(corners.astype(np.float32), triangles[:, ::-1].astype(np.int32))
