"""Voxels in the chunks of a Zarr array: each is unpacked once, and kept in a temporary file."""

from __future__ import annotations

import math
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise, product
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import is_shortage, is_tight
from cryoves_app.formats.lazy_array import LazyArray
from cryoves_app.formats.ome_zarr.arrays import ArrayFacts
from cryoves_app.formats.temporary import remove_temporary_file, temporary_file

_Index = tuple[int, int, int]
#: A chunk's number along an axis, where in it, and where in the result.
_Piece = tuple[int, slice, slice]
_Pieces = tuple[_Piece, _Piece, _Piece]
#: Neighbours that are unpacked at a time, by the library's own threads, take no more memory than this.
_MOST_AT_ONCE_BYTES = 1 << 23
_STEPS = {(0, 0, 1), (0, 1, 0), (1, 0, 0)}
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
        pieces = [(a, b, c) for a, b, c in product(*parts)]
        stored = [piece for piece in pieces if not self._kept.is_missing(_index_of(piece))]
        if len(stored) < len(pieces):
            out[...] = self._kept.fill
        for run in _runs(stored, max(1, _MOST_AT_ONCE_BYTES // self._chunk_bytes)):
            unpacked = self._kept.unpack([_index_of(piece) for piece in run])
            for piece in run:
                (_, sz, oz), (_, sy, oy), (_, sx, ox) = piece
                out[oz, oy, ox] = self._kept.read(_index_of(piece), sz, unpacked)[:, sy, sx]
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


def _index_of(piece: _Pieces) -> _Index:
    return piece[0][0], piece[1][0], piece[2][0]


def _runs(pieces: Sequence[_Pieces], most: int) -> Iterator[list[_Pieces]]:
    """Chunks that follow each other along one axis, at most so many: together they take less time."""
    run: list[_Pieces] = []
    for piece in pieces:
        if run and (len(run) == most or not _goes_on([*map(_index_of, run[-2:]), _index_of(piece)])):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _goes_on(last: Sequence[_Index]) -> bool:
    """Whether two or three chunks follow each other along the same axis."""
    steps = {tuple(b - a for a, b in zip(*pair, strict=True)) for pair in pairwise(last)}
    return len(steps) == 1 and steps <= _STEPS


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
        self._has_fill = source.fill_value is not None
        self.fill = np.asarray(source.fill_value if self._has_fill else 0).astype(dtype)
        self._missing: set[_Index] = set()
        self._stored: set[_Index] = set()
        self._before = (0,) * (len(facts.shape) - 3)
        self._path = temporary_file("chunks")
        self._file: IO[bytes] = self._path.open("r+b", buffering=0)
        self._places: dict[_Index, int] = {}
        self._end = 0
        self._is_full = False
        self._lock = threading.Lock()
        self._at_work: set[_Index] = set()
        self._work_ends = threading.Condition()
        self.count = 0
        weakref.finalize(self, _release, self._file, self._path)

    def read(self, index: _Index, z: slice, unpacked: Mapping[_Index, NDArray[Any]]) -> NDArray[Any]:
        """The planes ``z`` of a chunk that ``unpack`` was asked for: it gave the chunk, or had kept it."""
        return unpacked[index][z] if index in unpacked else self._read_kept(self._places[index], index, z)

    def is_packed(self, index: _Index) -> bool:
        """Whether reading the chunk takes unpacking it."""
        return index not in self._places and not self.is_missing(index)

    def is_missing(self, index: _Index) -> bool:
        """Whether the chunk has no file, and so holds the fill value; within shards that is not known beforehand."""
        facts = self._facts
        if facts.files != facts.chunks or not self._has_fill or index in self._stored:
            return False
        if index in self._missing:
            return True
        is_there = facts.place.has(facts.chunk_name((*self._before, *index)))
        (self._stored if is_there else self._missing).add(index)
        return not is_there

    def unpack(self, run: Sequence[_Index]) -> dict[_Index, NDArray[Any]]:
        """Those chunks of a run along an axis that are not kept yet, whole, once another thread is done with them."""
        with self._claimed(run):
            own = [index for index in run if index not in self._places]
            if not own:
                return {}
            first = own[0]
            try:
                block = self._unpack(first, own[-1])
            except CryoVesError:
                if len(own) == 1:
                    raise
                return {index: self._kept_whole(index, self._unpack(index, index)) for index in own}
            parts = {index: block[self._within(index, first)] for index in own}
            return {index: self._kept_whole(index, part) for index, part in parts.items()}

    @contextmanager
    def _claimed(self, run: Sequence[_Index]) -> Iterator[None]:
        """No other thread unpacks these meanwhile: the views, the picture and the contrast ask for the same ones."""
        with self._work_ends:
            self._work_ends.wait_for(lambda: self._at_work.isdisjoint(run))
            self._at_work.update(run)
        try:
            yield
        finally:
            with self._work_ends:
                self._at_work.difference_update(run)
                self._work_ends.notify_all()

    def _shape_of(self, index: _Index) -> _Index:
        z, y, x = (min(c, n - i * c) for i, c, n in zip(index, self._chunk, self._shape, strict=True))
        return z, y, x

    def _within(self, index: _Index, first: _Index) -> Window:
        """Where a chunk lies in a block that begins with the first one."""
        z, y, x = (
            slice((i - f) * c, (i - f) * c + n)
            for i, f, c, n in zip(index, first, self._chunk, self._shape_of(index), strict=True)
        )
        return z, y, x

    def _unpack(self, first: _Index, last: _Index) -> NDArray[Any]:
        """The block from one chunk to another."""
        window = tuple(
            slice(i * c, min((j + 1) * c, n))
            for i, j, c, n in zip(first, last, self._chunk, self._shape, strict=True)
        )
        try:
            return np.asarray(self._source[(*self._before, *window)], self._dtype)
        except Exception as error:  # a damaged chunk makes the library say anything
            if is_shortage(error) and is_tight():  # else the chunk asks for more than there may be in one
                raise
            raise CryoVesError(
                f"A part of {self._name} could not be unpacked: the chunk {'/'.join(map(str, first))} is damaged or "
                "can no longer be read."
            ) from error

    def _kept_whole(self, index: _Index, part: NDArray[Any]) -> NDArray[Any]:
        block = np.ascontiguousarray(part)
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
