"""Regions drawn as contours, as voxels: the same voxels that IMOD's own rasteriser gives."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt
from skimage.draw import polygon2mask
from skimage.measure import points_in_poly

from cryoves_app.analysis.tubes import Line, lines_between, stroke
from cryoves_app.domain.region import Contour, Region, RegionKind

Mask = NDArray[np.uint8]
Plane = NDArray[np.bool_]
Points = NDArray[np.float64]


def rasterise(region: Region, shape: tuple[int, int, int], voxel_size_nm: float) -> Mask:
    """The voxels of a region, 1 inside and 0 outside.

    A closed contour belongs to the slice nearest to its mean z; a voxel is inside if its centre is. Contours
    within others cut holes. Open contours, and all contours of an active zone, become tubes of the region's
    diameter. With ``interpolate`` slices between drawn ones are filled: by the mean of signed distances inside
    closed contours, and by lines halfway for tubes.
    """
    mask = np.zeros(shape, np.uint8)
    stroked = region.kind is RegionKind.ACTIVE_ZONE
    closed = _by_slice([c for c in region.contours if c.closed and not stroked], shape[0])
    for z, rings in closed.items():
        mask[z] |= fill(rings, shape[1:])
    if region.interpolate:
        _fill_between(mask, sorted(closed))
    lines = [Line.of(c) for c in region.contours if c.points_px and (stroked or not c.closed)]
    between = lines_between(lines) if region.interpolate else ()
    for line in (*lines, *between):
        stroke(mask, line, region.tube_nm / 2 / voxel_size_nm)
    return mask


def wants_interpolation(region: Region) -> bool:
    """Whether contours are drawn on every second slice or fewer."""
    drawn = sorted(
        {_slice_of(np.asarray(c.points_px, float)) for c in region.contours if len(c.points_px) > 1}
    )
    return len(drawn) > 1 and float(np.median(np.diff(drawn))) > 1


def with_usual_interpolation(region: Region) -> Region:
    """The region with interpolation on where slices were left out in drawing."""
    return replace(region, interpolate=wants_interpolation(region))


def fill(rings: Sequence[Points], shape: tuple[int, int]) -> Plane:
    """Closed rings ``(n, 2)`` as y, x on one plane; odd nesting levels fill, even ones clear."""
    distinct = list({ring.tobytes(): ring for ring in rings}.values())
    levels = [1 + sum(_contains(other, ring) for other in distinct if other is not ring) for ring in distinct]
    plane = np.zeros(shape, bool)
    for level in range(1, max(levels, default=0) + 1):
        for ring, own in zip(distinct, levels, strict=True):
            if own == level:
                inside = polygon2mask(shape, ring)
                plane = plane | inside if level % 2 else plane & ~inside
    return plane


def _by_slice(contours: Sequence[Contour], depth: int) -> dict[int, list[Points]]:
    slices: dict[int, list[Points]] = defaultdict(list)
    for contour in contours:
        points = np.asarray(contour.points_px, float)
        if len(points) > 2 and 0 <= (z := _slice_of(points)) < depth:
            slices[z].append(points[:, 1:])
    return slices


def _slice_of(points: Points) -> int:
    return int(np.floor(points[:, 0].mean() + 0.5))


def _contains(outer: Points, inner: Points) -> bool:
    return bool(points_in_poly(inner, outer).all())


def _fill_between(mask: Mask, drawn: Sequence[int]) -> None:
    for below, above in pairwise(drawn):
        if above - below < 2:
            continue
        low, high = _signed_distance(mask[below]), _signed_distance(mask[above])
        for z in range(below + 1, above):
            share = (z - below) / (above - below)
            mask[z] |= (1 - share) * low + share * high > 0


def _signed_distance(plane: Mask) -> Points:
    """Positive inside; a plane without an inside counts as far outside."""
    inside = plane > 0
    if not inside.any():
        return np.full(plane.shape, -float(max(plane.shape)))
    return distance_transform_edt(inside) - distance_transform_edt(~inside)
