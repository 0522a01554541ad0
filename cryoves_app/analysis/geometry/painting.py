"""Spheres, or the shapes that were measured, to label volumes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.shapes.harmonics import TERMS, farthest, surface_radius
from cryoves_app.domain.arrays import Array, Indices, Labels, SpheresPx, Window
from cryoves_app.domain.errors import CryoVesError

#: Labels are uint16 in the file formats, and the first ten numbers are Pyto's.
MOST_LABELS = 65_526


def paint_spheres(
    spheres_px: SpheresPx,
    shape: tuple[int, int, int],
    labels: NDArray[np.integer] | None = None,
    terms_px: Array | None = None,
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
    terms_px : (n, 12) array, optional
        How each departs from its ball (see ``harmonics``), in voxels; balls if not given.

    Returns
    -------
    (z, y, x) uint16 array
        The balls' numbers; 0 outside.

    Raises
    ------
    CryoVesError
        For more numbers than 16-bit labels can hold.
    """
    spheres = np.asarray(spheres_px, float).reshape(-1, 4)
    numbers = np.arange(1, len(spheres) + 1) if labels is None else np.asarray(labels)
    check_paintable(numbers)
    volume = np.zeros(shape, np.uint16)
    terms = np.zeros((len(spheres), TERMS)) if terms_px is None else np.asarray(terms_px, float)
    owner = {int(n): _Body(s, t) for n, s, t in zip(numbers, spheres, terms, strict=True)}
    for number in numbers:
        _paint(volume, int(number), owner)
    return volume


def check_paintable(numbers: Indices | Labels) -> None:
    """See that all numbers can be painted.

    Parameters
    ----------
    numbers : (n,) array
        Labels; no unit.

    Raises
    ------
    CryoVesError
        If there are more than 16-bit labels can hold, or one is larger.
    """
    if len(numbers) > MOST_LABELS:
        raise CryoVesError(f"{len(numbers)} vesicles are more than a label file can hold ({MOST_LABELS}).")
    largest = int(np.max(numbers, initial=0))
    if largest > np.iinfo(np.uint16).max:
        raise CryoVesError(
            f"The label {largest} is more than a label file can hold ({np.iinfo(np.uint16).max})."
        )


@dataclass(frozen=True)
class _Body:
    """A ball ``(4,)`` in voxels, and the terms ``(12,)`` by which it departs from one."""

    sphere: Array
    terms: Array

    @property
    def reach(self) -> Array:
        """A ball in which it lies."""
        return np.array([*self.sphere[:3], *farthest(self.sphere[None], self.terms[None])])


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


def _surface_distance(window: tuple[slice, ...], body: _Body) -> Array:
    z, y, x = (axis - c for axis, c in zip(np.ogrid[window], body.sphere[:3], strict=True))
    distance = np.sqrt(z**2 + y**2 + x**2)
    if not body.terms.any():
        return np.asarray(distance - body.sphere[3])
    ways = np.array(np.broadcast_arrays(z, y, x)).reshape(3, 1, -1) / np.maximum(distance, 1e-9).ravel()
    radius = surface_radius(body.sphere[None, 3], body.terms[None], ways)
    return np.asarray(distance - radius.reshape(distance.shape))


def _paint(volume: NDArray[np.uint16], number: int, owner: dict[int, _Body]) -> None:
    body = owner[number]
    window = ball_window(body.reach, (volume.shape[0], volume.shape[1], volume.shape[2]))
    part = volume[window]
    if not part.size:
        return
    own = _surface_distance(window, body)
    inside = own <= 0
    for other in np.unique(part[inside]):
        if other:
            inside &= (part != other) | (own < _surface_distance(window, owner[int(other)]))
    part[inside] = number
