"""A mask of a whole volume as bits: an eighth of the memory, cut open along any axis in moments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.regions import RegionPlanes
from cryoves_app.domain.progress import Progress

Plane = NDArray[np.bool_]


@dataclass(frozen=True)
class PackedMask:
    """``bits`` is ``(z, y, x / 8)``."""

    bits: NDArray[np.uint8]
    shape: tuple[int, int, int]

    @classmethod
    def of(cls, planes: RegionPlanes, progress: Progress | None = None) -> PackedMask:
        """All slices of a region.

        Raises
        ------
        Cancelled
            If ``progress`` was cancelled meanwhile.
        """
        depth, height, width = planes.shape
        bits = np.zeros((depth, height, -(-width // 8)), np.uint8)
        for z in range(depth):
            if progress is not None:
                progress.check()
            plane = planes.plane(z)
            if plane.any():
                bits[z] = np.packbits(plane, axis=1)
        return cls(bits, planes.shape)

    def cut(self, axis: int, index: int) -> Plane:
        """The slice at ``index`` of an axis; the other two axes keep their order."""
        if axis == 2:
            return np.asarray((self.bits[:, :, index // 8] >> (7 - index % 8)) & 1, bool)
        lines = self.bits[index] if axis == 0 else self.bits[:, index]
        return np.unpackbits(lines, axis=1, count=self.shape[2]).astype(bool)

    def thinned(self, step: int) -> NDArray[np.bool_]:
        """Every ``step``-th voxel along each axis."""
        kept = self.bits[::step, ::step]
        return np.unpackbits(kept, axis=2, count=self.shape[2])[:, :, ::step].astype(bool)
