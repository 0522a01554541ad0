"""Regions drawn as contours, as voxels: the same voxels that IMOD's own rasteriser gives."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.ndimage import distance_transform_edt
from skimage.measure import points_in_poly

from cryoves_app.analysis.geometry.polygons import fill_polygon
from cryoves_app.analysis.geometry.tubes import Line, lines_between, stroke
from cryoves_app.domain.arrays import Mask, MaskPlane, Points, Window
from cryoves_app.domain.region import Contour, Region, RegionKind


def rasterise(region: Region, shape: tuple[int, int, int], voxel_size_nm: float) -> Mask:
    """The voxels of a region.

    A closed contour belongs to the slice nearest to its mean z; a voxel is inside if its centre is. Contours
    within others cut holes. Open contours, and all contours of an active zone, become tubes of the region's
    diameter. With ``interpolate`` slices between drawn ones are filled: by the mean of signed distances inside
    closed contours, and by lines halfway for tubes.

    Returns
    -------
    (z, y, x) array
        1 inside, 0 outside; of ``shape`` voxels.
    """
    planes = RegionPlanes(region, shape, voxel_size_nm)
    mask = np.zeros(shape, np.uint8)
    for z in planes.filled_slices:
        mask[z] = planes.filled(z)
    for line in planes.lines:
        stroke(mask, line, planes.tube_radius_px)
    return mask


class RegionPlanes:
    """A region's voxels slice by slice, worked out when asked for: those that ``rasterise`` gives."""

    def __init__(self, region: Region, shape: tuple[int, int, int], voxel_size_nm: float) -> None:
        self.region, self.shape = region, shape
        self.tube_radius_px = region.tube_nm / 2 / voxel_size_nm
        self._stroked = region.kind is RegionKind.ACTIVE_ZONE
        self._gap: _Gap | None = None

    @cached_property
    def _rings(self) -> dict[int, list[Points]]:
        """What is filled, by slice."""
        closed = [c for c in self.region.contours if c.closed and not self._stroked]
        return _by_slice(closed, self.shape[0])

    @cached_property
    def _drawn(self) -> list[int]:
        return sorted(self._rings)

    @property
    def filled_slices(self) -> Sequence[int]:
        """The slices on which something may be filled."""
        if self.region.interpolate and self._drawn:
            return range(self._drawn[0], self._drawn[-1] + 1)
        return self._drawn

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """What is stroked, lines between drawn slices included."""
        contours = self.region.contours
        drawn = [Line.of(c) for c in contours if c.points_px and (self._stroked or not c.closed)]
        between = lines_between(drawn) if self.region.interpolate else ()
        return (*drawn, *between)

    @cached_property
    def _heights(self) -> tuple[Points, Points]:
        """The lowest and the highest slice of each line."""
        heights = [line.points[:, 0] for line in self.lines]
        return np.array([h.min() for h in heights]), np.array([h.max() for h in heights])

    def plane(self, z: int) -> MaskPlane:
        """All voxels ``(y, x)`` of one slice, as bool."""
        plane = self.filled(z)
        low, high = self._heights
        near = np.flatnonzero((low <= z + self.tube_radius_px) & (high >= z - self.tube_radius_px))
        stroke_slice(plane, [self.lines[n] for n in near], z, self.tube_radius_px)
        return plane

    def filled(self, z: int) -> MaskPlane:
        """The voxels ``(y, x)`` of one slice inside closed contours, as bool."""
        if z in self._rings:
            return fill(self._rings[z], self.shape[1:])
        place = bisect(self._drawn, z)
        if not self.region.interpolate or not 0 < place < len(self._drawn):
            return np.zeros(self.shape[1:], bool)
        return self._between(self._drawn[place - 1], self._drawn[place], z)

    def _between(self, below: int, above: int, z: int) -> MaskPlane:
        gap = self._gap  # another thread may put its own in this place
        if gap is None or (gap.below, gap.above) != (below, above):
            masks = (fill(self._rings[n], self.shape[1:]) for n in (below, above))
            self._gap = gap = _Gap.of(below, above, *masks)
        return gap.plane(z, self.shape[1:])


