"""Whether two volumes of one grid, such as a tomogram and its denoised copy, have the same contrast."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.membrane.shell import GreySource

#: How many planes are compared, and by how much their voxels are averaged.
_PLANES, _BINNING = 8, 4
#: Surroundings that are taken off, in averaged voxels.
_AROUND = 9
#: A weaker correlation than this says nothing.
_LEAST_CORRELATION, _FEWEST = 0.05, 500


def relative_sign(first: GreySource, second: GreySource) -> int:
    """-1 where the second volume is bright where the first is dark, else 1."""
    shape = first.data.shape
    rows = []
    for k in np.unique(np.linspace(0, shape[0] - 1, _PLANES + 2).round().astype(int)[1:-1]):
        fine = [_fine_structure(source, int(k)) for source in (first, second)]
        known = np.isfinite(fine[0]) & np.isfinite(fine[1])
        rows.append(np.stack([fine[0][known], fine[1][known]]))
    both = np.concatenate(rows, axis=1)
    if both.shape[1] < _FEWEST or not np.all(both.std(axis=1) > 0):
        return 1
    first_fine, second_fine = both - both.mean(axis=1, keepdims=True)
    correlation = float(
        first_fine @ second_fine / np.sqrt((first_fine @ first_fine) * (second_fine @ second_fine))
    )
    return -1 if correlation < -_LEAST_CORRELATION else 1


def _fine_structure(source: GreySource, k: int) -> NDArray[np.float64]:
    """An averaged plane less its surroundings, NaN where there is no data."""
    y, x = source.data.shape[1:]
    low, high = np.array([k, 0, 0], np.intp), np.array([k + 1, y, x], np.intp)
    box = source.read(low, high)
    binned, empty = _binned(box.grey[0]), box.no_data
    fine = binned - ndimage.uniform_filter(binned, _AROUND, mode="nearest")
    if empty is not None:
        fine[_binned(empty[0]) > 0] = np.nan
    return fine


def _binned(plane: NDArray[np.float32] | NDArray[np.bool_]) -> NDArray[np.float64]:
    edge = [max(n // _BINNING, 1) * min(_BINNING, n) for n in plane.shape]
    part = plane[: edge[0], : edge[1]].astype(np.float64)
    y, x = (min(_BINNING, n) for n in plane.shape)
    mean: NDArray[np.float64] = part.reshape(edge[0] // y, y, edge[1] // x, x).mean(axis=(1, 3))
    return mean
