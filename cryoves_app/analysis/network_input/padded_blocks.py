"""Blocks that fill a volume, each with a margin around it for filters that look beyond it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from cryoves_app.domain.arrays import Window


def padded_blocks(
    shape: Sequence[int], edge_px: int, margin_px: int
) -> Iterator[tuple[Window, Window, Window]]:
    """Blocks that fill a volume: the block, what is read around it, and the block within that.

    Parameters
    ----------
    shape
        Of the volume, in voxels.
    edge_px, margin_px
        Of a block, and how far beyond it is read where the volume goes on.
    """
    for start in product(*(range(0, n, edge_px) for n in shape)):
        ends = [min(s + edge_px, n) for s, n in zip(start, shape, strict=True)]
        lows = [max(s - margin_px, 0) for s in start]
        highs = [min(e + margin_px, n) for e, n in zip(ends, shape, strict=True)]
        yield (
            tuple(map(slice, start, ends)),
            tuple(map(slice, lows, highs)),
            tuple(slice(s - a, e - a) for s, e, a in zip(start, ends, lows, strict=True)),
        )
