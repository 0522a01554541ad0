"""Volumes of which only what is indexed is read, wherever it lies."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Window


class LazyArray(ABC):
    """A read-only volume ``(z, y, x)``; what is indexed is read then, as an array of its own.

    Numbers and slices are understood as indices, fancy ones are not.
    """

    ndim = 3

    def __init__(self, shape: tuple[int, int, int], dtype: np.dtype[Any]) -> None:
        self._corner = (0, 0, 0)
        self._whole: LazyArray | None = None
        self.dtype = dtype
        self.shape = shape
        self.size = int(np.prod(shape, dtype=np.int64))

    @abstractmethod
    def _read_ranges(self, z: range, y: range, x: range) -> NDArray[Any]:
        """Voxels of the whole volume at rising positions along each axis."""

    def part(self, window: Window) -> Self:
        """A part of the volume as a volume of its own, of which, too, only what is indexed is read."""
        z, y, x = (range(n)[piece] for n, piece in zip(self.shape, window, strict=True))
        part = copy(self)
        part._whole = self  # which holds its files open
        part._corner = (self._corner[0] + z.start, self._corner[1] + y.start, self._corner[2] + x.start)
        part.shape = (len(z), len(y), len(x))
        part.size = len(z) * len(y) * len(x)
        return part

    def few_parts(self) -> list[Window]:
        """Parts that stand for the whole and are read much sooner than slices across it; none where slices do."""
        return []

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[k] for k in range(len(self)))

    def __array__(self, dtype: np.dtype[Any] | None = None, **_: Any) -> NDArray[Any]:
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        wanted = _ranges(key, self.shape)
        z, y, x = (_moved(part.positions, by) for part, by in zip(wanted, self._corner, strict=True))
        block = self._read_ranges(z, y, x)
        flipped = block[tuple(slice(None, None, part.direction) for part in wanted)]
        return flipped[tuple(0 if part.is_single else slice(None) for part in wanted)]


@dataclass(frozen=True)
class _Range:
    """Positions along an axis in rising order, the direction in which they are wanted, and whether it is just one."""

    positions: range
    direction: int = 1
    is_single: bool = False


def _moved(positions: range, by: int) -> range:
    return range(positions.start + by, positions.stop + by, positions.step)


def _ranges(key: Any, shape: Sequence[int]) -> list[_Range]:
    parts = list(key) if isinstance(key, tuple) else [key]
    if Ellipsis in [p for p in parts if not isinstance(p, np.ndarray)]:
        at = parts.index(Ellipsis)
        parts[at : at + 1] = [slice(None)] * (len(shape) + 1 - len(parts))
    if len(parts) > len(shape):
        raise IndexError(f"too many indices: a volume has {len(shape)} axes")
    parts += [slice(None)] * (len(shape) - len(parts))
    return [_range(part, length) for part, length in zip(parts, shape, strict=True)]


def _range(part: Any, length: int) -> _Range:
    if isinstance(part, slice):
        positions = range(length)[part]
        return _Range(positions) if positions.step > 0 else _Range(positions[::-1], -1)
    if not isinstance(part, int | np.integer) or isinstance(part, bool):
        raise IndexError("voxels in a file are indexed by whole numbers and slices")
    at = range(length)[int(part)]
    return _Range(range(at, at + 1), is_single=True)
