"""Masks as closed contours on slices, which rasterise back to exactly the same voxels."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from skimage.measure import find_contours

from cryoves_app.analysis.geometry.painting import ball_window
from cryoves_app.analysis.geometry.regions import box_around
from cryoves_app.analysis.geometry.thinning import thinned
from cryoves_app.domain.arrays import AnyArray
from cryoves_app.domain.region import Contour


def outlines(mask: Iterable[AnyArray], first_px: Sequence[int] = (0, 0, 0)) -> tuple[Contour, ...]:
    """Closed contours of a mask, holes included, halfway between voxels in and out.

    Parameters
    ----------
    mask : (z, y, x) array
        Or its slices; above 0 inside, else 0.
    first_px
        Where the mask's first voxel lies in the volume, ``z, y, x``.

    Returns
    -------
    tuple of Contour
        In voxels of the volume.
    """
    z0, y0, x0 = first_px
    found = []
    for z, plane in enumerate(mask, start=z0):
        if not plane.any():
            continue
        rows, columns = box_around(plane > 0)
        padded = np.pad(plane[rows, columns] > 0, 1).astype(np.float32)
        shift = (y0 + rows.start - 1, x0 + columns.start - 1)  # the padding moved all by one
        for line in find_contours(padded, 0.5):
            points = _corners(np.add(line[:-1], shift))  # the last point repeats the first
            found.append(Contour(tuple((float(z), float(y), float(x)) for y, x in points)))
    return tuple(found)


def smooth_outlines(
    mask: NDArray[Any], sigma_px: float = 2.5, tolerance_px: float = 0.5
) -> tuple[Contour, ...]:
    """Closed contours of a mask with few points, to be edited by hand; steps of single voxels are smoothed away.

    Parameters
    ----------
    mask : (z, y, x) array
        Above 0 inside, else 0.
    sigma_px
        Standard deviation over which an outline is smoothed, in voxels.
    tolerance_px
        Points are left out where the line moves by less than this, in voxels.

    Returns
    -------
    tuple of Contour
        In voxels; where the mask meets a face of the volume they end half a voxel beyond it.
    """
    found = []
    for z, plane in enumerate(mask):
        if not plane.any():
            continue
        smooth = gaussian_filter((plane > 0).astype(np.float32), sigma_px, mode="nearest")
        for line in find_contours(np.pad(smooth, 1), 0.5):
            points = thinned(line - 1, tolerance_px)[:-1]  # the last point repeats the first
            if len(points) > 2:
                found.append(Contour(tuple((float(z), float(y), float(x)) for y, x in points)))
    return tuple(found)


def ball_outlines(sphere_px: Sequence[float], shape: tuple[int, int, int]) -> tuple[Contour, ...]:
    """Closed contours of a ball's voxels on each slice.

    ``sphere_px`` is ``z, y, x`` and outer radius in voxels; a voxel belongs to the ball if its centre does.
    """
    sphere = np.asarray(sphere_px, dtype=np.float64)
    window = ball_window(sphere, shape)
    grid = np.ogrid[window]
    squared = sum((axis - centre) ** 2 for axis, centre in zip(grid, sphere[:3], strict=True))
    return outlines(np.asarray(squared <= sphere[3] ** 2), [part.start for part in window])


def _corners(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A closed line without the points that lie on the straight way between their neighbours."""
    before, after = points - np.roll(points, 1, axis=0), np.roll(points, -1, axis=0) - points
    turns = before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]
    return points[turns != 0]
