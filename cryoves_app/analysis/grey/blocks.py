"""A tomogram in small blocks: grey values and how lively they are, in one pass.

Everything that is known of a tomogram's grey values before it is normalised comes from here: where it holds nothing,
how its background runs, how strong its noise is. A block is a few nanometres wide, so the arrays are small.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Array, GreyPlane, Shape
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.volume import VoxelArray

#: Edge of a block, in nm and at least in voxels.
BLOCK_NM = 8.8
_SMALLEST_EDGE_PX = 4
#: More blocks than these are not held, each some 50 bytes with what is computed of it: they are larger in large
#: tomograms. At 1.469 nm that begins with a thousand million voxels.
MOST_BLOCKS = 4_500_000
#: How many small boxes are looked at for the first guess of the grey level, and their edge.
_BOXES = 1000
_BOX_PX = 4
#: How far a box's grey values lie apart is told by this share of them, so that a box half filled with something tells
#: of its other half.
_SHARE = 0.4

#: What is measured of a block beside its steps: low, high, mean, finite share.
_VALUES = 4

#: Grey values beyond so many spreads are limited before they are averaged.
_WILD = 300.0


@dataclass(frozen=True)
class GreyLevel:
    """A first guess: the middle of the grey values that vary, and how far they lie apart; raw grey."""

    middle: float
    spread: float


@dataclass(frozen=True)
class BlockScan:
    """What the blocks ``(z, y, x)`` of a tomogram hold; grey values less ``level.middle``, over ``level.spread``.

    ``low``, ``high`` and ``mean`` are of the finite voxels. ``liveliness`` is the mean step from voxel to voxel along
    z, y and x inside a block, shape ``(3, z, y, x)``. In means and steps wild voxels count no more than the limit that
    they exceed. ``finite`` is the share of finite voxels, ``bad`` the number of
    the others. ``constant`` tells for each axis which planes across it hold one value or none.
    """

    edge_px: int
    shape: tuple[int, int, int]
    level: GreyLevel
    low: NDArray[np.float32]
    high: NDArray[np.float32]
    mean: NDArray[np.float32]
    liveliness: NDArray[np.float32]
    finite: NDArray[np.float32]
    constant: tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.bool_]]
    bad: int

    def recentred(self, middle: float) -> BlockScan:
        """The same with another middle, given in units of this one."""
        moved = GreyLevel(self.level.middle + self.level.spread * middle, self.level.spread)
        low, high, mean = (values - np.float32(middle) for values in (self.low, self.high, self.mean))
        return replace(self, level=moved, low=low, high=high, mean=mean)


def block_edge_px(voxel_size_nm: float, shape: Shape) -> int:
    """Edge of the blocks of a tomogram of this voxel size and this many voxels along z, y, x."""
    bounded = math.ceil((math.prod(shape) / MOST_BLOCKS) ** (1 / 3))
    return max(_SMALLEST_EDGE_PX, round(BLOCK_NM / voxel_size_nm), bounded)


def block_starts(length: int, edge_px: int) -> NDArray[np.intp]:
    """Where blocks start along an axis, ``(n,)`` in voxels; the last one takes what is left, so none is thinner."""
    return np.arange(0, max(length - edge_px, 0) + 1, edge_px)


def in_units(values: NDArray[Any], level: GreyLevel) -> NDArray[np.float32]:
    """Grey values of any shape less the level's middle, over its spread; infinite where single precision ends."""
    if values.dtype.itemsize > 4 or not 1e-30 < level.spread < 1e30:
        with np.errstate(over="ignore", invalid="ignore"):
            exact = values.astype(np.float64)
            exact -= level.middle
            exact *= 1 / level.spread
            return exact.astype(np.float32)
    units = values.astype(np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        units -= np.float32(level.middle)
        units *= np.float32(1 / level.spread)
    return units


def grey_level(data: VoxelArray) -> GreyLevel | None:
    """The level of a tomogram ``(z, y, x)`` in raw grey, from small boxes; ``None`` where each holds one value or none.

    Boxes count by how much varies in them, so it does not matter with what a tomogram is padded, and how far.
    """
    boxes = []
    for z, y, x in _corners(data.shape):
        box = np.asarray(data[z : z + _BOX_PX, y : y + _BOX_PX, x : x + _BOX_PX], np.float64)
        box = np.sort(box[np.isfinite(box)])
        if box.size and box[0] < box[-1]:
            boxes.append(box)
    middles = np.array([box[box.size // 2] for box in boxes])
    away = [np.sort(np.abs(box - middle)) for box, middle in zip(boxes, middles, strict=True)]
    spreads = np.array([a[int(_SHARE * a.size)] for a in away])
    if not spreads.any():  # few grey values, most of them the same
        spreads = np.array([float(a.mean()) for a in away])
    if not spreads.any():
        return None
    return GreyLevel(_weighted_median(middles, spreads), _weighted_median(spreads, spreads))


def _weighted_median(values: Array, weights: Array) -> float:
    order = np.argsort(values)
    heavy = np.cumsum(weights[order] / weights.max())
    return float(values[order][np.searchsorted(heavy, heavy[-1] / 2)])


def _corners(shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Corners of the boxes, on a regular lattice."""
    step = max(_BOX_PX, round((float(np.prod(shape)) / _BOXES) ** (1 / 3)))
    axes = [np.arange(min(step // 2, max(n - _BOX_PX, 0)), max(n - _BOX_PX + 1, 1), step) for n in shape]
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)


def scan_blocks(
    data: VoxelArray, edge_px: int, level: GreyLevel, progress: Progress | None = None
) -> BlockScan:
    """Read a tomogram ``(z, y, x)`` of raw grey once, plane by plane; it may lie in a file."""
    progress = progress or Progress()
    shape = (data.shape[0], data.shape[1], data.shape[2])
    starts = [block_starts(n, edge_px) for n in shape]
    scan = _Running(shape, starts)
    for start, stop in zip(starts[0], [*starts[0][1:], shape[0]], strict=True):
        layer = _Layer(shape[1:])
        for k in range(start, stop):
            progress.report(k / shape[0])
            plane = in_units(data[k], level)
            layer.add(plane, _missing(plane))
        scan.add(layer)
    return scan.finished(edge_px, level)


def _missing(plane: GreyPlane) -> NDArray[np.bool_] | None:
    """Where a plane is not finite; those voxels are set to 0."""
    with np.errstate(over="ignore", invalid="ignore"):
        if np.isfinite(plane.sum()):
            return None
    missing = ~np.isfinite(plane)
    plane[missing] = 0.0
    return missing if missing.any() else None


class _Layer:
    """One layer of blocks, collected plane by plane."""

    def __init__(self, shape: tuple[int, int]) -> None:
        self.low = np.full(shape, np.inf, np.float32)
        self.high = np.full(shape, -np.inf, np.float32)
        self.total = np.zeros(shape, np.float32)
        self.missing = np.zeros(shape, np.int32)
        self.steps = [np.zeros(shape, np.float32) for _ in range(3)]
        self.constant: list[bool] = []
        self._before: GreyPlane | None = None

    def add(self, plane: GreyPlane, missing: NDArray[np.bool_] | None) -> None:
        low = high = plane
        if missing is not None:
            low, high = np.where(missing, np.inf, plane), np.where(missing, -np.inf, plane)
            self.missing += missing
        np.minimum(self.low, low, out=self.low)
        np.maximum(self.high, high, out=self.high)
        lowest, highest = low.min(), high.max()
        self.constant.append(bool(lowest >= highest))
        if lowest < -_WILD or highest > _WILD:
            plane = np.clip(plane, -_WILD, _WILD)
        self.total += plane
        if self._before is not None:
            self.steps[0] += np.abs(plane - self._before)
        self.steps[1][:-1] += np.abs(np.diff(plane, axis=0))
        self.steps[2][:, :-1] += np.abs(np.diff(plane, axis=1))
        self._before = plane

    def reduced(self, y: NDArray[np.intp], x: NDArray[np.intp]) -> list[GreyPlane]:
        """Low, high, mean, finite share, and mean steps along z, y, x of the blocks that start at ``y`` and ``x``."""
        planes = len(self.constant)
        size = planes * _lengths(y, self.low.shape[0])[:, None] * _lengths(x, self.low.shape[1])
        finite = size - _summed(self.missing, y, x)
        self.steps[1][y[1:] - 1] = 0.0  # steps from one block to the next belong to neither
        self.steps[2][:, x[1:] - 1] = 0.0
        low = np.minimum.reduceat(np.minimum.reduceat(self.low, y, axis=0), x, axis=1)
        high = np.maximum.reduceat(np.maximum.reduceat(self.high, y, axis=0), x, axis=1)
        mean = _summed(self.total, y, x) / np.maximum(finite, 1)
        steps = [_summed(s, y, x) for s in self.steps]
        steps[0] /= np.maximum(size / planes * (planes - 1), 1)
        for axis, lengths in (
            (1, _lengths(y, self.low.shape[0])[:, None]),
            (2, _lengths(x, self.low.shape[1])),
        ):
            steps[axis] /= np.maximum(size / lengths * (lengths - 1), 1)
        return [np.asarray(a, np.float32) for a in (low, high, mean, finite / size, *steps)]


class _Running:
    """The layers that are done, and which planes hold one value."""

    def __init__(self, shape: tuple[int, int, int], starts: list[NDArray[np.intp]]) -> None:
        self._shape, (_, self._y, self._x) = shape, starts
        blocks = [len(s) for s in starts]
        self._values = [np.empty(blocks, np.float32) for _ in range(_VALUES)]
        self._steps = np.empty((3, *blocks), np.float32)
        self._done = 0
        self._constant_z: list[bool] = []
        self._low = [np.full(n, np.inf, np.float32) for n in shape[1:]]
        self._high = [np.full(n, -np.inf, np.float32) for n in shape[1:]]
        self._bad = 0

    def add(self, layer: _Layer) -> None:
        for axis in (0, 1):
            np.minimum(self._low[axis], layer.low.min(axis=1 - axis), out=self._low[axis])
            np.maximum(self._high[axis], layer.high.max(axis=1 - axis), out=self._high[axis])
        self._constant_z += layer.constant
        self._bad += int(layer.missing.sum())
        planes = layer.reduced(self._y, self._x)
        for to, plane in zip((*self._values, *self._steps), planes, strict=True):
            to[self._done] = plane
        self._done += 1

    def finished(self, edge_px: int, level: GreyLevel) -> BlockScan:
        low, high, mean, finite = self._values
        along_y, along_x = (a >= b for a, b in zip(self._low, self._high, strict=True))
        constant = (np.array(self._constant_z, bool), along_y, along_x)
        return BlockScan(
            edge_px, self._shape, level, low, high, mean, self._steps, finite, constant, self._bad
        )


def _summed(values: NDArray[Any], y: NDArray[np.intp], x: NDArray[np.intp]) -> NDArray[np.float64]:
    """Sums over blocks; those of a few rows in the type that the values have, which is exact enough and much faster."""
    rows = np.add.reduceat(values, y, axis=0)
    summed: NDArray[np.float64] = np.add.reduceat(rows.astype(np.float64), x, axis=1)
    return summed


def _lengths(starts: NDArray[np.intp], length: int) -> NDArray[np.intp]:
    return np.diff([*starts, length])
