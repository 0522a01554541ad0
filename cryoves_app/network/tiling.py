"""The network over a whole volume, tile by tile."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from cryoves_app.domain.arrays import Probability, Shape, Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.network.engines.base import Engine, Margins
from cryoves_app.network.tiles import Tile, plan_tiles
from cryoves_app.storage.mapped import KEPT_PLANES, release_pages, released_planes

#: Mirrored copies that are averaged: none, and those within the plane of the untilted specimen. The missing wedge
#: makes z different, but mirroring is harmless in y and x.
_MIRRORS: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (1, 2))


@dataclass(frozen=True)
class _Padded:
    """A volume with its faces padded, read block by block; its edges are multiples of the network's 4 voxels."""

    volume: Any
    padding: int
    mirror: bool
    multiple: int

    @property
    def shape(self) -> Shape:
        z, y, x = (-(-(n + 2 * self.padding) // self.multiple) * self.multiple for n in self.volume.shape)
        return z, y, x

    def read(self, box: Window) -> NDArray[np.float32]:
        """Voxels of a box in padded coordinates."""
        positions = [
            self._source(np.arange(part.start, part.stop) - self.padding, length)
            for part, length in zip(box, self.volume.shape, strict=True)
        ]
        spans = tuple(slice(int(p[p >= 0].min()), int(p.max()) + 1) for p in positions)
        block = np.asarray(self.volume[spans], dtype=np.float32)
        return _spread(block, [p - span.start for p, span in zip(positions, spans, strict=True)])

    def _source(self, position: NDArray[np.int64], length: int) -> NDArray[np.int64]:
        """Index in the volume for each padded position; negative where zeros are seen."""
        if self.mirror:
            folded = position % (2 * length)
            return np.minimum(folded, 2 * length - 1 - folded)
        return np.where((position >= 0) & (position < length), position, -1)

    def inside(self, box: Window) -> tuple[Window, Window]:
        """The part of a padded box that lies in the volume: where in the volume, and where in the box."""
        target, source = [], []
        for part, length in zip(box, self.volume.shape, strict=True):
            start = max(part.start - self.padding, 0)
            stop = max(min(part.stop - self.padding, length), start)
            target.append(slice(start, stop))
            source.append(slice(start + self.padding - part.start, stop + self.padding - part.start))
        return (target[0], target[1], target[2]), (source[0], source[1], source[2])

    def aligned(self, box: Window) -> Window:
        """The smallest padded box on the network's grid around a box of the volume."""
        parts = []
        for part in box:
            start = (part.start + self.padding) // self.multiple * self.multiple
            stop = -(-(part.stop + self.padding) // self.multiple) * self.multiple
            parts.append(slice(start, stop))
        return parts[0], parts[1], parts[2]


def _spread(block: NDArray[np.float32], index: list[NDArray[np.int64]]) -> NDArray[np.float32]:
    """``block[np.ix_(*index)]``, and zeros where an index is negative.

    Most of an index counts straight up. What does so along all axes is copied as one piece.
    """
    if all(np.array_equal(i, np.arange(n)) for i, n in zip(index, block.shape, strict=True)):
        return block
    spread = np.zeros([len(i) for i in index], np.float32)
    for pieces in itertools.product(*(_pieces(i) for i in index)):
        values = block
        for axis, (_, source) in enumerate(pieces):
            values = values[(slice(None),) * axis + (source,)]
        spread[tuple(target for target, _ in pieces)] = values
    return spread


def _pieces(index: NDArray[np.int64]) -> list[tuple[slice, slice | NDArray[np.int64]]]:
    """An index cut into its longest straight run and what lies on both sides: to where, and from where."""
    breaks = (np.diff(index) != 1) | np.diff(index < 0)
    ends = np.array([0, *(np.flatnonzero(breaks) + 1), len(index)])
    longest = int(np.argmax(np.diff(ends) * (index[ends[:-1]] >= 0)))
    start, stop = int(ends[longest]), int(ends[longest + 1])
    sides = [np.arange(0, start), np.arange(stop, len(index))]
    known = [side[index[side] >= 0] for side in sides]
    run = slice(int(index[start]), int(index[start]) + stop - start)
    return [
        (slice(start, stop), run),
        *((slice(int(k[0]), int(k[-1]) + 1), index[k[0] : k[-1] + 1]) for k in known if len(k)),
    ]


def predict_volume(
    engine: Engine,
    volume: Any,
    out: Probability,
    *,
    context_px: int | None = None,
    face_mode: str = "zero",
    face_padding_px: int = 0,
    memory_budget_bytes: float | None = None,
    flips: bool = False,
    mask: NDArray[Any] | None = None,
    progress: Progress | None = None,
) -> None:
    """Probability of every voxel of a volume of any size.

    Parameters
    ----------
    engine
        From ``create_engine``.
    volume : (z, y, x) array
        The network's input, in standard deviations about 0: an array or a memory map, of which one tile at a time is
        read.
    out : (z, y, x) array
        Array or memory map that is filled: 0 to 1.
    context_px
        Context around each tile. Unset: as much as makes the result exactly that of one pass over the whole padded
        volume (24 voxels). Less is faster and a little off.
    face_mode
        ``zero`` or ``mirror``: what the network sees beyond the faces, ``face_padding_px`` voxels deep. Where an edge
        is no multiple of 4 the far face is padded up to one in the same way.
    memory_budget_bytes
        What one tile may take, as the engine knows best if unset; tiles are as large as fits, and shrink if there is
        less.
    flips
        Average the logits over mirrored copies: four times the work.
    mask : (z, y, x) array
        Where it is 0 the result is 0, and tiles without any other voxel are not computed.
    progress
        Told the share that is done; a cancel is noticed within a tenth of a second.

    Raises
    ------
    CryoVesError
        If there is not memory enough for the smallest tile.
    Cancelled
        If the user asked to stop.
    """
    if tuple(out.shape) != tuple(volume.shape):
        raise CryoVesError("The probability map and the volume must have the same shape.")
    run = _Run(engine, volume, out, context_px, face_mode, face_padding_px, mask, flips)
    run.execute(memory_budget_bytes or engine.tile_memory_bytes, progress or Progress())


class _Run:
    """One prediction over a volume."""

    def __init__(
        self,
        engine: Engine,
        volume: Any,
        out: NDArray[np.float32],
        context_px: int | None,
        face_mode: str,
        face_padding_px: int,
        mask: NDArray[Any] | None,
        flips: bool,
    ) -> None:
        multiple = engine.architecture.multiple
        context = engine.architecture.context_px if context_px is None else context_px
        self._engine = engine
        self._context = -(-context // multiple) * multiple
        self._padded = _Padded(volume, face_padding_px, face_mode == "mirror", multiple)
        self._out = out
        self._mask = mask
        self._mirrors = _MIRRORS if flips else _MIRRORS[:1]

    def execute(self, memory: float, progress: Progress) -> None:
        if self._mask is not None:
            for plane in released_planes(self._out):
                plane[...] = 0.0  # what lies in no tile; without a mask every voxel lies in one
        region = _bounds(self._mask, self._out.shape)
        if region is None:
            return
        waiting = self._plan(self._padded.aligned(region), memory)
        done, total = 0.0, sum(tile.work for tile in waiting)
        while waiting:
            progress.report(done / total)
            tile = waiting.pop(0)
            try:
                self._compute(tile, progress)
                done += tile.work
            except MemoryError:
                memory = min(memory, self._engine.footprint.bytes_for(tile.shape, tile.margins)) / 2
                waiting = [t for old in (tile, *waiting) for t in self._plan(old.core, memory)]
                total = done + sum(t.work for t in waiting)
        progress.report(1.0)

    def _plan(self, core: Window, memory: float) -> list[Tile]:
        tiles = plan_tiles(
            self._padded.shape, core, self._context, self._padded.multiple, self._engine.footprint, memory
        )
        return [tile for tile in tiles if self._wanted(tile)]

    def _wanted(self, tile: Tile) -> bool:
        if self._mask is None:
            return True
        target, _ = self._padded.inside(tile.core)
        return bool(np.any(self._mask[target]))

    def _compute(self, tile: Tile, progress: Progress) -> None:
        target, source = self._padded.inside(tile.core)
        voxels = self._padded.read(tile.box)
        total: NDArray[np.float32] | None = None
        for axes, logits in self._mirrored_logits(voxels, tile.margins, progress):
            straight = np.flip(logits, axes)
            total = straight if total is None else total + straight
        assert total is not None
        probability = total[source]
        if len(self._mirrors) > 1:
            probability /= np.float32(len(self._mirrors))
        expit(probability, out=probability)
        if self._mask is not None:
            probability *= np.asarray(self._mask[target]) != 0
        self._write(target, probability)

    def _write(self, target: Window, probability: NDArray[np.float32]) -> None:
        """A few planes at a time: a narrow tile touches every page of the planes that it lies in."""
        depth, rows, columns = target
        for first in range(0, len(probability), KEPT_PLANES):
            planes = slice(depth.start + first, min(depth.start + first + KEPT_PLANES, depth.stop))
            self._out[planes, rows, columns] = probability[first : first + KEPT_PLANES]
            release_pages(self._out)

    def _mirrored_logits(
        self, voxels: NDArray[np.float32], margins: Margins, progress: Progress
    ) -> Iterator[tuple[tuple[int, ...], NDArray[np.float32]]]:
        for axes in self._mirrors:
            z, y, x = (m[::-1] if axis in axes else m for axis, m in enumerate(margins))
            yield axes, self._engine.logits(np.flip(voxels, axes), (z, y, x), progress.check)


def _bounds(mask: NDArray[Any] | None, shape: tuple[int, ...]) -> Window | None:
    """The box of a volume in which there is something to compute."""
    if mask is None:
        return slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2])
    planes, rows, columns = (np.zeros(n, bool) for n in shape)
    for k, plane in enumerate(mask):
        there = np.asarray(plane) != 0
        planes[k] = there.any()
        rows |= there.any(axis=1)
        columns |= there.any(axis=0)
    return (_extent(planes), _extent(rows), _extent(columns)) if planes.any() else None


def _extent(present: NDArray[np.bool_]) -> slice:
    index = np.flatnonzero(present)
    return slice(int(index[0]), int(index[-1]) + 1)
