"""From a tomogram to the network's input: rescaled, smoothed, zero mean and unit variance.

The published program rescales with trilinear interpolation, smooths with a Gaussian of one voxel and
takes one global z-score. The same is done here in float32, streaming slice by slice, with two
differences: shrinking is anti-aliased, and nothing passes through int16. What is no data, ramps of grey and wild voxels
are taken out before where a grey model says so (see ``grey``); a tomogram without any of these comes out the same.

All three linear operations (anti-aliasing, interpolation, smoothing) act on each axis alone, so they are
one sparse matrix per axis, made once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.network_input.axis_matrices import (
    interpolation_matrix,
    smoothing_matrix,
    weights_of,
)
from cryoves_app.domain.arrays import Grey, Mask, Voxels
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.storage.mapped import KEPT_PLANES, release_pages, released_planes

#: Voxel size at which the published network was trained, for vesicles of about 20 nm radius.
REFERENCE_VOXEL_NM = 2.2
REFERENCE_RADIUS_NM = 20.0

#: Sampling of the median and the finite range: about this many voxels are looked at.
_SAMPLED_VOXELS = 2_000_000
#: Smoothed voxels farther than this from the mean, in standard deviations, count as if they lay there.
_WILD = 8.0
_TAMING_ROUNDS = 4
#: So many values are summed in single precision, at no loss, before double precision takes over.
_SUMMED = 256


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
    """The voxel size at which vesicles of the expected outer radius look as they did in training."""
    return model_voxel_nm * expected_radius_nm / REFERENCE_RADIUS_NM


def sample_voxels(data: VoxelArray) -> Voxels:
    """About two million voxels of a volume on a regular lattice.

    Parameters
    ----------
    data : (z, y, x) array
        Grey values in the file's own type and unit.

    Returns
    -------
    (n,) array
        The finite ones, in the same unit.
    """
    step = max(1, round((data.size / _SAMPLED_VOXELS) ** (1 / 3)))
    some = np.asarray(data[::step, ::step, ::step], np.float32).ravel()
    is_finite = np.isfinite(some)
    return some if is_finite.all() else some[is_finite]


def finite_median(data: VoxelArray) -> float:
    """The value that stands in for NaN and infinite voxels.

    Parameters
    ----------
    data : (z, y, x) array
        Grey values in the file's own type and unit; the median is in it, too.

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
    """Values of a volume on another grid, each from the nearest voxel: for masks and labels.

    Parameters
    ----------
    values : (z, y, x) array
        Of any unit; ``voxel_size_nm`` is its voxel size.

    Returns
    -------
    (z, y, x) array
        The same numbers, of the grid's shape.
    """
    return np.asarray(
        values[np.ix_(*_nearest_places(grid.shape, values.shape, grid.voxel_size_nm / voxel_size_nm))]
    )


def nearest_planes_on(grid: NetworkGrid, values: VoxelArray, voxel_size_nm: float) -> Iterator[NDArray[Any]]:
    """As ``nearest_on``, slice ``(y, x)`` by slice, of any unit, for volumes that are not held whole."""
    z, y, x = _nearest_places(grid.shape, values.shape, grid.voxel_size_nm / voxel_size_nm)
    lattice = np.ix_(y, x)
    return (np.asarray(values[int(place)])[lattice] for place in z)


def _nearest_places(wanted: Sequence[int], shape: Sequence[int], step: float) -> list[NDArray[np.intp]]:
    """Which voxel of a volume is nearest to those of a grid whose voxels are ``step`` as wide, along each axis."""
    return [
        np.minimum(np.rint(np.arange(n) * step).astype(np.intp), m - 1)
        for n, m in zip(wanted, shape, strict=True)
    ]


