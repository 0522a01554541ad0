"""The rules of links once more, voxel by voxel and with sets, to hold the fast way against."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Voxel = tuple[int, int, int]


@dataclass(frozen=True)
class SlowLink:
    """A leaf: labels of its ends, its threshold and its voxels."""

    ends: tuple[int, int]
    threshold: float
    voxels: frozenset[Voxel]


def slow_links(
    grey: NDArray[np.generic],
    labels: NDArray[np.generic],
    region: int,
    boundaries: Iterable[int],
    thresholds: Iterable[float],
) -> list[SlowLink]:
    """Leaves of all thresholds, found by flooding."""
    wanted = set(boundaries)
    where = [v for v in np.ndindex(labels.shape) if int(labels[v]) in wanted]
    low, high = np.min(where, axis=0), np.max(where, axis=0)
    seen: set[Voxel] = set()
    found = []
    for threshold in sorted(set(thresholds)):
        inside = product(*(range(a, b + 1) for a, b in zip(low, high, strict=True)))
        dark = {v for v in inside if labels[v] == region and grey[v] <= threshold}
        accepted = []
        for piece in _pieces(dark):
            touched = {int(labels[n]) for v in piece for n in _neighbours(v, labels.shape)} & wanted
            if len(touched) == 2:
                accepted.append((tuple(sorted(touched)), frozenset(piece)))
        found += [SlowLink(ends, threshold, piece) for ends, piece in accepted if not piece & seen]
        for _, piece in accepted:
            seen |= piece
    return found


def slow_length(labels: NDArray[np.generic], link: SlowLink) -> float | None:
    """The length by distance maps of the segment's box and a voxel around it."""
    points = np.array(sorted(link.voxels))
    low = np.maximum(points.min(axis=0) - 1, 0)
    box = tuple(slice(a, b) for a, b in zip(low, points.max(axis=0) + 2, strict=True))
    crop, own = labels[box], np.zeros(labels.shape, bool)
    own[tuple(points.T)] = True
    own = own[box]
    first, second = (crop == end for end in link.ends)
    d1, d2 = (ndimage.distance_transform_edt(~mask) for mask in (first, second))
    c1 = first & ndimage.binary_dilation(own)
    c2 = own & ndimage.binary_dilation(second)
    way = d1[second].min() - 1
    layer = np.trunc(np.rint(way) * (d1 - 0.5) / (d1 + d2 - 1 + (d1 + d2 == 1))) + 1
    middle = own & (layer == (1 if way <= 1 else np.rint(way / 2)))
    if not middle.any():
        return None
    ways = ndimage.distance_transform_edt(~c1) + ndimage.distance_transform_edt(~c2)
    return float(ways[middle].min())


def slow_euler(voxels: frozenset[Voxel]) -> int:
    """Voxels, pairs, squares and cubes, counted one by one."""
    count = 0
    for size in product((0, 1), repeat=3):
        sign = (-1) ** sum(size)
        corners = list(product(*(range(s + 1) for s in size)))
        count += sign * sum(all((z + a, y + b, x + c) in voxels for a, b, c in corners) for z, y, x in voxels)
    return count


def _pieces(voxels: set[Voxel]) -> Iterator[set[Voxel]]:
    left = set(voxels)
    while left:
        piece, front = set[Voxel](), [min(left)]
        left.discard(front[0])
        while front:
            voxel = front.pop()
            piece.add(voxel)
            near = [n for n in _neighbours(voxel) if n in left]
            left.difference_update(near)
            front += near
        yield piece


def _neighbours(voxel: Voxel, shape: tuple[int, ...] | None = None) -> Iterator[Voxel]:
    for axis, step in product(range(3), (-1, 1)):
        near = list(voxel)
        near[axis] += step
        if shape is None or all(0 <= n < length for n, length in zip(near, shape, strict=True)):
            yield near[0], near[1], near[2]
