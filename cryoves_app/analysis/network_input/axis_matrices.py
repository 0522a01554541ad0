"""Linear operations along one axis as sparse matrices, made without their many zeros."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

#: Smaller weights are left out.
_LEAST = 1e-7
#: A matrix is made so many columns at a time: whole, that of 4096 voxels would take 134 MB.
_COLUMNS = 256


def smoothing_matrix(length: int, sigma_px: float, mode: Literal["reflect", "mirror"]) -> sparse.csr_array:
    """The matrix ``(length, length)`` of a Gaussian, mirrored at the ends as ``scipy.ndimage`` does by that name."""
    if sigma_px <= 0:
        return sparse.csr_array(sparse.eye_array(length))
    parts = []
    for start in range(0, length, _COLUMNS):
        columns = min(_COLUMNS, length - start)
        points = np.zeros((length, columns))
        points[start + np.arange(columns), np.arange(columns)] = 1.0
        parts.append(sparse.csc_array(ndimage.gaussian_filter1d(points, sigma_px, axis=0, mode=mode)))
    return sparse.csr_array(sparse.hstack(parts))


def interpolation_matrix(at_px: NDArray[np.float64], length: int) -> sparse.csr_array:
    """The matrix ``(n, length)`` that reads an axis of so many voxels at ``n`` places within it, linearly."""
    low = np.minimum(at_px.astype(np.intp), max(length - 2, 0))
    high = np.minimum(low + 1, length - 1)
    share = at_px - low
    rows = np.arange(len(at_px))
    values = np.concatenate([1 - share, share])
    places = (np.concatenate([rows, rows]), np.concatenate([low, high]))
    return sparse.csr_array(sparse.coo_array((values, places), (len(at_px), length)))


def weights_of(*matrices: sparse.csr_array) -> sparse.csr_array:
    """The product of matrices, the last of which acts first; in single precision, without negligible weights."""
    product = matrices[0]
    for matrix in matrices[1:]:
        product = product @ matrix
    product.data[product.data < _LEAST] = 0
    product.eliminate_zeros()
    product.sort_indices()
    return product.astype(np.float32)
