"""A mask of a whole volume as runs of voxels: memory grows with its outline, not with the volume."""

from __future__ import annotations

import math
import operator
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from cryoves_app.domain.arrays import AnyArray, Indices, Mask, MaskPlane, Shape, Window


@dataclass(frozen=True, eq=False)
class RunMask:
    """A mask ``(z, y, x)``, 1 inside and 0 outside, that is read like an array and worked out where it is indexed.

    Attributes
    ----------
    shape
        Voxels ``z, y, x``.
    edges : (n,) array
        Where a run of voxels inside begins and where the next voxel outside is, in turns: places in the order of the
        voxels in memory. No run goes on from one slice to the next.
    starts : (z + 1,) array
        Where the edges of each slice begin, and the number of all.
    """

    shape: Shape
    edges: Indices
    starts: Indices

    ndim = 3
    dtype = np.dtype(np.uint8)

    @classmethod
    def of(cls, shape: Shape, planes: Iterable[AnyArray]) -> RunMask:
        """From its slices ``(y, x)`` in their order, not 0 inside; one is held at a time."""
        area = shape[1] * shape[2]
        found = [_edges(plane) + z * area for z, plane in enumerate(planes)]
        starts = np.cumsum([0, *map(len, found)])
        return cls(shape, np.concatenate([np.empty(0, np.intp), *found]), starts)

    @classmethod
    def of_array(cls, values: AnyArray) -> RunMask:
        """From an array ``(z, y, x)``, not 0 inside."""
        z, y, x = values.shape
        return cls.of((z, y, x), values)

    @property
    def size(self) -> int:
        """The number of voxels of the volume."""
        return math.prod(self.shape)

    @property
    def count(self) -> int:
        """The number of voxels inside."""
        first, after = self._runs
        return int((after - first).sum())

    def any(self) -> bool:
        """Whether there is a voxel inside."""
        return len(self.edges) > 0

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return (self.plane(z) for z in range(self.shape[0]))

    def __array__(self, dtype: np.dtype[Any] | None = None, **_: Any) -> NDArray[Any]:
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=False)

    def __getitem__(self, key: Any) -> Any:
        """By numbers and slices as an array, or by three arrays of places inside the volume."""
        keys = key if isinstance(key, tuple) else (key,)
        if len(keys) == 3 and not any(isinstance(k, slice) for k in keys):
            return self._at(*keys)
        z, *rest = keys
        if not isinstance(z, slice):
            return self.plane(range(self.shape[0])[z])[tuple(rest)]
        numbers = range(self.shape[0])[z]
        out = np.empty((len(numbers), *self.plane(0)[tuple(rest)].shape), np.uint8)
        for place, number in enumerate(numbers):
            out[place] = self.plane(number)[tuple(rest)]
        return out

    def plane(self, z: int) -> NDArray[np.uint8]:
        """One slice ``(y, x)``, 1 inside and 0 outside."""
        area = self.shape[1] * self.shape[2]
        edges = self.edges[self.starts[z] : self.starts[z + 1]] - z * area
        lengths = np.diff(edges, prepend=0, append=area)
        return np.repeat(_turns(len(lengths)), lengths).reshape(self.shape[1:])

    def _at(self, z: Any, y: Any, x: Any) -> Any:
        places = (np.asarray(z, np.intp) * self.shape[1] + y) * self.shape[2] + x
        return (np.searchsorted(self.edges, places, side="right") & 1).astype(np.uint8)

    @property
    def _runs(self) -> tuple[Indices, Indices]:
        """The first voxels of all runs, and those after their last ones."""
        return self.edges[::2], self.edges[1::2]

    def voxels(self) -> Indices:
        """All voxels inside, ``(n, 3)``: ``z, y, x`` in the order of the voxels in memory."""
        first, after = self._runs
        lengths = after - first
        before = np.cumsum(lengths) - lengths
        places = np.arange(lengths.sum()) + np.repeat(first - before, lengths)
        return np.stack(np.unravel_index(places, self.shape), axis=1)

    def bounds(self) -> tuple[tuple[int, int], ...] | None:
        """First and last slice, row and column with a voxel inside; ``None`` where there is none."""
        if not self.any():
            return None
        first, after = self._runs
        z, y, x = np.unravel_index(first, self.shape)
        _, last_y, last_x = np.unravel_index(after - 1, self.shape)
        goes_on = last_y > y  # in the next row, so that it holds both ends of a row
        left, right = np.where(goes_on, 0, x).min(), np.where(goes_on, self.shape[2] - 1, last_x).max()
        return (int(z[0]), int(z[-1])), (int(y.min()), int(last_y.max())), (int(left), int(right))


#: A mask of a whole volume in either form.
AnyMask = RunMask | Mask


def as_runs(mask: AnyMask) -> RunMask:
    """The same mask ``(z, y, x)`` as runs."""
    return mask if isinstance(mask, RunMask) else RunMask.of_array(mask)


def dilate_mask(mask: RunMask, reach_px: float) -> RunMask:
    """The mask with everything that is at most so many voxels away along each axis.

    Of the volume as many slices are held, as bits, as lie within the reach of one.

    Parameters
    ----------
    reach_px
        Rounded up.
    """
    bounds = mask.bounds()
    if bounds is None:
        return mask
    reach = math.ceil(reach_px)
    box = tuple(
        slice(max(low - reach, 0), min(high + reach + 1, n))
        for (low, high), n in zip(bounds, mask.shape, strict=True)
    )
    return RunMask.of(mask.shape, _dilated_planes(mask, reach, box))


def _dilated_planes(mask: RunMask, reach: int, box: Window) -> Iterator[MaskPlane]:
    rows, columns = box[1:]
    near: deque[NDArray[np.uint8]] = deque(maxlen=2 * reach + 1)
    for k in range(-reach, mask.shape[0]):
        ahead = k + reach
        near.append(_widened(mask, ahead, reach, (rows, columns)))
        if k < 0:
            continue
        plane = np.zeros(mask.shape[1:], bool)
        joined = reduce(operator.or_, near)
        plane[rows, columns] = np.unpackbits(joined, axis=1, count=columns.stop - columns.start)
        yield plane


def _widened(mask: RunMask, z: int, reach: int, part: Window) -> NDArray[np.uint8]:
    """A part of a slice, widened within it, as bits; without a voxel beyond the volume."""
    plane = mask.plane(z)[part] if z < mask.shape[0] else np.zeros((1, 1), np.uint8)
    if not plane.any():
        shape = (part[0].stop - part[0].start, -(-(part[1].stop - part[1].start) // 8))
        return np.zeros(shape, np.uint8)
    for axis in range(2):
        plane = maximum_filter1d(plane, 2 * reach + 1, axis, mode="constant")
    return np.packbits(plane, axis=1)


def _edges(plane: AnyArray) -> Indices:
    """Where runs of one slice begin and end."""
    inside = np.asarray(plane).reshape(-1) != 0
    changes = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    first = [0] if inside.size and inside[0] else []
    last = [inside.size] if inside.size and inside[-1] else []
    return np.concatenate([np.array(first, np.intp), changes, np.array(last, np.intp)])


def _turns(count: int) -> NDArray[np.uint8]:
    """So many numbers: 0, 1, 0, 1 and so on."""
    return (np.arange(count) & 1).astype(np.uint8)