@dataclass(frozen=True)
class _Gap:
    """What the slices between two drawn ones are blended from: signed distances, within a box."""

    below: int
    above: int
    box: Window
    low: Points
    high: Points

    @classmethod
    def of(cls, below: int, above: int, low: MaskPlane, high: MaskPlane) -> _Gap:
        box = box_around(low | high)
        return cls(below, above, box, *(signed_distance(m[box], max(m.shape)) for m in (low, high)))

    def plane(self, z: int, shape: tuple[int, int]) -> MaskPlane:
        share = (z - self.below) / (self.above - self.below)
        plane = np.zeros(shape, bool)
        plane[self.box] = (1 - share) * self.low + share * self.high > 0
        return plane


def stroke_slice(plane: MaskPlane, lines: Sequence[Line], z: int, radius_px: float) -> None:
    """Set the pixels of slice ``z`` that tubes around lines cover.

    Parameters
    ----------
    plane : (y, x) bool array
        Changed in place.
    lines
        In voxels, ``radius_px`` wide to either side.
    """
    slab = plane.view(np.uint8)[None]
    for line in lines:
        heights = line.points[:, 0] - z
        if heights.min() <= radius_px and heights.max() >= -radius_px:
            stroke(slab, replace(line, points=line.points - (z, 0, 0)), radius_px)


def wants_interpolation(region: Region) -> bool:
    """Whether contours are drawn on every second slice or fewer."""
    drawn = region.drawn_slices
    return len(drawn) > 1 and float(np.median(np.diff(drawn))) > 1


def with_usual_interpolation(region: Region) -> Region:
    """The region with interpolation on where slices were left out in drawing."""
    return replace(region, interpolate=wants_interpolation(region))


def fill(rings: Sequence[Points], shape: tuple[int, int]) -> MaskPlane:
    """Closed rings on one plane; odd nesting levels fill, even ones clear.

    Parameters
    ----------
    rings : arrays (n, 2)
        Corners ``y, x`` in pixels.
    shape
        Rows and columns of the plane.

    Returns
    -------
    (y, x) bool array
        Of the plane.
    """
    distinct = list({ring.tobytes(): ring for ring in rings}.values())
    levels = [1 + sum(_contains(other, ring) for other in distinct if other is not ring) for ring in distinct]
    plane = np.zeros(shape, bool)
    for level in range(1, max(levels, default=0) + 1):
        for ring, own in zip(distinct, levels, strict=True):
            if own == level:
                inside = fill_polygon(shape, ring)
                plane = plane | inside if level % 2 else plane & ~inside
    return plane


def box_around(plane: MaskPlane) -> Window:
    """The smallest box, in pixels, that holds all set pixels of a plane ``(y, x)`` and the ring of pixels around them.

    Empty where none is set; cut at the plane's border.
    """
    found = []
    for axis, length in enumerate(plane.shape):
        set_lines = np.flatnonzero(plane.any(axis=1 - axis))
        ends = (set_lines[0] - 1, set_lines[-1] + 2) if len(set_lines) else (0, 0)
        found.append(slice(max(int(ends[0]), 0), min(int(ends[1]), length)))
    return found[0], found[1]


def _by_slice(contours: Sequence[Contour], depth: int) -> dict[int, list[Points]]:
    slices: dict[int, list[Points]] = defaultdict(list)
    for contour in contours:
        if len(contour.points_px) > 2 and 0 <= (z := contour.slice_index) < depth:
            slices[z].append(np.asarray(contour.points_px, float)[:, 1:])
    return dict(slices)


def _contains(outer: Points, inner: Points) -> bool:
    if (inner.min(axis=0) < outer.min(axis=0)).any() or (inner.max(axis=0) > outer.max(axis=0)).any():
        return False
    return bool(points_in_poly(inner, outer).all())


def signed_distance(plane: MaskPlane, far_px: float) -> Points:
    """Distance of each pixel ``(y, x)`` from the edge, in pixels: positive inside, negative outside.

    A plane without an inside counts as ``far_px`` outside everywhere.
    """
    if not plane.any():
        return np.full(plane.shape, -float(far_px))
    distance = np.zeros(plane.shape)
    _add_distance(distance, plane, 1)
    _add_distance(distance, ~plane, -1)
    return distance


def _add_distance(to: Points, inside: MaskPlane, sign: int) -> None:
    """Add the distance of each pixel inside from the nearest one outside; scipy's own takes much more memory."""
    nearest = distance_transform_edt(inside, return_distances=False, return_indices=True)
    columns = np.arange(inside.shape[1])
    for y, row in enumerate(to):
        away_y, away_x = nearest[0, y] - y, nearest[1, y] - columns
        row += sign * np.sqrt(away_y * away_y + away_x * away_x)
