"""What varies slowly over a tomogram: the background and the strength of the contrast.

A wedge-shaped lamella or a tilted beam leaves ramps of grey, in which one mean and one standard deviation fit nowhere.
They are followed on cells a few vesicles wide by local straight lines, which are exact on a ramp up to the faces, and
robust, so that mitochondria and gold do not pull at them. A tomogram whose background hardly varies is left alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.blocks import block_starts
from cryoves_app.domain.arrays import Array

#: Standard deviation of the window in which a straight line is fitted, in cells: for ramps, and for what bends more.
WIDE, NARROW = 2.0, 1.0
#: Blocks of a cell that must hold data.
_LEAST_SHARE = 0.25
_ROUNDS = 3
#: Residuals beyond so many robust deviations do not count (Tukey's biweight).
_TUKEY = 4.7
#: Slopes that nothing determines are 0.
_RIDGE = 0.01
_LEAST_WEIGHT = 1e-3


@dataclass(frozen=True)
class SlowField:
    """A smooth function on a tomogram: straight between the centres of cells, and beyond the outer ones.

    ``centres_px`` are the cells' centres along z, y and x in voxels, ``(k,)``, ``(m,)`` and ``(n,)``; ``values`` are
    what it is there, ``(k, m, n)``, in units of what was fitted.
    """

    centres_px: tuple[Array, Array, Array]
    values: Array

    def box(self, low: Sequence[int], high: Sequence[int]) -> NDArray[np.float32]:
        """The field at the voxels of a box ``(z, y, x)``, in units of what was fitted."""
        axes = (np.arange(a, b, dtype=float) for a, b in zip(low, high, strict=True))
        z, y, x = (_weights(c, p) for c, p in zip(self.centres_px, axes, strict=True))
        rows = np.einsum("za,abc,yb->zyc", z, self.values, y, optimize=True)
        field: NDArray[np.float32] = rows.astype(np.float32) @ x.T.astype(np.float32)
        return field

    def at(self, z: Array, y: Array, x: Array) -> Array:
        """The field on a lattice of positions in voxels, ``(k,)``, ``(m,)`` and ``(n,)``; shape ``(k, m, n)``."""
        weights = [_weights(c, p) for c, p in zip(self.centres_px, (z, y, x), strict=True)]
        field: Array = np.einsum("za,abc,yb,xc->zyx", weights[0], self.values, *weights[1:], optimize=True)
        return field

    def plus(self, finer: SlowField) -> SlowField:
        """The sum with a field on cells that are as small or smaller, on the cells of that one."""
        return replace(finer, values=finer.values + self.at(*finer.centres_px))

    def lowered(self, level: float) -> SlowField:
        """The field less a constant."""
        return replace(self, values=self.values - level)

    def scaled(self, factor: float) -> SlowField:
        """The field times a constant."""
        return replace(self, values=self.values * factor)

    def to_arrays(self) -> tuple[Array, Array, Array, Array]:
        """Centres ``(k,)``, ``(m,)``, ``(n,)`` in voxels, and values ``(k, m, n)`` in their units."""
        return (*self.centres_px, self.values)

    @classmethod
    def from_arrays(cls, arrays: Sequence[Array]) -> SlowField:
        """From what ``to_arrays`` gave: centres ``(k,)``, ``(m,)``, ``(n,)`` in voxels, and values ``(k, m, n)``."""
        z, y, x, values = arrays
        return cls((z, y, x), values)


def _weights(centres: Array, at: Array) -> Array:
    """The matrix ``(len(at), len(centres))`` of linear interpolation."""
    weights = np.zeros((len(at), len(centres)))
    if len(centres) == 1:
        weights[:, 0] = 1.0
        return weights
    left = np.clip(np.searchsorted(centres, at) - 1, 0, len(centres) - 2)
    share = (at - centres[left]) / (centres[left + 1] - centres[left])
    rows = np.arange(len(at))
    weights[rows, left], weights[rows, left + 1] = 1 - share, share
    return weights


def fit_slow_field(
    blocks: NDArray[np.float32],
    usable: NDArray[np.bool_],
    shape: tuple[int, int, int],
    edge_px: int,
    cell: int,
    window: float = WIDE,
) -> SlowField:
    """The slow part of what blocks hold.

    Parameters
    ----------
    blocks, usable : (z, y, x) arrays
        One number per block, and which of them count.
    shape
        Of the tomogram, whose blocks are ``edge_px`` voxels wide.
    cell
        Edge of a cell in blocks.
    window
        Standard deviation in cells of the surroundings to which straight lines are fitted.
    """
    starts = [block_starts(n, cell) for n in blocks.shape]
    values = _smooth(_medians(np.where(usable, blocks, np.nan), starts), window)
    centres = [_centres(s * edge_px, n) for s, n in zip(starts, shape, strict=True)]
    return SlowField((centres[0], centres[1], centres[2]), values)


def _centres(starts: NDArray[np.intp], length: int) -> Array:
    return np.asarray((starts + np.r_[starts[1:], length] - 1) / 2, np.float64)


def _medians(blocks: NDArray[np.float64], starts: list[NDArray[np.intp]]) -> Array:
    """The median of each cell's known blocks, NaN where there are too few."""
    shape = tuple(len(s) for s in starts)
    padded = np.pad(blocks, (0, 1), constant_values=np.nan)
    members = [_members(s, n) for s, n in zip(starts, blocks.shape, strict=True)]
    cells = padded[np.ix_(*(m.ravel() for m in members))]
    rows = cells.reshape([n for m in members for n in m.shape]).transpose(0, 2, 4, 1, 3, 5)
    rows = np.sort(rows.reshape(*shape, -1), axis=-1)  # NaN comes last
    counts = np.isfinite(rows).sum(axis=-1)
    sizes = [np.diff(np.r_[s, n]) for s, n in zip(starts, blocks.shape, strict=True)]
    enough = counts >= np.maximum(_LEAST_SHARE * np.einsum("i,j,k->ijk", *sizes), 1)
    middle = np.stack([(counts - 1) // 2, counts // 2], axis=-1)
    medians = np.take_along_axis(rows, np.maximum(middle, 0), axis=-1).mean(axis=-1)
    return np.where(enough, medians, np.nan)


def _members(starts: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    """The blocks of each cell along one axis, ``length`` in place of those that a smaller cell lacks."""
    ends = np.r_[starts[1:], length]
    found = starts[:, None] + np.arange(int((ends - starts).max()))
    return np.where(found < ends[:, None], found, length)


def _smooth(cells: Array, window: float) -> Array:
    """The cells' values as robust local straight lines see them; 0 everywhere where no value is known."""
    known = np.isfinite(cells)
    if not known.any():
        return np.zeros(cells.shape)
    values, weight = np.where(known, cells, 0.0), known.astype(np.float64)
    field = _local_lines(values, weight, window)
    for _ in range(_ROUNDS):
        residual = np.abs(values - field)
        scale = 1.4826 * float(np.median(residual[known]))
        if scale <= 1e-9 * float(np.ptp(values[known])):
            break
        weight = known * np.clip(1 - (residual / (_TUKEY * scale)) ** 2, 0, None) ** 2
        field = _local_lines(values, weight, window)
    return field


def _local_lines(values: Array, weight: Array, window: float) -> Array:
    """At each cell the value of the weighted straight line through its surroundings."""
    axes = np.meshgrid(*(np.arange(n, dtype=float) for n in values.shape), indexing="ij")
    basis = [np.ones(values.shape), *axes]
    normal, right = np.empty((*values.shape, 4, 4)), np.empty((*values.shape, 4))
    for i in range(4):
        right[..., i] = _windowed(weight * basis[i] * values, window)
        for j in range(i, 4):
            normal[..., i, j] = normal[..., j, i] = _windowed(weight * basis[i] * basis[j], window)
    known = normal[..., 0, 0] > _LEAST_WEIGHT
    solved = _at_centres(normal[known], right[known], np.stack(axes, axis=-1)[known])
    nearest = ndimage.distance_transform_edt(~known, return_distances=False, return_indices=True)
    field = np.zeros(values.shape)
    field[known] = solved
    return np.asarray(field[tuple(nearest)])


def _windowed(values: Array, window: float) -> Array:
    return np.asarray(ndimage.gaussian_filter(values, window, mode="constant"))


def _at_centres(normal: Array, right: Array, centres: Array) -> Array:
    """Solve normal equations ``(n, 4, 4)`` of ``a + b·p`` for the value at each centre ``(n, 3)``."""
    move = np.zeros_like(normal)
    move[:, range(4), range(4)] = 1.0
    move[:, 1:, 0] = -centres
    moved = move @ normal @ np.swapaxes(move, 1, 2)
    total = moved[:, 0, 0]
    moved[:, range(1, 4), range(1, 4)] += _RIDGE * total[:, None]
    return np.asarray(np.linalg.solve(moved, move @ right[..., None])[:, 0, 0])
