"""Voxels that lie in a file and are read when they are asked for.

Files are read, not mapped. Where a map reaches beyond the end of a file that another program has cut short in the
meantime, or that a lost disk no longer gives, the system kills the process; a read only fails.
"""

from __future__ import annotations

import os
import threading
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.lazy_array import LazyArray
from cryoves_app.formats.temporary import remove_temporary_file

#: One read costs about as much as copying so many bytes that are not wanted.
_READ_COST_BYTES = 8 << 10
#: A few columns lie across the whole file, so their neighbours are read along and kept: they will be asked for next.
_FEW_COLUMNS, _KEPT_COLUMNS, _KEPT_BYTES = 16, 48, 64 << 20
#: The most that is asked of the system at once.
_PIECE_BYTES = 1 << 30


@dataclass(frozen=True)
class Layout:
    """How voxels lie in a file: ``planes`` are the places of the stored planes in bytes."""

    dtype: np.dtype[Any]
    planes: Sequence[int]
    rows: int
    columns: int

    @classmethod
    def contiguous(cls, dtype: np.dtype[Any], shape: tuple[int, int, int], offset: int) -> Layout:
        """Plane after plane without gaps."""
        sections, rows, columns = shape
        plane_bytes = rows * columns * dtype.itemsize
        return cls(dtype, range(offset, offset + sections * plane_bytes, plane_bytes), rows, columns)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels ``z, y, x``."""
        return len(self.planes), self.rows, self.columns

    @property
    def row_bytes(self) -> int:
        """Bytes of one row."""
        return self.columns * self.dtype.itemsize

    @property
    def end(self) -> int:
        """How long the file must be."""
        return max(self.planes) + self.rows * self.row_bytes


class FileArray(LazyArray):
    """A read-only volume ``(z, y, x)`` in a file; what is indexed is read then, as an array of its own.

    Numbers and slices are understood as indices, fancy ones are not.

    Parameters
    ----------
    path
        The file; it stays open as long as this object lives.
    layout
        Where in it the stored planes lie.
    name
        What sentences call the file.
    axes
        Which stored axes are z, y and x.

    Raises
    ------
    CryoVesError
        On reading, if the file has become shorter or can no longer be read.
    """

    def __init__(self, path: Path, layout: Layout, name: str, axes: tuple[int, int, int] = (0, 1, 2)) -> None:
        z, y, x = (layout.shape[axis] for axis in axes)
        super().__init__((z, y, x), layout.dtype)
        self._layout, self._axes, self._name = layout, axes, name
        self._file = _OpenFile(path)
        self._columns = _KeptColumns()
        self._at_end: list[Path] = []
        weakref.finalize(self, _release, self._file, self._at_end)

    @property
    def is_in_order(self) -> bool:
        """Whether the axes lie in the file as they are given here, and whole."""
        return self._axes == (0, 1, 2) and self._whole is None

    def part(self, window: Window) -> Self:
        """A part of the volume as a volume of its own, of which, too, only what is indexed is read."""
        part = super().part(window)
        part._columns = _KeptColumns()
        return part

    def remove_at_end(self, path: Path) -> None:
        """Remove a temporary file once this object is gone."""
        self._at_end.append(path)

    def _read_ranges(self, z: range, y: range, x: range) -> NDArray[Any]:
        stored: list[range] = [range(0)] * 3
        for axis, positions in zip(self._axes, (z, y, x), strict=True):
            stored[axis] = positions
        return self._read(*stored).transpose(self._axes)

    def _read(self, z: range, y: range, x: range) -> NDArray[Any]:
        if not (len(z) and len(y) and len(x)):
            return np.empty((len(z), len(y), len(x)), self.dtype)
        few = x[-1] - x[0] < _FEW_COLUMNS < self._layout.columns
        if few and 2 * len(y) > self._layout.rows:
            return self._read_few_columns(z, y, x)
        return self._read_block(z, y, x)

    def _read_few_columns(self, z: range, y: range, x: range) -> NDArray[Any]:
        """Out of more columns that are kept, where these were read before or their neighbours may be wanted next."""
        with self._columns.one_reads:  # of two threads that want the same, the second finds it
            kept = self._columns.find(z, y, x)
            if kept is None:
                wide = _with_neighbours(x, len(z) * len(y) * self.dtype.itemsize, self._layout.columns)
                kept = self._columns.keep(z, y, wide, self._read_block(z, y, wide))
        return kept.cut(x)

    def _read_block(self, z: range, y: range, x: range) -> NDArray[Any]:
        out = np.empty((len(z), len(y), len(x)), self.dtype)
        if self._rows_pay(y, x):
            self._read_rows(z, y, x, out)
        elif x == range(self._layout.columns) and y.step == 1:
            self._read_whole_rows(z, y, out)
        else:
            self._read_planes(z, y, x, out)
        return out

    def _rows_pay(self, y: range, x: range) -> bool:
        """Whether reading row for row is cheaper than all rows from the first to the last."""
        wide = (x[-1] + 1 - x[0]) * self.dtype.itemsize
        return len(y) * (_READ_COST_BYTES + wide) < (y[-1] + 1 - y[0]) * self._layout.row_bytes

    def _read_rows(self, z: range, y: range, x: range, out: NDArray[Any]) -> None:
        layout, length = self._layout, x[-1] + 1 - x[0]
        row = np.empty(length, self.dtype)
        for i, plane in enumerate(z):
            for j, line in enumerate(y):
                at = layout.planes[plane] + line * layout.row_bytes + x[0] * self.dtype.itemsize
                self._file.read_into(row, at, self._name)
                out[i, j] = row[:: x.step]

    def _read_whole_rows(self, z: range, y: range, out: NDArray[Any]) -> None:
        layout = self._layout
        if len(y) == layout.rows and _follow(layout, z):
            self._file.read_into(out, layout.planes[z[0]], self._name)
            return
        for i, plane in enumerate(z):
            self._file.read_into(out[i], layout.planes[plane] + y[0] * layout.row_bytes, self._name)

    def _read_planes(self, z: range, y: range, x: range, out: NDArray[Any]) -> None:
        layout = self._layout
        part = np.empty((y[-1] + 1 - y[0], layout.columns), self.dtype)
        for i, plane in enumerate(z):
            self._file.read_into(part, layout.planes[plane] + y[0] * layout.row_bytes, self._name)
            out[i] = part[:: y.step, x[0] : x[-1] + 1 : x.step]


def _follow(layout: Layout, z: range) -> bool:
    """Whether these planes follow each other in the file without gaps."""
    if len(z) == 1:
        return True
    plane_bytes = layout.rows * layout.row_bytes
    return z.step == 1 and isinstance(layout.planes, range) and layout.planes.step == plane_bytes


@dataclass(frozen=True)
class _Columns:
    """Neighbouring columns of some rows."""

    z: range
    y: range
    x: range
    block: NDArray[Any]

    def holds(self, z: range, y: range, x: range) -> bool:
        return z == self.z and y == self.y and x[0] in self.x and x[-1] in self.x

    def cut(self, x: range) -> NDArray[Any]:
        return self.block[:, :, x[0] - self.x[0] : x[-1] + 1 - self.x[0] : x.step]


class _KeptColumns:
    """The columns that were read last."""

    def __init__(self) -> None:
        self.one_reads = threading.Lock()
        self._lock = threading.Lock()
        self._last: _Columns | None = None

    def find(self, z: range, y: range, x: range) -> _Columns | None:
        with self._lock:
            return self._last if self._last is not None and self._last.holds(z, y, x) else None

    def keep(self, z: range, y: range, x: range, block: NDArray[Any]) -> _Columns:
        with self._lock:
            self._last = _Columns(z, y, x, block)
            return self._last


def _with_neighbours(x: range, column_bytes: int, columns: int) -> range:
    """These columns and as many beside them as may be kept."""
    spare = min(_KEPT_COLUMNS, _KEPT_BYTES // column_bytes) - (x[-1] + 1 - x[0])
    before = max(spare, 0) // 2
    return range(max(x[0] - before, 0), min(x[-1] + 1 + before, columns))


class _OpenFile:
    """A file open for reading at any place, by several threads."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        self._lock = threading.Lock()

    def close(self) -> None:
        os.close(self._descriptor)

    def read_into(self, out: NDArray[Any], offset: int, name: str) -> None:
        """Fill a contiguous array from a place in the file."""
        rest = out.reshape(-1).view(np.uint8).data
        while rest:
            try:
                count = self._read_some(rest, offset)
            except OSError as error:
                raise CryoVesError(
                    f"{name} can no longer be read: {(error.strerror or str(error)).lower()}."
                ) from error
            if count == 0:
                raise CryoVesError(
                    f"{name} has become shorter since it was opened: another program cut it short or is writing "
                    "it anew. Open it again when that is done."
                )
            rest, offset = rest[count:], offset + count

    if hasattr(os, "preadv"):

        def _read_some(self, rest: memoryview, offset: int) -> int:
            return os.preadv(self._descriptor, [rest[:_PIECE_BYTES]], offset)

    else:

        def _read_some(self, rest: memoryview, offset: int) -> int:
            with self._lock:
                os.lseek(self._descriptor, offset, os.SEEK_SET)
                piece = os.read(self._descriptor, min(len(rest), 1 << 24))
            rest[: len(piece)] = piece
            return len(piece)


def _release(file: _OpenFile, paths: list[Path]) -> None:
    file.close()
    for path in paths:
        remove_temporary_file(path)
