"""A box of voxels, to which a run can be limited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError

Corner = tuple[int, int, int]


@dataclass(frozen=True)
class Box:
    """Voxels from ``low`` up to, but without, ``high``; corners are ``(z, y, x)``."""

    low: Corner
    high: Corner

    @classmethod
    def around(cls, centre: Sequence[float], edge_px: int, shape: Corner) -> Self:
        """A cube of ``edge_px`` around a voxel position, as far as it lies in a volume of this shape."""
        low = [round(c) - edge_px // 2 for c in centre]
        return cls(*_clipped(low, [start + edge_px for start in low], shape))

    @classmethod
    def of(cls, numbers: Sequence[int], shape: Corner) -> Self:
        """From the six numbers ``z0, y0, x0, z1, y1, x1``.

        Raises
        ------
        CryoVesError
            If they are not six, hold no voxel, or reach beyond a volume of this shape.
        """
        if len(numbers) != 6:
            raise CryoVesError("A box needs six numbers: z0, y0, x0, z1, y1, x1 in voxels.")
        if any(not 0 <= a < b <= n for a, b, n in zip(numbers[:3], numbers[3:], shape, strict=True)):
            wanted, there = (", ".join(f"{int(n):.6g}" for n in ns) for ns in (numbers, (0, 0, 0, *shape)))
            raise CryoVesError(
                f"The box {wanted} holds no voxels or reaches beyond the tomogram, which is the box {there}."
            )
        return cls(*_clipped(numbers[:3], numbers[3:], shape))

    @property
    def numbers(self) -> list[int]:
        return [*self.low, *self.high]

    @property
    def shape(self) -> Corner:
        z, y, x = (b - a for a, b in zip(self.low, self.high, strict=True))
        return z, y, x

    @property
    def window(self) -> tuple[slice, slice, slice]:
        """The box in an array."""
        z, y, x = (slice(a, b) for a, b in zip(self.low, self.high, strict=True))
        return z, y, x

    def grown(self, margin_px: int, shape: Corner) -> Box:
        """The box with a margin, as far as it lies in a volume of this shape."""
        return Box(*_clipped([a - margin_px for a in self.low], [b + margin_px for b in self.high], shape))

    def contains(self, position_px: Sequence[float]) -> bool:
        """Whether a voxel position ``(z, y, x)`` lies inside; voxel centres are at integers."""
        ends = zip(self.low, position_px, self.high, strict=True)
        return all(a - 0.5 <= p < b - 0.5 for a, p, b in ends)

    def mask(self, shape: Corner) -> NDArray[np.uint8]:
        """1 inside, 0 outside, on the grid of a volume of this shape."""
        mask = np.zeros(shape, dtype=np.uint8)
        mask[tuple(slice(a, b) for a, b in zip(self.low, self.high, strict=True))] = 1
        return mask


def _clipped(low: Sequence[int], high: Sequence[int], shape: Corner) -> tuple[Corner, Corner]:
    starts = [max(0, int(a)) for a in low]
    stops = [min(int(b), n) for b, n in zip(high, shape, strict=True)]
    return (starts[0], starts[1], starts[2]), (stops[0], stops[1], stops[2])
