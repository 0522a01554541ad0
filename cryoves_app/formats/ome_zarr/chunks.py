"""Voxels in the chunks of a Zarr array: each is unpacked once, and kept in a temporary file."""

from __future__ import annotations

import math
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.lazy_array import LazyArray
from cryoves_app.formats.ome_zarr.arrays import ArrayFacts
from cryoves_app.formats.temporary import remove_temporary_file, temporary_file

_Index = tuple[int, int, int]
#: A chunk's number along an axis, where in it, and where in the result.
_Piece = tuple[int, slice, slice]
#: Chunks that are unpacked at a time, if they take no more memory than this.
_THREADS, _MOST_AT_ONCE_BYTES = 4, 1 << 25
#: Chunks that stand for the whole: about so many bytes, at least and at most so many; else some slices do.
_SAMPLE_BYTES, _FEWEST_PARTS, _MOST_PARTS, _SLICES = 1 << 25, 5, 24, 5


class ChunkedArray(LazyArray):
    """A volume ``(z, y, x)`` in a Zarr array, of which only the chunks that are touched are read.

    Parameters
    ----------
    facts
        What the array's metadata say.
    source
        The array as the library ``zarr`` opened it, with axes before z of length 1.

    Raises
    ------
    CryoVesError
        On reading, if a chunk is damaged or can no longer be read.
    """

    def __init__(self, facts: ArrayFacts, source: Any) -> None:
        z, y, x = facts.shape[-3:]
        dtype = np.dtype(np.uint8) if facts.dtype.kind == "b" else facts.dtype.newbyteorder("=")
        super().__init__((z, y, x), dtype)
        cz, cy, cx = (min(c, n) for c, n in zip(facts.chunks[-3:], facts.shape[-3:], strict=True))
        self._chunk = (cz, cy, cx)
        self._kept = _KeptChunks(facts, source, dtype, self._chunk, self.shape)

    @property
    def chunks_read(self) -> int:
        """How many chunks have been unpacked so far."""
        return self._kept.count

    def _read_ranges(self, z: range, y: range, x: range) -> NDArray[Any]:
        out = np.empty((len(z), len(y), len(x)), self.dtype)
        if not out.size:
            return out
        parts = [_pieces(r, c) for r, c in zip((z, y, x), self._chunk, strict=True)]

        def take(piece: tuple[_Piece, ...]) -> None:
            (cz, sz, oz), (cy, sy, oy), (cx, sx, ox) = piece
            out[oz, oy, ox] = self._kept.read((cz, cy, cx), sz)[:, sy, sx]

        pieces = list(product(*parts))
        at_once = min(_THREADS, _MOST_AT_ONCE_BYTES // max(1, self._chunk_bytes))
        if at_once > 1 and sum(self._kept.is_packed((a[0], b[0], c[0])) for a, b, c in pieces) > 1:
            with ThreadPoolExecutor(at_once, "chunks") as pool:
                list(pool.map(take, pieces))
        else:
            for piece in pieces:
                take(piece)
        return out

    @property
    def _chunk_bytes(self) -> int:
        return math.prod(self._chunk) * self.dtype.itemsize

    def few_parts(self) -> list[Window]:
        """Single chunks spread evenly over the volume, those first that are stored."""
        most = min(max(_SAMPLE_BYTES // max(1, self._chunk_bytes), _FEWEST_PARTS), _MOST_PARTS)
        if self._whole is not None or _SLICES * math.prod(self._chunks[1:]) <= most:
            return []
        spread = [_spread_index(n, 8 * most, self._chunks) for n in range(8 * most)]
        found = list(dict.fromkeys(spread))
        stored = [index for index in found if self._kept.is_packed(index)]
        chosen = stored or found
        return [self._window(index) for index in chosen[:: max(1, len(chosen) // most)][:most]]

    @property
    def _chunks(self) -> _Index:
        """How many there are along each axis."""
        z, y, x = (-(-n // c) for n, c in zip(self.shape, self._chunk, strict=True))
        return z, y, x

    def _window(self, index: _Index) -> Window:
        z, y, x = (
            slice(i * c, min((i + 1) * c, n)) for i, c, n in zip(index, self._chunk, self.shape, strict=True)
        )
        return z, y, x


def _spread_index(number: int, count: int, chunks: _Index) -> _Index:
    """A chunk of an even spread (the R2 sequence across slices), a tenth away from all faces."""
    shares = ((number + 0.5) / count, 0.7548776662 * number % 1, 0.5698402910 * number % 1)
    z, y, x = (min(int((0.1 + 0.8 * share) * n), n - 1) for share, n in zip(shares, chunks, strict=True))
    return z, y, x


def _pieces(wanted: range, chunk: int) -> list[_Piece]:
    """For each chunk that holds some of the positions: its number, where in it, and where in the result."""
    found, done = [], 0
    for number in range(wanted[0] // chunk, wanted[-1] // chunk + 1):
        last = min((number + 1) * chunk - 1, wanted[-1])
        if wanted[done] > last:
            continue
        count = (last - wanted[done]) // wanted.step + 1
        start = wanted[done] - number * chunk
        stop = start + (count - 1) * wanted.step + 1
        found.append((number, slice(start, stop, wanted.step), slice(done, done + count)))
        done += count
    return found


class _KeptChunks:
    """Unpacked chunks in one temporary file, each whole and in a place of its own; safe for several threads."""

    def __init__(
        self, facts: ArrayFacts, source: Any, dtype: np.dtype[Any], chunk: _Index, shape: tuple[int, int, int]
    ) -> None:
        self._source, self._dtype, self._chunk, self._shape = source, dtype, chunk, shape
        self._facts, self._name = facts, facts.place.name
        self._fill = source.fill_value
        self._missing: set[_Index] = set()
        self._before = (0,) * (len(facts.shape) - 3)
        self._path = temporary_file("chunks")
        self._file: IO[bytes] = self._path.open("r+b", buffering=0)
        self._places: dict[_Index, int] = {}
        self._end = 0
        self._is_full = False
        self._lock = threading.Lock()
        self.count = 0
        weakref.finalize(self, _release, self._file, self._path)

    def read(self, index: _Index, z: slice) -> NDArray[Any]:
        """The planes ``z`` of a chunk."""
        at = self._places.get(index)
        if at is not None:
            return self._read_kept(at, index, z)
        return (self._filled(index) if self._is_missing(index) else self._unpack(index))[z]

    def is_packed(self, index: _Index) -> bool:
        """Whether reading the chunk takes unpacking it."""
        return index not in self._places and not self._is_missing(index)

    def _is_missing(self, index: _Index) -> bool:
        """Whether the chunk has no file, and so holds the fill value; within shards that is not known beforehand."""
        facts = self._facts
        if facts.files != facts.chunks or self._fill is None:
            return False
        return index in self._missing or not facts.place.has(facts.chunk_name((*self._before, *index)))

    def _filled(self, index: _Index) -> NDArray[Any]:
        """The fill value everywhere, which takes no memory: an image of 10 GB may be empty for the most part."""
        self._missing.add(index)
        return np.broadcast_to(np.asarray(self._fill).astype(self._dtype), self._shape_of(index))

    def _shape_of(self, index: _Index) -> _Index:
        z, y, x = (min(c, n - i * c) for i, c, n in zip(index, self._chunk, self._shape, strict=True))
        return z, y, x

    def _unpack(self, index: _Index) -> NDArray[Any]:
        window = tuple(
            slice(i * c, i * c + n) for i, c, n in zip(index, self._chunk, self._shape_of(index), strict=True)
        )
        try:
            found = np.asarray(self._source[(*self._before, *window)])
        except Exception as error:  # a damaged chunk makes the library say anything
            raise CryoVesError(
                f"A part of {self._name} could not be unpacked: the chunk {'/'.join(map(str, index))} is damaged or "
                "can no longer be read."
            ) from error
        block = np.ascontiguousarray(found, self._dtype)
        with self._lock:
            self.count += 1
            self._keep(index, block)
        return block

    def _keep(self, index: _Index, block: NDArray[Any]) -> None:
        """Write a chunk behind the others; on a full disk it is unpacked again when it is needed."""
        if self._is_full or index in self._places:
            return
        try:
            self._file.seek(self._end)
            rest = block.reshape(-1).view(np.uint8).data
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:
            self._is_full = True
            return
        self._places[index] = self._end
        self._end += block.nbytes

    def _read_kept(self, at: int, index: _Index, z: slice) -> NDArray[Any]:
        _, rows, columns = self._shape_of(index)
        planes = np.empty((z.stop - z.start, rows, columns), self._dtype)
        rest = planes.reshape(-1).view(np.uint8).data
        with self._lock:
            self._file.seek(at + z.start * rows * columns * self._dtype.itemsize)
            while rest:
                count = self._file.readinto(rest)  # type: ignore[attr-defined]
                if not count:
                    raise CryoVesError(f"The temporary file of {self._name} was cut short; open it again.")
                rest = rest[count:]
        return planes[:: z.step or 1]


def _release(file: IO[bytes], path: Path) -> None:
    file.close()
    remove_temporary_file(path)
