"""Where a tomogram holds nothing: borders, wedges, slices and masked places that were filled with something.

Programs fill with the most different values (0, the mean, -32768, 1e30, NaN, the last row again), and rotating, binning
or filtering makes of them something that is nearly constant and has soft edges. So no value is known beforehand. Three
things tell what is no data: hardly anything changes from voxel to voxel; or a part at a face is cut off from the rest
by a step in grey larger than any contrast in the specimen; or voxels are not finite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.blocks import BlockScan
from cryoves_app.domain.arrays import BoolMask

#: Blocks whose liveliness is below this share of a lively block's are quiet.
_QUIET = 0.04
#: Which percentile of the blocks counts as lively, and which, times a little, as the specimen's contrast.
_PERCENTILE, _A_LITTLE = 75, 1.3
#: Quiet blocks reach over less than this many contrasts from their darkest to their brightest voxel.
_WIDEST_QUIET = 1.5
#: Blocks of at least this share of a lively block's liveliness are lively, too; the edges of what holds no data are not
#: softer than so many blocks from there to the quiet ones.
_LIVELY, _SOFTEST_BLOCKS = 0.5, 2.9
#: A quiet part of ordinary grey is no data from this many balls of the expected radius on, or from this many at a face:
#: smaller ones may be lumens that were clipped.
_BALLS, _BALLS_AT_FACE = 10.0, 1.0
#: Smaller parts that are cut off by a step are no wedges.
_SMALLEST_BLOCKS = 8
#: Values of fills that lie closer together than this share of the contrast count as one.
_SAME_FILL = 0.1
#: What single precision makes of one value, in units of the level and relative to it.
_ROUNDING = 1e-4
_AROUND = np.ones((3, 3, 3), bool)


@dataclass(frozen=True)
class Emptiness:
    """Blocks that hold no data at all, ``(z, y, x)``, and what the specimen's grey is like, in units of the scan.

    ``contrast`` is how far grey values of the specimen lie apart within a block. ``fills`` are intervals ``(n, 2)`` of
    the values that quiet places were filled with.
    """

    blocks: BoolMask
    contrast: float
    fills: NDArray[np.float64]

    @property
    def around(self) -> BoolMask:
        """The blocks ``(z, y, x)`` beside those without data, which may hold some of both; bool."""
        return _grown(self.blocks) & ~self.blocks


def find_empty_blocks(scan: BlockScan, expected_radius_nm: float, voxel_size_nm: float) -> Emptiness:
    """The blocks of a tomogram in which there is no data.

    Where nothing at all is lively there is no way to tell, and no block is left out.
    """
    nothing = scan.finite <= 0
    flat = nothing | (scan.low >= scan.high)
    lively = ~_grown(flat) if (~_grown(flat)).any() else ~flat
    if not lively.any():
        return Emptiness(np.zeros(flat.shape, bool), 0.0, np.zeros((0, 2)))
    reach = scan.high - scan.low
    share = _liveliness(scan, lively)
    quiet = flat | (share < _QUIET)
    inner = ~_grown(quiet) if (~_grown(quiet)).any() else ~quiet
    contrast = _A_LITTLE * float(np.percentile(reach[inner], _PERCENTILE))
    quiet &= flat | (reach < _WIDEST_QUIET * contrast)  # else it holds a part of a border and a little data
    quiet &= flat | ~_fading(quiet, share)
    cut = _cut_off(scan.mean, quiet, contrast)
    usual = float(np.median(scan.mean[~quiet & ~cut])) if (~quiet & ~cut).any() else 0.0
    ball = 4 / 3 * math.pi * (expected_radius_nm / (voxel_size_nm * scan.edge_px)) ** 3
    empty = nothing | cut | _large_or_far(quiet, np.abs(scan.mean - usual) > contrast, ball)
    if empty.all():
        return Emptiness(np.zeros(flat.shape, bool), contrast, np.zeros((0, 2)))
    filled = empty & quiet & ~nothing
    return Emptiness(empty, contrast, _intervals(scan.low[filled], scan.high[filled], contrast))


def _grown(mask: BoolMask) -> BoolMask:
    return np.asarray(ndimage.binary_dilation(mask, _AROUND), bool)


def _liveliness(scan: BlockScan, lively: BoolMask) -> NDArray[np.float32]:
    """Liveliness of each block against a lively one's, along the axis in which it is least so.

    Along one axis alone nothing changes where the last row was repeated.
    """
    shares = []
    for along in scan.liveliness:
        usual = float(np.percentile(along[lively], _PERCENTILE))
        if usual > 0:
            shares.append(along / np.float32(usual))
    return np.minimum.reduce(shares) if shares else np.ones(lively.shape, np.float32)


def _fading(quiet: BoolMask, share: NDArray[np.float32]) -> BoolMask:
    """Quiet parts that the specimen fades into; what holds no data begins within a block or two, even softly."""
    parts, count = ndimage.label(quiet)
    far = ndimage.distance_transform_edt(share < _LIVELY)
    edge = quiet & _grown(~quiet)
    if not edge.any():
        return np.zeros(quiet.shape, bool)
    width = ndimage.median(far[edge], parts[edge], np.arange(1, count + 1))
    return np.isin(parts, 1 + np.flatnonzero(np.asarray(width) > _SOFTEST_BLOCKS))


def _cut_off(mean: NDArray[np.float32], quiet: BoolMask, contrast: float) -> BoolMask:
    """Parts at a face that a step in grey cuts off from the specimen, though they are noisy.

    Of several parts the specimen is the one that lies in the middle and in which most varies.
    """
    steps = ~quiet & _beside_a_step(mean, contrast)
    parts, count = ndimage.label(~quiet & ~steps)
    if count < 2:
        return np.zeros(mean.shape, bool)
    numbers = np.arange(1, count + 1)
    size = np.bincount(parts.ravel(), minlength=count + 1)[1:]
    middle = np.asarray(ndimage.median(mean, parts, numbers))
    central = np.bincount(parts.ravel(), _centrality(mean.shape).ravel(), count + 1)[1:]
    specimen = int(np.argmax(central * np.asarray(ndimage.variance(mean, parts, numbers))))
    far = np.abs(middle - middle[specimen]) > contrast
    foreign = far & (size >= _SMALLEST_BLOCKS) & np.isin(numbers, _at_faces(parts))
    return np.isin(parts, numbers[foreign])


def _centrality(shape: tuple[int, ...]) -> NDArray[np.float64]:
    """1 in the middle of the field of view, falling to 0 at its edge; specimens lie in the middle."""
    y, x = (np.sin(np.pi * (np.arange(n) + 0.5) / n) for n in shape[1:])
    return np.broadcast_to(y[:, None] * x[None, :], shape)


def _beside_a_step(mean: NDArray[np.float32], step: float) -> BoolMask:
    found = np.zeros(mean.shape, bool)
    for axis in range(3):
        along, beside = np.moveaxis(mean, axis, 0), np.moveaxis(found, axis, 0)
        large = np.abs(np.diff(along, axis=0)) > step
        beside[1:] |= large
        beside[:-1] |= large
    return found


def _large_or_far(quiet: BoolMask, far: BoolMask, ball_blocks: float) -> BoolMask:
    """Quiet parts that are no clipped lumen: because of their size, or of a grey that no specimen has."""
    parts, count = ndimage.label(quiet)
    if not count:
        return quiet
    size = np.bincount(parts.ravel(), minlength=count + 1)
    least = np.full(count + 1, _BALLS * ball_blocks)
    least[_at_faces(parts)] = _BALLS_AT_FACE * ball_blocks
    large = size >= least
    large[0] = False
    return large[parts] | (quiet & far)


def _at_faces(parts: NDArray[np.int32]) -> NDArray[np.int32]:
    """The numbers of the parts that touch a face."""
    ends = [np.take(parts, end, axis).ravel() for axis in range(3) for end in (0, -1)]
    return np.unique(np.concatenate(ends))


def _intervals(low: NDArray[np.float32], high: NDArray[np.float32], contrast: float) -> NDArray[np.float64]:
    """The values of fills, as intervals; those that lie close together are one."""
    if not len(low):
        return np.zeros((0, 2))
    order = np.argsort(low)
    lows, highs = low[order].astype(np.float64), np.maximum.accumulate(high[order].astype(np.float64))
    first = np.flatnonzero(np.r_[True, lows[1:] > highs[:-1] + _SAME_FILL * contrast])
    last = np.r_[first[1:] - 1, len(lows) - 1]
    narrow = highs[last] - lows[first] < contrast
    found = np.stack([lows[first][narrow], highs[last][narrow]], axis=1)
    return found + (_ROUNDING + _ROUNDING * np.abs(found)) * np.array([-1.0, 1.0])