def prepare_input(
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
    """Write the network's input into ``out`` and return how many voxels were not finite.

    Parameters
    ----------
    data : (z, y, x) array
        Grey values in the file's own type and unit; read slice by slice.
    grid
        Where the output lies.
    voxel_size_nm
        Of ``data``.
    out : (z, y, x) array
        Of the grid's shape; filled with standard deviations about 0. It may be memory-mapped.
    smoothing_px
        Standard deviation of the Gaussian on the network's grid.
    invert
        Whether to turn bright membranes dark.
    grey
        What is known of the grey values: places without data, background and wild voxels then do not count. Without
        it mean and standard deviation are those of all voxels, as in the published program.
    with_data : (z, y, x) array
        Filled with 1 where the grid's voxels hold data, 0 outside, if ``grey`` is given; else with 1 everywhere.

    Raises
    ------
    CryoVesError
        If no voxel is finite.

    Notes
    -----
    A volume without any contrast becomes all zeros.
    """
    progress = progress or Progress()
    step = grid.voxel_size_nm / voxel_size_nm
    weights = [axis_weights(n, m, step, smoothing_px) for n, m in zip(data.shape, grid.shape, strict=True)]
    sign = -1.0 if invert else 1.0
    moments = Moments()
    if grey is not None and grey.touched:
        mask = np.ones(grid.shape, np.uint8) if with_data is None else with_data
        slices = _ModelSlices(data, grey, step, mask)
        for row, plane in resampled_planes(slices, data.shape[0], weights, progress):
            out[row] = plane
            moments.add(out[row] if mask[row].all() else out[row][mask[row] != 0])
            if row % KEPT_PLANES == 0:
                release_pages(out)
                release_pages(mask)
        normalise(out, *_without_wild(moments, out, mask), sign)
        return slices.bad
    if with_data is not None:
        with_data[...] = 1
    plain = _PlainSlices(data, finite_median(data))
    for row, plane in resampled_planes(plain, data.shape[0], weights, progress):
        out[row] = plane
        moments.add(out[row])
        if row % KEPT_PLANES == 0:
            release_pages(out)
    normalise(out, moments.mean, moments.deviation, sign)
    return plain.bad


def axis_weights(n_in: int, n_out: int, step: float, smoothing_px: float) -> sparse.csr_array:
    """The matrix ``(n_out, n_in)`` that resamples and smooths along one axis.

    Output ``j`` lies at input position ``j · step``. When ``step > 1`` the input is first smoothed with
    a Gaussian of ``(step - 1) / 2`` voxels.
    """
    matrices = [smoothing_matrix(n_out, smoothing_px, "reflect")]
    if abs(step - 1) > 1e-6 or n_in != n_out:
        matrices.append(interpolation_matrix(np.clip(np.arange(n_out) * step, 0, n_in - 1), n_in))
    if step > 1 + 1e-3:
        matrices.append(smoothing_matrix(n_in, (step - 1) / 2, "reflect"))
    return weights_of(*matrices)


@dataclass
class Moments:
    """Sums for mean and standard deviation, in double precision."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0

    def add(self, values: NDArray[np.float32]) -> None:
        """Count some more grey values, an array of any shape."""
        flat = values.reshape(-1)
        self.count += flat.size
        whole = flat.size // _SUMMED * _SUMMED
        for rows in (flat[:whole].reshape(-1, _SUMMED), flat[None, whole:]):
            self.total += float(rows.sum(axis=1).sum(dtype=np.float64))
            self.squares += float(np.einsum("ij,ij->i", rows, rows).sum(dtype=np.float64))

    @property
    def mean(self) -> float:
        """Of what was counted so far; 0 before."""
        return self.total / max(self.count, 1)

    @property
    def deviation(self) -> float:
        """The standard deviation of what was counted so far; 0 before."""
        return float(np.sqrt(max(self.squares / max(self.count, 1) - self.mean**2, 0.0)))


class _PlainSlices:
    """The slices as they are, less ``fill`` so that large offsets cost no precision; it stands in for bad voxels."""

    def __init__(self, data: VoxelArray, fill: float) -> None:
        self._data, self._fill = data, fill
        self.bad = 0

    def __call__(self, k: int) -> NDArray[np.float32]:
        values = np.asarray(self._data[k], np.float32) - np.float32(self._fill)
        good = np.isfinite(values)
        missing = values.size - int(good.sum())
        if missing:
            values[~good] = 0.0
            self.bad += missing
        return values


class _ModelSlices:
    """The slices as a grey model sees them; what holds data is marked on the network's grid on the way."""

    def __init__(self, data: VoxelArray, grey: GreyModel, step: float, with_data: NDArray[np.uint8]) -> None:
        self._data, self._grey, self._mask = data, grey, with_data
        z, y, x = _nearest_places(with_data.shape, data.shape, step)
        self._rows, self._lattice = z, np.ix_(y, x)
        self.bad = 0

    def __call__(self, k: int) -> NDArray[np.float32]:
        raw = self._data[k : k + 1]
        values, empty = self._grey.box(raw, (k, 0, 0))
        if raw.dtype.kind == "f":
            self.bad += raw.size - int(np.isfinite(raw).sum())
        here = 1 if empty is None else ~empty[0][self._lattice]
        for row in np.flatnonzero(self._rows == k):
            self._mask[row] = here
        return values[0]


def resampled_planes(
    slices: Callable[[int], NDArray[np.float32]],
    count: int,
    weights: list[sparse.csr_array],
    progress: Progress,
) -> Iterator[tuple[int, NDArray[np.float32]]]:
    """Output planes ``(y, x)`` in their order, from ``count`` input slices.

    Parameters
    ----------
    slices
        Gives an input slice ``(y, x)`` of grey values by its number; asked for each once, in order.
    weights
        For each axis the matrix (output, input) that resamples, as ``axis_weights`` makes it.
    """
    along_z, along_y, along_x = weights
    by_input = along_z.tocsc()
    last_input = np.array(
        [row.indices.max() if row.nnz else 0 for row in (along_z[[j]] for j in range(along_z.shape[0]))]
    )
    open_planes: dict[int, NDArray[np.float32]] = {}
    part: NDArray[np.float32] | None = None
    done = 0
    for k in range(count):
        progress.report(k / count)
        small = along_y @ slices(k)
        part = np.empty_like(small) if part is None else part
        for at in range(by_input.indptr[k], by_input.indptr[k + 1]):
            row, weight = int(by_input.indices[at]), by_input.data[at]
            if row in open_planes:
                open_planes[row] += np.multiply(small, weight, out=part)
            else:
                open_planes[row] = weight * small
        while done < len(last_input) and last_input[done] <= k:
            # last, since a plane has to be turned for it, and there are fewer of them now
            yield done, (along_x @ open_planes.pop(done).T).T
            done += 1


def _without_wild(
    moments: Moments, out: NDArray[np.float32], with_data: NDArray[np.uint8]
) -> tuple[float, float]:
    """Mean and standard deviation in which gold and the like do not count more than the limit that they exceed."""
    step = max(1, round((out.size / _SAMPLED_VOXELS) ** (1 / 3)))
    found = [np.zeros(0, np.float64)]
    for k in range(0, len(out), step):
        found.append(out[k, ::step, ::step][with_data[k, ::step, ::step] != 0].astype(np.float64))
        release_pages(out)
        release_pages(with_data)
    some = np.concatenate(found)
    if not some.size or some.std() == 0:
        return moments.mean, moments.deviation
    tame = some
    for _ in range(_TAMING_ROUNDS):
        tame = np.clip(some, tame.mean() - _WILD * tame.std(), tame.mean() + _WILD * tame.std())
    return moments.mean + float(tame.mean() - some.mean()), moments.deviation * float(tame.std() / some.std())


def normalise(out: Grey, mean: float, scale: float, sign: float) -> None:
    """Bring grey values ``(z, y, x)`` in place to standard deviations ``scale`` about ``mean``.

    Without contrast all become 0; ``sign`` is -1 to turn bright membranes dark.
    """
    factor = sign / scale if scale > 1e-6 * max(abs(mean), 1e-30) and scale > 0 else 0.0
    for plane in released_planes(out):
        plane -= mean
        plane *= factor
