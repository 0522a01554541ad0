"""Connected components of a volume that is read slab by slab, so that memory does not grow with it.

Each slab is labelled on its own; pieces that touch across the border of two slabs are then joined. The result is that
of labelling the whole at once: the same components, in the order of their first voxels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from cryoves_app.domain.arrays import BoolMask, Indices, Window

#: Slabs in their order: the number of the first plane, and which voxels count, ``(z, y, x)``.
Slabs = Callable[[], Iterator[tuple[int, BoolMask]]]


@dataclass(frozen=True)
class Components:
    """Sets of voxels that hang together by faces; places in voxels.

    Attributes
    ----------
    low, high : (n, 3) arrays
        Their boxes: the first voxel and the one after the last along ``z, y, x``, in voxels.
    first : (n, 3) arrays
        Their first voxels in the order of the file.
    of_piece : (p,) array
        For each piece of a slab, counted through all slabs, the number of its component.
    """

    low: Indices
    high: Indices
    first: Indices
    of_piece: Indices

    def __len__(self) -> int:
        return len(self.first)

    def window(self, number: int) -> Window:
        """The box of one component."""
        return tuple(slice(int(a), int(b)) for a, b in zip(self.low[number], self.high[number], strict=True))

    def box_volume(self, number: int) -> int:
        """Voxels of that box."""
        return int(np.prod(self.high[number] - self.low[number]))


@dataclass(frozen=True)
class _Labelled:
    """The pieces of one slab from plane ``start`` on; ``labels`` count from 1, ``before`` were in earlier slabs."""

    start: int
    labels: NDArray[np.int32]
    count: int
    before: int


def find_components(slabs: Slabs) -> Components:
    """Components of the voxels that count."""
    lows, highs, firsts, links = [], [], [], []
    last: _Labelled | None = None
    for slab in _labelled(slabs):
        if last is not None:
            links.append(_touching(last, slab))
        low, high, first = _measures(slab)
        lows.append(low)
        highs.append(high)
        firsts.append(first)
        last = slab
    none = np.zeros((0, 3), np.intp)
    low, high, first = (np.concatenate([none, *parts]) for parts in (lows, highs, firsts))
    joined = np.concatenate([np.zeros((0, 2), np.intp), *links])
    return _joined(low, high, first, joined)


def find_parents(slabs: Slabs, parents: Components, children: Components) -> Indices:
    """In which component each of some finer ones lies; ``slabs`` are those that the coarser ones were found in.

    Returns
    -------
    (n,) array
        A number of ``parents`` for each of ``children``.
    """
    found = np.zeros(len(children), np.intp)
    for slab in _labelled(slabs):
        z = children.first[:, 0] - slab.start
        here = np.flatnonzero((z >= 0) & (z < len(slab.labels)))
        y, x = children.first[here, 1], children.first[here, 2]
        found[here] = parents.of_piece[slab.before + slab.labels[z[here], y, x] - 1]
    return found


def _labelled(slabs: Slabs) -> Iterator[_Labelled]:
    before = 0
    for start, counts in slabs():
        labels, count = ndimage.label(counts)
        yield _Labelled(start, labels, count, before)
        before += count


def _touching(upper: _Labelled, lower: _Labelled) -> Indices:
    """Pairs of pieces that meet where one slab ends and the next begins, numbered through all slabs; ``(k, 2)``."""
    a, b = upper.labels[-1], lower.labels[0]
    both = (a > 0) & (b > 0)
    pairs = np.stack([upper.before + a[both] - 1, lower.before + b[both] - 1], axis=1)
    return np.unique(pairs, axis=0).astype(np.intp)


def _measures(slab: _Labelled) -> tuple[Indices, Indices, Indices]:
    """Boxes and first voxels of the pieces of a slab."""
    boxes = np.array(
        [[(s.start, s.stop) for s in window] for window in ndimage.find_objects(slab.labels)], np.intp
    ).reshape(-1, 3, 2)
    flat = slab.labels.reshape(-1)
    at = np.flatnonzero(flat)[::-1]
    first = np.zeros(slab.count + 1, np.intp)
    first[flat[at]] = at  # of several the last stays, which is the first voxel
    places = np.stack(np.unravel_index(first[1:], slab.labels.shape), axis=1)
    shift = np.array([slab.start, 0, 0])
    return boxes[:, :, 0] + shift, boxes[:, :, 1] + shift, places + shift


def _joined(low: Indices, high: Indices, first: Indices, links: Indices) -> Components:
    pieces = len(first)
    graph = sparse.coo_array((np.ones(len(links), bool), (links[:, 0], links[:, 1])), (pieces, pieces))
    count, of_piece = sparse.csgraph.connected_components(graph, directed=False)
    # pieces stand in the order of their first voxels, so the first piece of a component holds its first voxel
    _, leading, of_piece = np.unique(of_piece, return_index=True, return_inverse=True)
    order = np.argsort(leading)
    rank = np.empty(count, np.intp)
    rank[order] = np.arange(count)
    of_piece = rank[of_piece]
    lowest, highest = low[leading[order]], high[leading[order]]
    np.minimum.at(lowest, of_piece, low)
    np.maximum.at(highest, of_piece, high)
    return Components(lowest, highest, first[leading[order]], of_piece)
