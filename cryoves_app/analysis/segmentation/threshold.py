"""The global threshold: where the inner shell of the mask is darkest, because there lies the membrane.

The manuscript erodes the mask once per threshold. One pass over the map is enough: with ``m`` the minimum of ``p``
over a voxel's six neighbours, the voxel lies in the one-voxel inner shell of ``p > t`` for exactly the thresholds
``m ≤ t < p``, so that a histogram of entries and exits gives all shells at once. Empty shells have no mean
and are never chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Array, Shape


class Planes(Protocol):
    """A volume that is read plane by plane: an array, a memory map, or what computes its planes when asked."""

    @property
    def shape(self) -> Shape:
        """Of the whole volume, z, y, x."""
        ...

    def __getitem__(self, z: int, /) -> NDArray[Any]: ...


@dataclass(frozen=True)
class Threshold:
    """The threshold that was found, and whether it is the first or last that was tried."""

    value: float
    at_edge: bool


def shell_threshold(probability: Planes, image: Planes, thresholds: Array) -> Threshold | None:
    """The threshold with the darkest inner shell; ``None`` where no threshold has a shell.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1.
    image : (z, y, x) array
        Grey values of the same grid, membranes dark.
    thresholds : (k,) array
        Rising probabilities. Voxels beyond the volume count as 0, so a mask's voxels at a face are shell.

    References
    ----------
    The manuscript's global threshold, computed in one pass (see the module's docstring).
    """
    totals, counts = shell_sums(probability, image, thresholds)
    if not (counts > 0).any():
        return None
    mean = np.where(counts > 0, totals / np.maximum(counts, 1), np.inf)
    best = int(np.argmin(mean))
    return Threshold(float(thresholds[best]), best in (0, len(thresholds) - 1))


def shell_sums(probability: Planes, image: Planes, thresholds: Array) -> tuple[Array, NDArray[np.int64]]:
    """What lies in the inner shell of ``p > t``, for each threshold ``t``.

    Parameters
    ----------
    probability : (z, y, x) array
        0 to 1.
    image : (z, y, x) array
        Grey values of the same grid.
    thresholds : (k,) array
        Rising probabilities.

    Returns
    -------
    totals : (k,) array
        Sums of grey values.
    counts : (k,) array
        Numbers of voxels.
    """
    size = len(thresholds) + 1
    grey, count = np.zeros(size), np.zeros(size, np.int64)
    for z in range(probability.shape[0]):
        plane = np.asarray(probability[z])
        inside = plane > thresholds[0]
        if not inside.any():
            continue
        high, values = plane[inside], np.asarray(image[z])[inside].astype(np.float64)
        low = np.minimum(_lowest_neighbour(probability, z)[inside], high)  # below all neighbours is no shell
        # first threshold with m <= t, and first with p <= t: the shell holds the voxel from the one to the other
        enter = np.searchsorted(thresholds, low, side="left")
        leave = np.searchsorted(thresholds, high, side="left")
        for index, sign in ((enter, 1), (leave, -1)):
            grey += sign * np.bincount(index, values, size)
            count += sign * np.bincount(index, minlength=size)
    return np.cumsum(grey)[:-1], np.cumsum(count)[:-1]


def _lowest_neighbour(probability: Planes, z: int) -> NDArray[np.float32]:
    plane = np.pad(np.asarray(probability[z]), 1)
    lowest = np.minimum.reduce([plane[:-2, 1:-1], plane[2:, 1:-1], plane[1:-1, :-2], plane[1:-1, 2:]])
    for other in (z - 1, z + 1):
        inside = 0 <= other < probability.shape[0]
        lowest = np.minimum(lowest, probability[other] if inside else np.float32(0))
    return np.asarray(lowest)
