"""A mask of a whole volume as bits: an eighth of the memory, cut open along any axis in moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.regions import RegionPlanes
from cryoves_app.domain.arrays import MaskPlane
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import Region, RegionKind


@dataclass(frozen=True)
class PackedMask:
    """A mask, eight voxels along x in a byte.

    Attributes
    ----------
    bits : (z, y, x / 8) array
        Bytes, the first voxel in the highest bit; rounded up.
    shape
        Voxels ``z, y, x``.
    """

    bits: NDArray[np.uint8]
    shape: tuple[int, int, int]

    @classmethod
    def of(
        cls, planes: RegionPlanes, progress: Progress | None = None, before: Before | None = None
    ) -> PackedMask:
        """All slices of a region; those that an edit did not touch are taken from what was there ``before``.

        Raises
        ------
        Cancelled
            If ``progress`` was cancelled meanwhile.
        """
        depth, height, width = planes.shape
        bits = np.zeros((depth, height, -(-width // 8)), np.uint8)
        kept = unchanged_slices(before[0], planes.region, depth) if before else np.zeros(depth, bool)
        if before is not None:
            bits[kept] = before[1].bits[kept]
        for z in np.flatnonzero(~kept).tolist():
            if progress is not None:
                progress.check()
            plane = planes.plane(z)
            if plane.any():
                bits[z] = np.packbits(plane, axis=1)
        return cls(bits, planes.shape)

    def cut(self, axis: int, index: int) -> MaskPlane:
        """The slice at ``index`` of an axis: bool ``(y, x)``, ``(z, x)`` or ``(z, y)``."""
        if axis == 2:
            return np.asarray((self.bits[:, :, index // 8] >> (7 - index % 8)) & 1, bool)
        lines = self.bits[index] if axis == 0 else self.bits[:, index]
        return np.unpackbits(lines, axis=1, count=self.shape[2]).astype(bool)

    def at(self, places: NDArray[np.intp]) -> NDArray[np.bool_]:
        """Whether voxels ``(3, n)``, ``z, y, x``, belong to it; those outside the volume do not."""
        found = np.zeros(places.shape[1], bool)
        inside = ((places >= 0) & (places < np.array(self.shape)[:, None])).all(axis=0)
        z, y, x = places[:, inside]
        found[inside] = (self.bits[z, y, x // 8] >> (7 - x % 8)) & 1
        return found

    def thinned(self, step: int) -> NDArray[np.bool_]:
        """Every ``step``-th row and column, and so many slices made one, so that no drawn slice is lost.

        Returns
        -------
        (z, y, x) bool array
            On a grid of ``step`` voxels; rounded up.
        """
        joined = np.bitwise_or.reduceat(self.bits[:, ::step], np.arange(0, self.shape[0], step), axis=0)
        return np.unpackbits(joined, axis=2, count=self.shape[2])[:, :, ::step].astype(bool)

    def joined(self, step: int) -> NDArray[np.bool_]:
        """Blocks of ``step`` voxels in which the mask is anywhere: what is thinner than a block stays whole.

        Returns
        -------
        (z, y, x) bool array
            On a grid of ``step`` voxels; rounded up.
        """
        starts = [np.arange(0, length, step) for length in self.shape]
        lines = np.bitwise_or.reduceat(self.bits, starts[0], axis=0)
        lines = np.bitwise_or.reduceat(lines, starts[1], axis=1)
        return np.logical_or.reduceat(np.unpackbits(lines, axis=2, count=self.shape[2]), starts[2], axis=2)


#: A region as it was, and its voxels.
Before = tuple[Region, PackedMask]


def unchanged_slices(old: Region, new: Region, depth: int) -> NDArray[np.bool_]:
    """Which slices hold the same voxels in both regions, as far as their contours tell.

    Returns
    -------
    (z,) bool array
        One for each of ``depth`` slices.
    """
    if _has_lines(old) or _has_lines(new) or old.interpolate != new.interpolate:
        return np.zeros(depth, bool)
    drawn = sorted({*old.drawn_slices, *new.drawn_slices})
    changed = [z for z in drawn if old.on_slice(z) != new.on_slice(z)]
    # between two outlines the voxels depend on both, so a change reaches up to the next outline that stayed
    stayed = [z for z in drawn if z not in changed and _is_outlined(new, z)]
    same = np.ones(depth, bool)
    for z in changed:
        below = max((s for s in stayed if s < z), default=-1) if new.interpolate else z - 1
        above = min((s for s in stayed if s > z), default=depth) if new.interpolate else z + 1
        same[max(below + 1, 0) : max(above, 0)] = False
    return same


def _has_lines(region: Region) -> bool:
    """Tubes reach into slices on which nothing is drawn."""
    return region.kind is RegionKind.ACTIVE_ZONE or any(not c.closed for c in region.contours)


def _is_outlined(region: Region, z: int) -> bool:
    return any(len(c.points_px) > 2 for c in region.on_slice(z))
