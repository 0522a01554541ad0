"""Where a tomogram lies outside of the lamella or the ice: layers above and below it, which hold noise and no specimen.

Such layers are full of data, so they are not empty; but what varies in them varies from voxel to voxel and averages
out in a block, which membranes do not. It is this share that tells, so contrast that fades over a tomogram is no sign.
They are told from the specimen only where both differ clearly and meet in two planes, which may be tilted; else
nothing is taken as outside.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import BoolMask

#: Blocks along an edge of the columns that are looked at, and how few of them a tomogram must have.
_TILE, _FEWEST_TILES, _FEWEST_LAYERS = 6, 4, 8
#: A layer of a column counts where at least this share of it holds data.
_COVERED = 0.9
#: Of the specimen's grey at least so many times as much is left in blocks, and both differ by so many standard
#: deviations of either.
_RATIO, _APART = 1.7, 2.5
#: This share of what varies little lies at the upper and lower face; the rest are calm places in the specimen.
_AT_FACES = 0.75
#: Outside is at least this share of the tomogram, and no more than that.
_LEAST, _MOST = 0.04, 0.75
#: Columns whose border lies farther from the plane than so many blocks do not count; half of them must.
_FROM_PLANE = 1.5


def outside_of_slab(mean: NDArray[np.float32], liveliness: NDArray[np.float32], usable: BoolMask) -> BoolMask:
    """The blocks that lie above or below the specimen; none where that is not clear.

    Parameters
    ----------
    mean : (z, y, x) array
        Mean grey of each block, in any unit.
    liveliness : (z, y, x) array
        Mean step from voxel to voxel in each block, in the same unit.
    usable : (z, y, x) bool array
        Blocks that hold data alone.

    Returns
    -------
    (z, y, x) bool array
        True outside.
    """
    nowhere = np.zeros(mean.shape, bool)
    columns = _columns(mean, liveliness, usable)
    if columns is None:
        return nowhere
    calm = _calm(columns)
    if calm is None:
        return nowhere
    above, below = _run_lengths(calm), _run_lengths(calm[::-1])
    if above.sum() + below.sum() < _AT_FACES * calm.sum():
        return nowhere
    known = np.asarray(np.isfinite(columns).any(axis=0))
    upper, lower = (_plane(runs, known, mean.shape[1:]) for runs in (above, below))
    if upper is None or lower is None:
        return nowhere
    layer = np.arange(len(mean))[:, None, None] + 0.5
    outside = (layer < upper) | (layer > len(mean) - lower)
    return outside if _LEAST <= outside.mean() <= _MOST else nowhere


def _columns(
    mean: NDArray[np.float32], liveliness: NDArray[np.float32], usable: BoolMask
) -> NDArray[np.float64] | None:
    """How far grey varies from block to block, for what it does from voxel to voxel, of columns of blocks.

    ``(layer, row, column)`` as logarithm; NaN where it is not known, ``None`` where the tomogram is too small.
    """
    depth, rows, across = mean.shape[0], mean.shape[1] // _TILE, mean.shape[2] // _TILE
    if depth < _FEWEST_LAYERS or rows * across < _FEWEST_TILES:
        return None
    weight = _in_columns(usable.astype(np.float32), rows, across)
    known = weight.mean(axis=-1) > _COVERED
    blocks = _in_columns(np.where(usable, mean, 0), rows, across)
    middle = blocks.sum(axis=-1, keepdims=True) / np.maximum(weight.sum(axis=-1, keepdims=True), 1)
    blocks = _without_slope(np.where(weight > 0, blocks, middle))
    low, high = np.percentile(blocks, (25, 75), axis=-1)
    steps = np.median(_in_columns(np.where(usable, liveliness, 0), rows, across), axis=-1)
    known &= (steps > 0) & (high > low)
    share = np.divide(high - low, steps, out=np.full(steps.shape, np.nan), where=known)
    calm = ndimage.median_filter(np.where(known, share, 0.0), (3, 1, 1), mode="nearest")
    return np.log(calm, out=np.full(calm.shape, np.nan), where=known & (calm > 0))


def _in_columns(values: NDArray[np.float32], rows: int, across: int) -> NDArray[np.float64]:
    """The blocks of each layer of a column behind one another: ``(layer, row, column, block)``."""
    cut = values[:, : rows * _TILE, : across * _TILE].astype(np.float64)
    parts = np.moveaxis(cut.reshape(len(values), rows, _TILE, across, _TILE), 3, 2)
    return parts.reshape(len(values), rows, across, -1)


def _without_slope(blocks: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blocks of columns without the plane through each layer of them: a ramp does not fade where contrast does."""
    row, column = np.indices((_TILE, _TILE)).reshape(2, -1)
    plane = np.stack([np.ones(row.size), row, column], axis=1)
    return blocks - blocks @ (plane @ np.linalg.pinv(plane)).T


def _calm(columns: NDArray[np.float64]) -> BoolMask | None:
    """The parts that vary little, where there are two kinds of parts; ``None`` where there is one."""
    values = np.sort(columns[np.isfinite(columns)])
    if len(values) < _FEWEST_LAYERS * _FEWEST_TILES:
        return None
    count = np.arange(1, len(values))
    total = np.cumsum(values)
    low, high = total[:-1] / count, (total[-1] - total[:-1]) / (len(values) - count)
    split = int(np.argmax(count * (len(values) - count) * (high - low) ** 2)) + 1
    away = high[split - 1] - low[split - 1]
    spread = max(float(values[:split].std()), float(values[split:].std()))
    if away < np.log(_RATIO) or away < _APART * spread:
        return None
    border = (values[split - 1] + values[split]) / 2
    return np.asarray(np.where(np.isfinite(columns), columns, np.inf) < border)


def _run_lengths(calm: BoolMask) -> NDArray[np.float64]:
    """Layers from the first one on that are all calm, of each column."""
    return np.logical_and.accumulate(calm, axis=0).sum(axis=0).astype(np.float64)


def _plane(runs: NDArray[np.float64], known: BoolMask, shape: tuple[int, ...]) -> NDArray[np.float64] | None:
    """The layers above a plane ``(y, x)`` for each block; ``None`` where most known columns have no border on one."""
    if not runs.any():
        return np.zeros(shape)
    row, column = np.indices(runs.shape).reshape(2, -1)
    place = np.stack([np.ones(runs.size), (row + 0.5) * _TILE, (column + 0.5) * _TILE], axis=1)
    good = known.ravel()
    for _ in range(3):
        solved = np.linalg.lstsq(place[good], runs.ravel()[good], rcond=None)[0]
        good = known.ravel() & (np.abs(place @ solved - runs.ravel()) <= _FROM_PLANE)
        if good.sum() < max(known.sum() / 2, 3):
            return None
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.maximum(solved[0] + solved[1] * (y + 0.5) + solved[2] * (x + 0.5), 0.0)
