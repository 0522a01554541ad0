"""Gold beads: compact, and far darker than anything in a specimen (or brighter, where the contrast is turned).

Beads must not decide on statistics, fits and decoys. They are told from membranes by depth, which a percentile of the
tomogram's own grey values measures, and from borders and ice by size and shape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.blocks import BlockScan
from cryoves_app.domain.arrays import BoolMask, Grey, Shape, SpheresPx

#: Beads reach so many times as far from the middle as the darkest (or brightest) percentile; a bead goes as far out as
#: half of that.
_DEPTH, _PERCENTILE, _EDGE = 3.0, 1.0, 0.5
#: Equivalent radius of a bead in nm, and the fewest voxels that tell one from a hot pixel.
_SMALLEST_NM, _LARGEST_NM, _FEWEST_PX = 1.5, 15.0, 4
#: A ball is as wide as twice its equivalent radius; beads at most so much wider, and longer along the beam.
_WIDEST, _LONGEST = 1.6, 3.0
#: A bead's fringe, which is left out with it.
_FRINGE_NM = 3.0
#: Where more of the blocks than this share hold such voxels they are no beads, and larger groups of blocks are none.
_MOST_BLOCKS, _LARGEST_GROUP = 0.05, 7
_AROUND = np.ones((3, 3, 3), bool)

#: Gives a box ``(z, y, x)`` of grey values as they are compared, from its first voxel and the one after its last.
BoxReader = Callable[[NDArray[np.intp], NDArray[np.intp]], Grey]


@dataclass(frozen=True)
class BeadLimits:
    """Grey values beyond which voxels belong to beads, in the unit of the sample."""

    low: float
    high: float

    @classmethod
    def of(cls, sample: Grey) -> BeadLimits:
        """From a sample of grey values ``(n,)`` of any unit."""
        dark, middle, bright = (float(v) for v in np.percentile(sample, (_PERCENTILE, 50, 100 - _PERCENTILE)))
        return cls(middle - _DEPTH * (middle - dark), middle + _DEPTH * (bright - middle))

    def beyond(self, values: Grey, share: float = 1.0) -> BoolMask:
        """Which values of any shape, in the sample's unit, lie beyond that share of the limits; bool."""
        middle = (self.low + self.high) / 2
        low, high = middle + share * (self.low - middle), middle + share * (self.high - middle)
        return np.asarray((values < low) | (values > high))


def find_beads(scan: BlockScan, limits: BeadLimits, read: BoxReader, voxel_size_nm: float) -> SpheresPx:
    """The beads of a tomogram.

    Parameters
    ----------
    limits
        In units of the scan.
    read
        Gives values in these units, too.

    Returns
    -------
    (n, 4) array
        ``z, y, x`` and radius to the outer edge of what is left out, in voxels.
    """
    dark = limits.beyond(scan.low) | limits.beyond(scan.high)
    if not dark.any() or dark.mean() > _MOST_BLOCKS:
        return np.zeros((0, 4))
    groups, _ = ndimage.label(dark, _AROUND)
    found: list[list[float]] = []
    for window in ndimage.find_objects(groups):
        if max(s.stop - s.start for s in window) > _LARGEST_GROUP:
            continue
        low, high = _voxels(window, scan)
        faces = (low == 0, high == np.array(scan.shape))
        beads = _in_box(read(low, high), limits, voxel_size_nm, faces)
        found += ([*(place + low).tolist(), radius] for place, radius in beads)
    return np.array(found, float).reshape(-1, 4)


def _voxels(window: tuple[slice, ...], scan: BlockScan) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """First voxel of some blocks and of what is around them, and the one after the last."""
    low = [max((s.start - 1) * scan.edge_px, 0) for s in window]
    last = [
        n if s.stop + 1 >= blocks else (s.stop + 1) * scan.edge_px
        for s, n, blocks in zip(window, scan.shape, scan.low.shape, strict=True)
    ]
    return np.array(low, np.intp), np.array(last, np.intp)


def _in_box(
    values: Grey, limits: BeadLimits, voxel_size_nm: float, faces: tuple[BoolMask, BoolMask]
) -> Iterator[tuple[NDArray[np.float64], float]]:
    """Place in the box and radius, in voxels, of each bead in it.

    What touches a face is none: reconstructions have dark spots there. ``faces`` tells for each axis whether the box
    begins and ends at one.
    """
    parts, count = ndimage.label(limits.beyond(values, _EDGE))
    if not count:
        return
    deep = np.unique(parts[limits.beyond(values)])
    windows = ndimage.find_objects(parts)
    for number in deep[deep > 0].tolist():
        window = windows[number - 1]
        starts, ends = [s.start for s in window], [s.stop for s in window]
        at_face = (np.equal(starts, 0) & faces[0]) | (np.equal(ends, values.shape) & faces[1])
        voxels = np.argwhere(parts[window] == number)
        extent = np.ptp(voxels, axis=0) + 1
        if not at_face.any() and _is_bead(len(voxels), extent, voxel_size_nm):
            yield voxels.mean(axis=0) + starts, float(extent.max() / 2 + _FRINGE_NM / voxel_size_nm)


def _is_bead(count: int, extent: NDArray[np.intp], voxel_size_nm: float) -> bool:
    radius = (3 * count / (4 * np.pi)) ** (1 / 3)
    right_size = count >= _FEWEST_PX and _SMALLEST_NM <= radius * voxel_size_nm <= _LARGEST_NM
    wide, long = max(extent[1:]), extent[0]
    return bool(right_size and wide <= 2 * _WIDEST * radius + 1 and long <= 2 * _LONGEST * radius + 1)


def bead_voxels(beads: SpheresPx, low: NDArray[np.intp], shape: Shape) -> BoolMask | None:
    """Which voxels of a box belong to beads.

    Parameters
    ----------
    beads : (n, 4) array
        ``z, y, x`` and radius to the outer edge, in voxels.
    low : (3,) array
        The box's first voxel.
    shape
        Of the box.

    Returns
    -------
    (z, y, x) bool array or None
        None where none does.
    """
    if not len(beads):
        return None
    centre, radius = beads[:, :3] - low, beads[:, 3:]
    near = ((centre >= -radius) & (centre < np.array(shape) + radius)).all(axis=1)
    found = np.zeros(shape, bool)
    z, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    for bead in np.column_stack([centre, radius])[near]:
        found |= (z - bead[0]) ** 2 + (y - bead[1]) ** 2 + (x - bead[2]) ** 2 <= bead[3] ** 2
    return found if found.any() else None
