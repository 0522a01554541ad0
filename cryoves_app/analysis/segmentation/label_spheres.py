"""Spheres from a label volume: each label's centroid, and the radius of a ball of its volume."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def spheres_of_labels(labels: NDArray[Any]) -> dict[int, tuple[float, float, float, float]]:
    """Balls of the labels' volumes about their centroids.

    Parameters
    ----------
    labels : (z, y, x) array
        Objects' numbers; 0 is background. Read plane by plane, so it may be memory-mapped.

    Returns
    -------
    dict
        Number → ``z, y, x`` and radius in voxels, by rising number. The radius is that of the ball of so many voxels:
        the outer one, where labels are filled to the outer edge.
    """
    sums = np.zeros((0, 4))
    for z, plane in enumerate(labels):
        values = np.asarray(plane)
        y, x = np.nonzero(values)
        here = values[y, x].astype(np.intp)
        if not here.size:
            continue
        sums = _grown(sums, int(here.max()) + 1)
        for column, weight in enumerate((np.full(len(here), float(z)), y, x, None)):
            sums[:, column] += np.bincount(here, weights=weight, minlength=len(sums))
    found = np.flatnonzero(sums[:, 3] > 0)
    return {int(label): _sphere(sums[label]) for label in found}


def _grown(sums: NDArray[np.float64], length: int) -> NDArray[np.float64]:
    return np.vstack([sums, np.zeros((max(length - len(sums), 0), 4))])


def _sphere(sums: NDArray[np.float64]) -> tuple[float, float, float, float]:
    z, y, x = (float(v) for v in sums[:3] / sums[3])
    return z, y, x, float((3 * sums[3] / (4 * np.pi)) ** (1 / 3))
