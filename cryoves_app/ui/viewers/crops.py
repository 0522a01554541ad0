"""Small pieces of the tomogram around vesicles, for thumbnails and profiles. Pure functions on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.ui.viewers.slicing import Plane

#: Half the edge of a thumbnail in vesicle radii.
REACH_RADII = 1.8
PROFILE_STEP_NM = 0.5
PROFILE_RANGE_NM = (-12.0, 12.0)
BEND_SMOOTHING_NM = 1.0


def crop(
    data: NDArray[Any], plane: Plane, sphere_px: tuple[float, float, float, float], pixels: int
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


def shaded(image: NDArray[np.float32], levels: tuple[float, float]) -> NDArray[np.uint8]:
    """Grey values 0–255; what is outside the volume is black."""
    black, white = levels
    return np.nan_to_num(np.clip((image - black) / (white - black), 0, 1) * 255).astype(np.uint8)


def profile_positions() -> NDArray[np.float64]:
    """Distances from the outer edge of the membrane at which profiles are sampled, in nm; negative is inside."""
    low, high = PROFILE_RANGE_NM
    return np.arange(low, high + PROFILE_STEP_NM / 2, PROFILE_STEP_NM)


def radial_profile(
    data: NDArray[Any], sphere_px: tuple[float, float, float, float], voxel_size_nm: float
) -> NDArray[np.float64]:
    """Mean grey value by distance from a sphere's surface; NaN where there is no voxel."""
    positions = profile_positions()
    *centre, radius = sphere_px
    reach = radius + PROFILE_RANGE_NM[1] / voxel_size_nm + 1
    low = [max(int(c - reach), 0) for c in centre]
    high = [min(int(c + reach) + 2, n) for c, n in zip(centre, data.shape, strict=True)]
    if any(b <= a for a, b in zip(low, high, strict=True)):
        return np.full(len(positions), np.nan)
    box = np.asarray(data[low[0] : high[0], low[1] : high[1], low[2] : high[2]], dtype=np.float64)
    z, y, x = (np.arange(a, b) - c for a, b, c in zip(low, high, centre, strict=True))
    distance = np.sqrt(z[:, None, None] ** 2 + y[None, :, None] ** 2 + x[None, None, :] ** 2)
    place = np.rint(((distance - radius) * voxel_size_nm - positions[0]) / PROFILE_STEP_NM).astype(int)
    inside = (place >= 0) & (place < len(positions))
    count = np.bincount(place[inside], minlength=len(positions))
    total = np.bincount(place[inside], box[inside], minlength=len(positions))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count)


def second_derivative(profile: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of a profile at ``profile_positions``, after light smoothing; NaN where the profile is unknown."""
    known = np.isfinite(profile)
    bend = np.full(len(profile), np.nan)
    if np.count_nonzero(known) > 4:
        soft = ndimage.gaussian_filter1d(profile[known], BEND_SMOOTHING_NM / PROFILE_STEP_NM, mode="nearest")
        bend[known] = np.gradient(np.gradient(soft, PROFILE_STEP_NM), PROFILE_STEP_NM)
    return bend
