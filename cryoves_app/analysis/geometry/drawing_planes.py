"""Lines that were drawn in side views or on tilted planes, brought to slices.

Everything else works on slices: the window shows them, and regions are filled there. So what contours enclose on
other planes is filled on these first, and outlined anew on slices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from cryoves_app.analysis.geometry.outlines import outlines
from cryoves_app.analysis.geometry.regions import (
    fill,
    rasterise,
    signed_distance,
    wants_interpolation,
    with_usual_interpolation,
)
from cryoves_app.analysis.geometry.tubes import Line, lines_between
from cryoves_app.domain.arrays import Indices, Mask, MaskPlane, Points, Shape, Values
from cryoves_app.domain.region import Contour, Region, RegionKind

#: A line that leaves its plane by no more lies on it.
_ON_PLANE_PX = 2.0
#: And one that leaves it by no more was surely drawn there.
_STRAIGHT_PX = 0.5
#: Planes whose normals differ by less (cosine of 10°) are one stack.
_SAME_DIRECTION = 0.985
#: Contours this near to each other lie on one tilted plane.
_SAME_PLANE_PX = 0.75
#: The most values that are held of a stack of tilted planes.
_MOST_VALUES = 1 << 26


class DrawingPlane(IntEnum):
    """The axis across which a line is drawn."""

    SLICE = 0  # constant z
    SIDE_Y = 1
    SIDE_X = 2
    TILTED = 3


def drawing_plane_of(contour: Contour) -> DrawingPlane:
    """On which kind of plane a line lies; on a slice where several are possible."""
    spread = _spread(contour)
    return next(
        (DrawingPlane(axis) for axis in range(3) if spread[axis] <= _ON_PLANE_PX), DrawingPlane.TILTED
    )


def contours_on_slices(contours: Sequence[Contour], shape: Shape) -> tuple[Contour, ...]:
    """Contours on slices around what closed contours on planes of any direction enclose.

    Planes of one direction form a stack, between whose planes the outline is interpolated; stacks of several
    directions are joined.

    Parameters
    ----------
    contours
        Closed lines of three points or more, z, y, x in voxels.
    shape
        The tomogram's, ``(z, y, x)``.
    """
    first, box = _box_around(contours, shape)
    if min(box) < 1:
        return ()
    shifted = [_moved(contour, -first) for contour in contours]
    mask = np.zeros(box, np.uint8)
    by_view = _by_view(shifted)
    for view in (DrawingPlane.SLICE, DrawingPlane.SIDE_Y, DrawingPlane.SIDE_X):
        if by_view[view]:
            mask |= _filled_along(by_view[view], view, box)
    for stack in _stacks(by_view[DrawingPlane.TILTED]):
        mask |= _filled_tilted(stack, box)
    return outlines(mask, [int(n) for n in first])


def lines_in_between(contours: Sequence[Contour]) -> tuple[Contour, ...]:
    """Lines for the planes between those that lines were drawn on, in each view by itself; not between tilted ones."""
    found = []
    for view in (DrawingPlane.SLICE, DrawingPlane.SIDE_Y, DrawingPlane.SIDE_X):
        own = [_turned(contour, view) for contour in contours if drawing_plane_of(contour) is view]
        if wants_interpolation(Region("", RegionKind.ACTIVE_ZONE, tuple(own))):
            between = lines_between([Line.of(contour) for contour in own])
            found += [_turned(_contour(line.points, line.closed), view) for line in between]
    return tuple(found)


def _by_view(contours: Sequence[Contour]) -> dict[DrawingPlane, list[Contour]]:
    """The contours of each view; among tilted ones, small ones that waver are the ends of a tilted stack."""
    views = [drawing_plane_of(contour) for contour in contours]
    found: dict[DrawingPlane, list[Contour]] = {view: [] for view in DrawingPlane}
    for contour, view in zip(contours, views, strict=True):
        is_end = DrawingPlane.TILTED in views and _spread(contour).min() > _STRAIGHT_PX
        found[DrawingPlane.TILTED if is_end else view].append(contour)
    return found


def _spread(contour: Contour) -> Points:
    return np.asarray(np.ptp(np.asarray(contour.points_px, dtype=np.float64), axis=0))


def _box_around(contours: Sequence[Contour], shape: Shape) -> tuple[Indices, Shape]:
    """First voxel and shape of the part of the volume that holds all contours."""
    points = np.concatenate([np.asarray(contour.points_px, dtype=np.float64) for contour in contours])
    low = np.clip(np.floor(points.min(axis=0)) - 1, 0, shape).astype(np.intp)
    high = np.clip(np.ceil(points.max(axis=0)) + 2, 0, shape).astype(np.intp)
    z, y, x = (int(n) for n in high - low)
    return low, (z, y, x)


def _filled_along(contours: Sequence[Contour], view: DrawingPlane, shape: Shape) -> Mask:
    """What contours across one axis enclose: as on slices, with the axes exchanged."""
    turned = tuple(_turned(contour, view) for contour in contours)
    region = with_usual_interpolation(Region("", RegionKind.CYTOPLASM, turned))
    z, y, x = (shape[axis] for axis in _order(view))
    return np.transpose(rasterise(region, (z, y, x), 1.0), _order(view))


def _order(view: DrawingPlane) -> tuple[int, int, int]:
    """The axes with that of the view in front; the same exchange leads back."""
    return {DrawingPlane.SIDE_Y: (1, 0, 2), DrawingPlane.SIDE_X: (2, 1, 0)}.get(view, (0, 1, 2))


def _turned(contour: Contour, view: DrawingPlane) -> Contour:
    return _contour(np.asarray(contour.points_px, dtype=np.float64)[:, _order(view)], contour.closed)


def _moved(contour: Contour, by: Indices) -> Contour:
    return _contour(np.asarray(contour.points_px, dtype=np.float64) + by, contour.closed)


def _contour(points: Points, closed: bool) -> Contour:
    return Contour(tuple((z, y, x) for z, y, x in points.tolist()), closed)


def _stacks(contours: Sequence[Contour]) -> list[list[Points]]:
    """Tilted contours, those on parallel planes together."""
    stacks: list[tuple[Points, list[Points]]] = []
    for contour in contours:
        points = np.asarray(contour.points_px, dtype=np.float64)
        normal = _directions(points - points.mean(axis=0))[2]
        own = next((stack for known, stack in stacks if abs(float(known @ normal)) > _SAME_DIRECTION), None)
        if own is None:
            stacks.append((normal, own := []))
        own.append(points)
    return [stack for _, stack in stacks]


def _directions(centred: Points) -> Points:
    """Three directions as rows, the one across the points' plane last."""
    return np.asarray(np.linalg.svd(centred, full_matrices=True)[2])


