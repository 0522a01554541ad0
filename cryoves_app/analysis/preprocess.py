"""From a tomogram to the network's input: rescaled, smoothed, zero mean and unit variance.

The published program rescales with trilinear interpolation, smooths with a Gaussian of one voxel and
takes one global z-score. The same is done here in float32, streaming slice by slice, with two
differences: shrinking is anti-aliased, and nothing passes through int16.

All three linear operations (anti-aliasing, interpolation, smoothing) act on each axis alone, so they are
one sparse matrix per axis, made once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray

#: Voxel size at which the published network was trained, for vesicles of about 20 nm radius.
REFERENCE_VOXEL_NM = 2.2
REFERENCE_RADIUS_NM = 20.0

#: Sampling of the median and the finite range: about this many voxels are looked at.
_SAMPLED_VOXELS = 2_000_000


@dataclass(frozen=True)
class NetworkGrid:
    """The network's grid: voxel (0, 0, 0) is centred where the tomogram's is."""

    shape: tuple[int, int, int]
    voxel_size_nm: float


def network_grid(shape: tuple[int, int, int], voxel_size_nm: float, network_voxel_nm: float) -> NetworkGrid:
    """The grid that covers a tomogram at the network's voxel size.

    A tomogram within 0.1 % of that voxel size keeps its own grid.
    """
    factor = voxel_size_nm / network_voxel_nm
    if abs(factor - 1) < 1e-3:
        return NetworkGrid(shape, voxel_size_nm)
    z, y, x = (int(np.floor((n - 1) * factor + 1e-6)) + 1 for n in shape)
    return NetworkGrid((z, y, x), network_voxel_nm)


def network_voxel_nm(expected_radius_nm: float, model_voxel_nm: float = REFERENCE_VOXEL_NM) -> float:
    """The voxel size at which vesicles of the expected radius look as they did in training."""
    return model_voxel_nm * expected_radius_nm / REFERENCE_RADIUS_NM


def sample_voxels(data: VoxelArray) -> NDArray[np.float32]:
    """About two million voxels of a volume on a regular lattice, finite ones only."""
    step = max(1, round((data.size / _SAMPLED_VOXELS) ** (1 / 3)))
    some = np.asarray(data[::step, ::step, ::step], np.float32).ravel()
    return some[np.isfinite(some)]


def finite_median(data: VoxelArray) -> float:
    """The value that stands in for NaN and infinite voxels.

    Raises
    ------
    CryoVesError
        If there is no finite voxel.
    """
    some = sample_voxels(data)
    if not some.size:
        raise CryoVesError("The tomogram holds no finite value: every voxel is NaN or infinite.")
    return float(np.median(some))


def nearest_on(grid: NetworkGrid, values: NDArray[Any], voxel_size_nm: float) -> NDArray[Any]:
    """Values of a volume with this voxel size on the grid, each from the nearest voxel: for masks and labels."""
    step = grid.voxel_size_nm / voxel_size_nm
    index = [
        np.minimum(np.rint(np.arange(n) * step).astype(np.intp), m - 1)
        for n, m in zip(grid.shape, values.shape, strict=True)
    ]
    return np.asarray(values[np.ix_(*index)])


def prepare_input(
    data: VoxelArray,
    grid: NetworkGrid,
    voxel_size_nm: float,
    out: NDArray[np.float32],
    *,
    smoothing_px: float = 1.0,
    invert: bool = False,
    progress: Progress | None = None,
) -> int:
    """Write the network's input into ``out`` and return how many voxels were not finite.

    Parameters
    ----------
    data : array (z, y, x)
        The tomogram in its own type; read slice by slice, so it may be memory-mapped.
    grid : NetworkGrid
        Where the output lies; ``out`` has its shape and may be memory-mapped.
    voxel_size_nm : float
        Of ``data``.
    smoothing_px : float
        Standard deviation of the Gaussian on the network's grid.
    invert : bool
        Whether to turn bright membranes dark.

    Notes
    -----
    A volume without any contrast becomes all zeros.
    """
    progress = progress or Progress()
    step = grid.voxel_size_nm / voxel_size_nm
    weights = [axis_weights(n, m, step, smoothing_px) for n, m in zip(data.shape, grid.shape, strict=True)]
    fill = finite_median(data)
    moments = _Moments()
    bad = 0
    for row, plane, missing in _planes(data, weights, fill, progress):
        out[row] = plane
        moments.add(plane)
        bad += missing
    _normalise(out, moments, -1.0 if invert else 1.0)
    return bad


def axis_weights(n_in: int, n_out: int, step: float, smoothing_px: float) -> sparse.csr_array:
    """The matrix ``(n_out, n_in)`` that resamples and smooths along one axis.

    Output ``j`` lies at input position ``j · step``. When ``step > 1`` the input is first smoothed with
    a Gaussian of ``(step - 1) / 2`` voxels.
    """
    dense = np.eye(n_in)
    if step > 1 + 1e-3:
        dense = ndimage.gaussian_filter1d(dense, (step - 1) / 2, axis=0, mode="reflect")
    if abs(step - 1) > 1e-6 or n_in != n_out:
        at = np.clip(np.arange(n_out) * step, 0, n_in - 1)
        low = np.minimum(at.astype(int), max(n_in - 2, 0))
        high = np.minimum(low + 1, n_in - 1)
        share = (at - low)[:, None]
        dense = dense[low] * (1 - share) + dense[high] * share
    if smoothing_px > 0:
        dense = ndimage.gaussian_filter1d(dense, smoothing_px, axis=0, mode="reflect")
    dense[dense < 1e-7] = 0
    return sparse.csr_array(dense.astype(np.float32))


@dataclass
class _Moments:
    """Sums for mean and standard deviation, in double precision."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, plane: NDArray[np.float32]) -> None:
        self.count += plane.size
        self.total += float(plane.sum(dtype=np.float64))
        self.squares += float(np.einsum("ij,ij->", plane, plane, dtype=np.float64))

    @property
    def mean(self) -> float:
        return self.total / self.count

    @property
    def deviation(self) -> float:
        return float(np.sqrt(max(self.squares / self.count - self.mean**2, 0.0)))


