"""Polygons as pixels: exactly those that scikit-image's ``polygon2mask`` gives, in time that large slices allow.

The library tests every pixel against every edge and holds the interpreter meanwhile: seconds for one slice of
1024² pixels, in which the window would not answer. Here each edge is followed along its own rows only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import MaskPlane, Points

_Pixels = NDArray[np.intp]

#: A pixel this near to a corner belongs to the polygon, as in scikit-image.
_CORNER = 1e-12


def fill_polygon(shape: tuple[int, int], ring: Points) -> MaskPlane:
    """The pixels whose centres lie inside a closed ring or on it.

    Parameters
    ----------
    shape
        Rows and columns of the plane.
    ring : (n, 2) array
        ``y, x`` of the corners in pixels; the last one is joined to the first. Pixel centres are integers.

    Returns
    -------
    (y, x) bool array
        Of the plane.
    """
    plane = np.zeros(shape, bool)
    low = np.clip(np.floor(ring.min(axis=0)), 0, shape).astype(int)
    high = np.clip(np.ceil(ring.max(axis=0)) + 1, 0, shape).astype(int)
    if (high <= low).any():
        return plane
    box = plane[low[0] : high[0], low[1] : high[1]]
    corners = ring - low
    ends, starts = corners, np.roll(corners, 1, axis=0)
    box |= _odd_on_the_right(box.shape, starts, ends) | _odd_on_the_left(box.shape, starts, ends)
    _set_corners(box, corners)
    return plane


def _odd_on_the_right(shape: tuple[int, ...], starts: Points, ends: Points) -> MaskPlane:
    """Whether an odd number of edges is crossed on the way to the right, by pixel."""
    edges, rows = _crossed_rows(np.ceil(starts[:, 0]) - 1, np.ceil(ends[:, 0]) - 1, shape[0])
    nearest, offset = _crossings(starts[edges], ends[edges], rows)
    last = nearest - (offset <= 0)  # the last pixel that has the crossing on its right
    counts = _counted(shape, rows, np.minimum(last, shape[1] - 1), last >= 0)
    return np.asarray(np.cumsum(counts[:, ::-1], axis=1, dtype=np.uint8)[:, ::-1] & 1, bool)


def _odd_on_the_left(shape: tuple[int, ...], starts: Points, ends: Points) -> MaskPlane:
    edges, rows = _crossed_rows(np.floor(starts[:, 0]), np.floor(ends[:, 0]), shape[0])
    nearest, offset = _crossings(starts[edges], ends[edges], rows)
    first = nearest + (offset >= 0)  # the first pixel that has the crossing on its left
    counts = _counted(shape, rows, np.maximum(first, 0), first < shape[1])
    return np.asarray(np.cumsum(counts, axis=1, dtype=np.uint8) & 1, bool)


def _crossed_rows(starts: Points, ends: Points, height: int) -> tuple[_Pixels, _Pixels]:
    """Edge and row of every row that an edge crosses: those after the lower value, up to the higher one."""
    first = np.clip(np.minimum(starts, ends) + 1, 0, height).astype(np.intp)
    stop = np.clip(np.maximum(starts, ends) + 1, 0, height).astype(np.intp)
    lengths = np.maximum(stop - first, 0)
    edges = np.repeat(np.arange(len(lengths)), lengths)
    within = np.arange(len(edges)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return edges, first[edges] + within


def _crossings(starts: Points, ends: Points, rows: _Pixels) -> tuple[_Pixels, Points]:
    """The pixel nearest to each crossing, and how far right of that pixel's centre the crossing is."""
    y0, y1 = starts[:, 0] - rows, ends[:, 0] - rows
    at = (starts[:, 1] * y1 - ends[:, 1] * y0) / (y1 - y0)
    nearest = np.rint(at)
    # seen from the pixel, as the library computes it: rounding decides for crossings at pixel centres
    offset = ((starts[:, 1] - nearest) * y1 - (ends[:, 1] - nearest) * y0) / (y1 - y0)
    return nearest.astype(np.intp), offset


def _counted(shape: tuple[int, ...], rows: _Pixels, columns: _Pixels, valid: MaskPlane) -> NDArray[np.uint8]:
    flat = rows[valid] * shape[1] + columns[valid]
    return np.bincount(flat, minlength=shape[0] * shape[1]).astype(np.uint8).reshape(shape)


def _set_corners(box: MaskPlane, corners: Points) -> None:
    nearest = np.rint(corners)
    hits = (np.abs(corners - nearest) < _CORNER).all(axis=1)
    hits &= ((nearest >= 0) & (nearest < box.shape)).all(axis=1)
    rows, columns = nearest[hits].astype(np.intp).T
    box[rows, columns] = True