def _filled_tilted(stack: Sequence[Points], shape: Shape) -> Mask:
    """The voxels within outlines on parallel tilted planes, interpolated between these."""
    planes = _TiltedPlanes.of(stack, shape)
    mask = np.zeros(shape, np.uint8)
    for z in range(shape[0]):
        mask[z] = planes.inside(z, shape[1:])
    return mask


@dataclass(frozen=True)
class _TiltedPlanes:
    """Parallel planes with the signed distances from the outlines on them, sampled every ``step`` voxels.

    ``directions`` are two along the planes and one across, as rows; ``low`` is where the sampling begins along them.
    """

    distances: NDArray[np.float32]
    heights: Values
    directions: Points
    low: Points
    step: float

    @classmethod
    def of(cls, stack: Sequence[Points], shape: Shape) -> _TiltedPlanes:
        """The planes of a stack, as far as they reach into a volume of ``shape`` voxels."""
        directions = _directions(np.concatenate([points - points.mean(axis=0) for points in stack]))
        planes = _joined_planes([points @ directions.T for points in stack])
        low, high = _sampled_part(planes, directions, shape)
        size = high - low + 1
        step = max(1.0, float(np.sqrt(len(planes) * size.prod() / _MOST_VALUES)))
        grid = (int(size[0] / step) + 1, int(size[1] / step) + 1)
        distances = [
            _distance_inside(fill([(ring[:, :2] - low) / step for ring in rings], grid)) for rings in planes
        ]
        heights = np.array([np.mean([ring[:, 2].mean() for ring in rings]) for rings in planes])
        return cls(np.stack(distances).astype(np.float32), heights, directions, low, step)

    def inside(self, z: int, shape: tuple[int, int]) -> MaskPlane:
        """The voxels of one slice within the outlines."""
        y, x = np.ogrid[: shape[0], : shape[1]]
        first, second, height = (d[0] * z + d[1] * y + d[2] * x for d in self.directions)
        plane = np.interp(height, self.heights, np.arange(len(self.heights)))
        places = [plane, (first - self.low[0]) / self.step, (second - self.low[1]) / self.step]
        within = map_coordinates(self.distances, places, order=1, mode="constant", cval=-1.0) > 0
        return within & (height >= self.heights[0] - 0.5) & (height <= self.heights[-1] + 0.5)


def _sampled_part(
    planes: Sequence[Sequence[Points]], directions: Points, shape: Shape
) -> tuple[Points, Points]:
    """From where to where outlines are sampled: with a rim around them, but no farther than the volume goes."""
    flat = np.concatenate([ring[:, :2] for rings in planes for ring in rings])
    corners = np.array(list(product(*((0.0, n - 1.0) for n in shape)))) @ directions[:2].T
    low = np.maximum(flat.min(axis=0) - 1, corners.min(axis=0) - 2)
    return low, np.maximum(np.minimum(flat.max(axis=0) + 1, corners.max(axis=0) + 2), low)


def _distance_inside(plane: MaskPlane) -> Points:
    far = float(max(plane.shape))
    return np.full(plane.shape, far) if plane.all() else signed_distance(plane, far)


def _joined_planes(rings: Sequence[Points]) -> list[list[Points]]:
    """Rings in order of height, those of one plane together."""
    planes: list[list[Points]] = []
    last = -np.inf
    for points in sorted(rings, key=lambda ring: float(ring[:, 2].mean())):
        height = float(points[:, 2].mean())
        if height - last > _SAME_PLANE_PX:
            planes.append([])
            last = height
        planes[-1].append(points)
    return planes
