"""Small pieces of the tomogram around vesicles, for thumbnails. Pure functions on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.viewers.slicing import Plane

#: Half the edge of a thumbnail in vesicle radii.
REACH_RADII = 1.8


def crop(
    data: VoxelArray, plane: Plane, sphere_px: tuple[float, float, float, float], pixels: int
) -> NDArray[np.float32]:
    """A square of ``pixels`` around a sphere's centre in one plane, linearly interpolated, NaN outside the volume.

    Rows follow the plane's vertical axis upwards.
    """
    *centre, radius = sphere_px
    half = REACH_RADII * radius
    index = int(np.clip(round(centre[plane.normal]), 0, data.shape[plane.normal] - 1))
    across, along = plane.vertical, plane.horizontal
    bounds = [
        (max(int(centre[a] - half) - 1, 0), min(int(centre[a] + half) + 3, data.shape[a]))
        for a in (across, along)
    ]
    if any(high <= low for low, high in bounds):
        return np.full((pixels, pixels), np.nan, dtype=np.float32)
    selection: list[Any] = [index, index, index]
    selection[across], selection[along] = slice(*bounds[0]), slice(*bounds[1])
    piece = np.asarray(data[tuple(selection)], dtype=np.float32)
    if across > along:
        piece = piece.T
    steps = (np.arange(pixels) + 0.5) / pixels * 2 * half - half
    rows = centre[across] + steps - bounds[0][0]
    columns = centre[along] + steps - bounds[1][0]
    grid = np.meshgrid(rows, columns, indexing="ij")
    found: NDArray[np.float32] = ndimage.map_coordinates(piece, grid, order=1, mode="constant", cval=np.nan)
    return found


def shade_crop(image: NDArray[np.float32], levels: tuple[float, float]) -> NDArray[np.uint8]:
    """Grey values 0–255; what is outside the volume is black."""
    black, white = levels
    return np.nan_to_num(np.clip((image - black) / (white - black), 0, 1) * 255).astype(np.uint8)
