"""A map from one grid to another by trilinear interpolation, a slice at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Position

_Weights = tuple[NDArray[np.intp], NDArray[np.float32]]


def trilinear_slices(
    values: NDArray[Any],
    voxel_nm: float,
    shape: tuple[int, int, int],
    target_voxel_nm: float,
    start_px: Position = (0.0, 0.0, 0.0),
) -> Iterator[NDArray[np.float32]]:
    """The z slices of a map on a grid of another voxel size.

    Parameters
    ----------
    values : (z, y, x) array
        Of any unit; only two slices are read at a time.
    voxel_nm, target_voxel_nm
        Voxel sizes of ``values`` and of the result.
    shape
        The result's ``(z, y, x)``. Beyond the last voxel of ``values`` that voxel's value goes on.
    start_px
        Where the result's first voxel is centred, in voxels of ``values``.

    Yields
    ------
    (y, x) float32 array
        In the same unit.
    """
    step = target_voxel_nm / voxel_nm
    z, y, x = (_weights(s, n, step, m) for s, n, m in zip(start_px, shape, values.shape, strict=True))
    for index, weight in zip(*z, strict=True):
        low = np.asarray(values[index], np.float32)
        high = np.asarray(values[min(index + 1, values.shape[0] - 1)], np.float32)
        yield _along_last(_along_last((low + weight * (high - low)).T, y).T, x)


def _weights(start: float, length: int, step: float, available: int) -> _Weights:
    """For each position the voxel below it and the share of the one above."""
    position = np.clip(start + np.arange(length) * step, 0, available - 1)
    below = np.minimum(position.astype(np.intp), max(available - 2, 0))
    return below, (position - below).astype(np.float32)


def _along_last(image: NDArray[np.float32], weights: _Weights) -> NDArray[np.float32]:
    below, share = weights
    above = np.minimum(below + 1, image.shape[-1] - 1)
    low = image[:, below]
    return low + share * (image[:, above] - low)
