"""Which tiles a volume is cut into: exact, and as cheap as the memory allows.

The network is fully convolutional. A tile that starts at a multiple of the pooling's 4 voxels and brings 24 voxels of
context gives what one pass over the whole volume gives (method, section 3). No context is needed at the volume's own
faces, so an axis that fits whole needs none.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

from cryoves_app.domain.arrays import Shape, Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.shortage import what_helps
from cryoves_app.network.engines.base import Footprint, Margins, inner_shape

#: Share of the work that is done on the tile with its context; the rest is done on little more than its inside.
_WORK_WITH_CONTEXT = 0.33

#: What an engine spends on preparing itself for another shape, in voxels.
_WORK_OF_A_SHAPE = 4e5

#: Into how many pieces an axis may be cut.
_PIECES = (1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 15, 18, 22, 27, 33, 40, 48, 64, 80, 100)


@dataclass(frozen=True)
class Piece:
    """One tile along one axis: where it starts and stops, and how much of it is context."""

    start: int
    stop: int
    low: int
    high: int

    @property
    def length(self) -> int:
        """Voxels, context included."""
        return self.stop - self.start


@dataclass(frozen=True)
class Tile:
    """One tile of the padded volume."""

    pieces: tuple[Piece, Piece, Piece]

    @property
    def box(self) -> Window:
        """What is read."""
        z, y, x = (slice(p.start, p.stop) for p in self.pieces)
        return z, y, x

    @property
    def core(self) -> Window:
        """What is written."""
        z, y, x = (slice(p.start + p.low, p.stop - p.high) for p in self.pieces)
        return z, y, x

    @property
    def shape(self) -> Shape:
        """Voxels that are read."""
        z, y, x = (p.length for p in self.pieces)
        return z, y, x

    @property
    def margins(self) -> Margins:
        """Voxels of context."""
        z, y, x = ((p.low, p.high) for p in self.pieces)
        return z, y, x

    @property
    def work(self) -> float:
        """Relative cost."""
        z, y, x = self.shape
        a, b, c = inner_shape(self.shape, self.margins)
        return _WORK_WITH_CONTEXT * z * y * x + (1 - _WORK_WITH_CONTEXT) * a * b * c


def cut_axis(length: int, core: slice, pieces: int, context: int, multiple: int) -> list[Piece]:
    """Cut the part ``core`` of an axis into tiles of about equal length.

    All numbers but ``pieces`` are multiples of ``multiple``.
    """
    ends = min(core.start, context) + min(length - core.stop, context)
    total = core.stop - core.start + ends + 2 * context * (pieces - 1)
    tile = -(-total // (pieces * multiple)) * multiple
    found, position = [], core.start
    while position < core.stop:
        start = max(0, position - context)
        stop = min(start + tile, length)
        if min(core.stop + context, length) <= stop:
            stop, end = min(core.stop + context, length), core.stop
        else:
            end = max(stop - context, position + multiple)
            stop = min(end + context, length)
        found.append(Piece(start, stop, position - start, stop - end))
        position = end
    return found


def plan_tiles(
    shape: Shape, core: Window, context: int, multiple: int, footprint: Footprint, memory_bytes: float
) -> list[Tile]:
    """The cheapest tiles that cover ``core`` and fit into the memory.

    Raises
    ------
    CryoVesError
        If even the smallest tiles do not fit.
    """
    options = [
        _axis_options(length, part, context, multiple) for length, part in zip(shape, core, strict=True)
    ]
    best: list[Tile] | None = None
    least = float("inf")
    for combination in itertools.product(*options):
        largest = Tile(_longest(combination))
        if footprint.bytes_for(largest.shape, largest.margins) > memory_bytes:
            continue
        work = _total_work(combination)
        if work < least:
            least, best = work, [Tile((z, y, x)) for z, y, x in itertools.product(*combination)]
    if best is None:
        raise CryoVesError(
            f"There is not enough memory to run the network even on a small tile; {what_helps()}."
        )
    # Tiles of one shape follow each other, since an engine may prepare itself for a shape.
    return sorted(best, key=lambda tile: (tile.shape, tile.margins))


def _axis_options(length: int, core: slice, context: int, multiple: int) -> list[list[Piece]]:
    """The axis in one piece, two, … until the pieces are small beside their context."""
    most = max(1, (core.stop - core.start) // (2 * multiple))
    return [cut_axis(length, core, pieces, context, multiple) for pieces in _PIECES if pieces <= most]


def _longest(combination: Sequence[list[Piece]]) -> tuple[Piece, Piece, Piece]:
    z, y, x = (max(pieces, key=lambda p: p.length) for pieces in combination)
    return z, y, x


def _total_work(combination: Sequence[Sequence[Piece]]) -> float:
    with_context, inside = 1.0, 1.0
    for pieces in combination:
        with_context *= sum(p.length for p in pieces)
        inside *= sum(p.length - p.low - p.high for p in pieces)
    shapes = math.prod(len({(p.length, p.low, p.high) for p in pieces}) for pieces in combination)
    return _WORK_WITH_CONTEXT * with_context + (1 - _WORK_WITH_CONTEXT) * inside + _WORK_OF_A_SHAPE * shapes
