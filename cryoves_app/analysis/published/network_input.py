"""The network's input as the published program makes it.

Its oddities that are followed here:

- The grid spans the tomogram from edge to edge with a rounded number of voxels; voxel (0, 0, 0) is not centred on the
  tomogram's, and the true step differs a little from that of the voxel sizes.
- What is rescaled, and again what is smoothed, is cut to whole numbers. Not followed for tomograms that are no whole
  numbers themselves: one with a small range of grey would be nothing but zeros.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.network_input.axis_matrices import (
    interpolation_matrix,
    smoothing_matrix,
    weights_of,
)
from cryoves_app.analysis.network_input.preprocess import (
    Moments,
    NetworkGrid,
    finite_median,
    network_grid,
    normalise,
    resampled_planes,
)
from cryoves_app.domain.arrays import Grey, Mask, Shape
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray


def published_grid(shape: Shape, voxel_size_nm: float, network_voxel_nm: float) -> NetworkGrid:
    """The grid of the network's voxel size that spans a tomogram from edge to edge."""
    grid = network_grid(shape, voxel_size_nm, network_voxel_nm)
    if grid.shape == shape:
        return grid
    z, y, x = (max(round(n * voxel_size_nm / grid.voxel_size_nm), 1) for n in shape)
    return NetworkGrid((z, y, x), grid.voxel_size_nm)


def edge_aligned_weights(n_in: int, n_out: int) -> sparse.csr_array:
    """The matrix ``(n_out, n_in)`` that resamples along one axis from edge to edge, by linear interpolation.

    Where voxels get larger the input is first smoothed with a Gaussian of ``(step - 1) / 2`` voxels; beyond the ends it
    is mirrored about its last voxels.
    """
    step = n_in / n_out
    last = max(n_in - 1, 1)
    at = np.abs((np.arange(n_out) + 0.5) * step - 0.5)
    at = np.clip(np.minimum(at, 2 * last - at), 0, n_in - 1)
    smoothed = smoothing_matrix(n_in, max((step - 1) / 2, 0.0), "mirror")
    return weights_of(interpolation_matrix(at, n_in), smoothed)


def prepare_input_as_published(
    data: VoxelArray,
    grid: NetworkGrid,
    voxel_size_nm: float,
    out: Grey,
    *,
    smoothing_px: float = 1.0,
    invert: bool = False,
    grey: GreyModel | None = None,
    with_data: Mask | None = None,
    progress: Progress | None = None,
) -> int:
    """As ``preprocess.prepare_input``, by the published program's rules.

    Parameters
    ----------
    data : (z, y, x) array
        Grey values in the file's own type and unit; read slice by slice.
    grid
        From ``published_grid``.
    voxel_size_nm, grey
        Not looked at: the grid's shape tells the step, and all voxels count.
    out : (z, y, x) array
        Of the grid's shape; filled with standard deviations about 0.
    with_data : (z, y, x) array
        Filled with 1 in every voxel: there is data everywhere.

    Returns
    -------
    int
        How many voxels were not finite; the median stands in for them.

    Raises
    ------
    CryoVesError
        If no voxel is finite.
    """
    whole = np.issubdtype(data.dtype, np.integer)
    slices = _RawSlices(data)
    weights = [edge_aligned_weights(n, m) for n, m in zip(data.shape, grid.shape, strict=True)]
    for row, plane in resampled_planes(slices, data.shape[0], weights, progress or Progress()):
        out[row] = np.trunc(plane) if whole else plane
    if smoothing_px > 0:
        ndimage.gaussian_filter(out, smoothing_px, output=out, mode="nearest")
    moments = Moments()
    for row, plane in enumerate(out):
        if whole and smoothing_px > 0:
            out[row] = np.trunc(plane)
        moments.add(out[row])
    normalise(out, moments.mean, moments.deviation, -1.0 if invert else 1.0)
    if with_data is not None:
        with_data[...] = 1
    return slices.bad


class _RawSlices:
    """The slices as they are; the median stands in for bad voxels."""

    def __init__(self, data: VoxelArray) -> None:
        self._data, self._fill = data, np.float32(finite_median(data))
        self.bad = 0

    def __call__(self, k: int) -> NDArray[np.float32]:
        values = np.asarray(self._data[k], np.float32)
        good = np.isfinite(values)
        self.bad += values.size - int(good.sum())
        return np.where(good, values, self._fill)
