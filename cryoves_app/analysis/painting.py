"""Spheres to label volumes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Array, Labels, SpheresPx, Window
from cryoves_app.domain.errors import CryoVesError

#: Labels are uint16 in the file formats, and the first ten numbers are Pyto's.
MOST_LABELS = 65_526


def paint_spheres(
    spheres_px: SpheresPx, shape: tuple[int, int, int], labels: NDArray[np.integer] | None = None
) -> Labels:
    """Paint balls into a label volume; where balls overlap a voxel goes to the nearest surface.

    Parameters
    ----------
    spheres_px : (n, 4) array
        ``z, y, x`` and outer radius in voxels. A voxel belongs to a ball if its centre is at most a radius away.
    shape
        Voxels of the volume, ``z, y, x``.
    labels : (n,) array, optional
        The numbers to paint; 1, 2, … if not given.

    Returns
    -------
    (z, y, x) uint16 array
        The balls' numbers; 0 outside.

    Raises
    ------
    CryoVesError
        For more spheres than 16-bit labels can hold.
    """
    spheres = np.asarray(spheres_px, float).reshape(-1, 4)
    if len(spheres) > MOST_LABELS:
        raise CryoVesError(f"{len(spheres)} vesicles are more than a label file can hold ({MOST_LABELS}).")
    numbers = np.arange(1, len(spheres) + 1) if labels is None else np.asarray(labels)
    volume = np.zeros(shape, np.uint16)
    owner = {int(n): s for n, s in zip(numbers, spheres, strict=True)}
    for number, sphere in zip(numbers, spheres, strict=True):
        _paint(volume, sphere, int(number), owner)
    return volume


def ball_window(sphere: Array, shape: tuple[int, int, int]) -> Window:
    """The box of voxels that a ball can touch, within the volume; may be empty.

    Parameters
    ----------
    sphere : (4,) array
        ``z, y, x`` and outer radius in voxels.
    shape
        Voxels of the volume, ``z, y, x``.
    """
    low = np.maximum(np.ceil(sphere[:3] - sphere[3]), 0).astype(int)
    high = np.minimum(np.floor(sphere[:3] + sphere[3]).astype(int) + 1, shape)
    return tuple(slice(int(a), max(int(a), int(b))) for a, b in zip(low, high, strict=True))


def _surface_distance(window: tuple[slice, ...], sphere: Array) -> Array:
    z, y, x = np.ogrid[window]
    squared = (z - sphere[0]) ** 2 + (y - sphere[1]) ** 2 + (x - sphere[2]) ** 2
    return np.asarray(np.sqrt(squared) - sphere[3])


def _paint(volume: NDArray[np.uint16], sphere: Array, number: int, owner: dict[int, Array]) -> None:
    window = ball_window(sphere, (volume.shape[0], volume.shape[1], volume.shape[2]))
    part = volume[window]
    if not part.size:
        return
    own = _surface_distance(window, sphere)
    inside = own <= 0
    for other in np.unique(part[inside]):
        if other:
            inside &= (part != other) | (own < _surface_distance(window, owner[int(other)]))
    part[inside] = number