def _planes(
    data: VoxelArray, weights: list[sparse.csr_array], fill: float, progress: Progress
) -> Iterator[tuple[int, NDArray[np.float32], int]]:
    """Output planes in their order, each with the number of bad voxels met since the last.

    The grey value ``fill`` is taken off first, so that large offsets cost no precision.
    """
    along_z, along_y, along_x = weights
    by_input = along_z.tocsc()
    last_input = np.array(
        [row.indices.max() if row.nnz else 0 for row in (along_z[[j]] for j in range(along_z.shape[0]))]
    )
    open_planes: dict[int, NDArray[np.float32]] = {}
    done, bad = 0, 0
    for k in range(data.shape[0]):
        progress.report(k / data.shape[0])
        plane, missing = _finite(data[k], fill)
        bad += missing
        small = along_y @ (along_x @ plane.T).T
        for at in range(by_input.indptr[k], by_input.indptr[k + 1]):
            row, weight = int(by_input.indices[at]), by_input.data[at]
            if row in open_planes:
                open_planes[row] += weight * small
            else:
                open_planes[row] = weight * small
        while done < len(last_input) and last_input[done] <= k:
            yield done, open_planes.pop(done), bad
            done, bad = done + 1, 0


def _finite(plane: NDArray[Any], fill: float) -> tuple[NDArray[np.float32], int]:
    values = np.asarray(plane, np.float32) - np.float32(fill)
    good = np.isfinite(values)
    missing = values.size - int(good.sum())
    if missing:
        values[~good] = 0.0
    return values, missing


def _normalise(out: NDArray[np.float32], moments: _Moments, sign: float) -> None:
    scale = moments.deviation
    factor = sign / scale if scale > 1e-6 * max(abs(moments.mean), 1e-30) and scale > 0 else 0.0
    for plane in out:
        plane -= moments.mean
        plane *= factor
