"""Lines drawn on slices as tubes of voxels: the active zone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.arrays import Mask, Points
from cryoves_app.domain.region import Contour

#: Lines are compared at so many places along them when slices between are filled.
_PLACES = 64


@dataclass(frozen=True)
class Line:
    """Points in a row.

    Attributes
    ----------
    points : (n, 3) array
        ``z, y, x`` in voxels.
    closed
        Whether the last one is joined to the first.
    """

    points: Points
    closed: bool

    @classmethod
    def of(cls, contour: Contour) -> Line:
        """The points of a contour."""
        return cls(np.asarray(contour.points_px, dtype=np.float64), contour.closed)

    @property
    def middle(self) -> Points:
        """The mean ``(3,)`` of the points: ``z, y, x`` in voxels."""
        return np.asarray(self.points.mean(axis=0))

    @property
    def path(self) -> Points:
        """The points ``(n, 3)`` in voxels, with the first one again at the end of a closed line."""
        return np.vstack([self.points, self.points[:1]]) if self.closed else self.points


def stroke(mask: Mask, line: Line, radius_px: float) -> None:
    """Set the voxels whose centres are within a radius of the line; a single point paints nothing.

    Parameters
    ----------
    mask : (z, y, x) array
        1 inside, 0 outside; changed in place.
    line
        In voxels of the mask.
    """
    if len(line.points) < 2:
        return
    for start, end in pairwise(line.path):
        _stroke_segment(mask, start, end, radius_px)


def lines_between(lines: Sequence[Line]) -> Iterator[Line]:
    """Lines for the slices between those that were drawn on, each between a line below and its like above."""
    slices: dict[int, list[Line]] = defaultdict(list)
    for line in lines:
        if len(line.points) > 1:
            slices[int(np.floor(line.middle[0] + 0.5))].append(line)
    for below, above in pairwise(sorted(slices)):
        if above - below < 2:
            continue
        for low, high in _pairs(slices[below], slices[above]):
            first, second = _resampled(low), _aligned(_resampled(low), _resampled(high), low.closed)
            for z in range(below + 1, above):
                share = (z - below) / (above - below)
                blended = (1 - share) * first + share * second
                blended[:, 0] = z
                yield replace(low, points=blended)


def _pairs(below: Sequence[Line], above: Sequence[Line]) -> Iterator[tuple[Line, Line]]:
    """Lines of two slices that go on in each other: of one kind, nearest first, each once."""
    candidates = sorted(
        (float(np.hypot(*(low.middle - high.middle)[1:])), i, j)
        for i, low in enumerate(below)
        for j, high in enumerate(above)
        if low.closed == high.closed
    )
    taken_below: set[int] = set()
    taken_above: set[int] = set()
    for _, i, j in candidates:
        if i not in taken_below and j not in taken_above:
            taken_below.add(i)
            taken_above.add(j)
            yield below[i], above[j]


def _resampled(line: Line) -> Points:
    """The line at places of equal distance along it."""
    path = line.path
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    wanted = np.linspace(0.0, along[-1], _PLACES, endpoint=not line.closed)
    return np.column_stack([np.interp(wanted, along, path[:, axis]) for axis in range(3)])


def _aligned(first: Points, second: Points, closed: bool) -> Points:
    """The second line drawn in the direction, and closed ones from the start, that fit the first best."""
    starts = range(_PLACES) if closed else (0,)
    choices = [np.roll(way, -start, axis=0) for way in (second, second[::-1]) for start in starts]
    return min(choices, key=lambda points: float(((points - first)[:, 1:] ** 2).sum()))


def _stroke_segment(mask: NDArray[np.uint8], start: Points, end: Points, radius_px: float) -> None:
    low = np.maximum(np.ceil(np.minimum(start, end) - radius_px), 0).astype(int)
    high = np.minimum(np.floor(np.maximum(start, end) + radius_px).astype(int) + 1, mask.shape)
    if (high <= low).any():
        return
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    grid = np.ogrid[box]
    along = end - start
    length_sq = float(along @ along)
    share = sum((g - s) * a for g, s, a in zip(grid, start, along, strict=True)) / (length_sq or 1.0)
    share = np.clip(share, 0.0, 1.0)
    squared = sum((g - s - share * a) ** 2 for g, s, a in zip(grid, start, along, strict=True))
    # drawn radii are decimal numbers: a voxel that lies exactly on the rim belongs to the tube
    mask[box] |= (squared <= radius_px**2 + 1e-9).astype(np.uint8)
