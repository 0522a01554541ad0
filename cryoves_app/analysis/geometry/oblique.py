"""A plane through a volume in any direction: its grey values, and the circles in which it cuts spheres."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.geometry.packed_mask import PackedMask
from cryoves_app.domain.arrays import Array, Position, SpheresPx
from cryoves_app.domain.volume import VoxelArray

#: Angles about x, y and z in degrees.
Angles = tuple[float, float, float]


@dataclass(frozen=True)
class ObliquePlane:
    """A plane through ``centre_px`` (voxels); the rows of ``axes`` ``(3, 3)`` are its right, up and normal.

    All of it in ``(z, y, x)``, the axes of length 1.
    """

    centre_px: Position
    axes: Array

    @classmethod
    def turned(cls, centre_px: Position, angles: Angles) -> ObliquePlane:
        """The XY plane, turned about the tomogram's x, then its y, then its z, each counter-clockwise."""
        return cls(centre_px, rotation_of(angles).T[:, ::-1])

    def to_plane(self, points_px: Array) -> Array:
        """``(right, up, normal)`` from the centre of points ``(n, 3)`` of the volume, all in voxels."""
        return np.asarray((np.asarray(points_px) - self.centre_px) @ self.axes.T)

    def to_volume(self, right: float, up: float, normal: float = 0.0) -> Position:
        """Where a point of the plane lies in the volume, in voxels."""
        z, y, x = np.asarray(self.centre_px) + np.array([right, up, normal]) @ self.axes
        return float(z), float(y), float(x)


def rotation_of(angles: Angles) -> Array:
    """The rotation ``(3, 3)`` of ``(x, y, z)``, in nm or voxels, about x, then y, then z."""
    (ca, cb, cc), (sa, sb, sc) = np.cos(np.deg2rad(angles)), np.sin(np.deg2rad(angles))
    about_x = np.array([[1, 0, 0], [0, ca, -sa], [0, sa, ca]])
    about_y = np.array([[cb, 0, sb], [0, 1, 0], [-sb, 0, cb]])
    about_z = np.array([[cc, -sc, 0], [sc, cc, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x)


def angles_of(rotation: Array) -> Angles:
    """The angles in degrees of a rotation ``(3, 3)`` in nm or voxels.

    Where y is turned by a right angle, x takes the part of z as well.
    """
    about_y = np.arcsin(np.clip(-rotation[2, 0], -1, 1))
    if abs(rotation[2, 0]) > 1 - 1e-9:
        about_x, about_z = np.arctan2(-rotation[1, 2], rotation[1, 1]), 0.0
    else:
        about_x = np.arctan2(rotation[2, 1], rotation[2, 2])
        about_z = np.arctan2(rotation[1, 0], rotation[0, 0])
    x, y, z = np.rad2deg([about_x, about_y, about_z])
    return float(x), float(y), float(z)


def turn_in_plane(angles: Angles, about_right: float, about_up: float, about_normal: float = 0.0) -> Angles:
    """The angles after a turn by degrees about the plane's own axes, as they are seen."""
    return angles_of(rotation_of(angles) @ rotation_of((about_right, about_up, about_normal)))


@dataclass(frozen=True)
class PlaneGrid:
    """Points ``(rows, columns)`` of a plane, the first at ``left``, ``low``, ``step_px`` apart (voxels)."""

    left: float
    low: float
    step_px: float
    columns: int
    rows: int

    def points(self, plane: ObliquePlane, normal: float = 0.0) -> Array:
        """``(3, rows · columns)`` places ``(z, y, x)`` in voxels, row by row."""
        right = self.left + np.arange(self.columns) * self.step_px
        up = self.low + np.arange(self.rows) * self.step_px
        origin = np.array(plane.to_volume(0.0, 0.0, normal))
        along_right, along_up, _ = plane.axes
        places = (
            origin[:, None, None]
            + along_up[:, None, None] * up[None, :, None]
            + along_right[:, None, None] * right[None, None, :]
        )
        return np.asarray(places.reshape(3, -1))


def sample_plane(
    data: VoxelArray, plane: ObliquePlane, grid: PlaneGrid, slab: int = 1
) -> NDArray[np.float32]:
    """Grey values on a plane by trilinear interpolation, of the points of the grid only.

    Parameters
    ----------
    data : (z, y, x) array
        Possibly memory-mapped; of each slice only the voxels beside the plane are read.
    plane, grid
        Where.
    slab
        So many parallel planes, a voxel apart, are averaged.

    Returns
    -------
    (rows, columns) float32 array
        Not a number outside the volume.
    """
    total = np.zeros(grid.rows * grid.columns, np.float32)
    count = np.zeros(grid.rows * grid.columns, np.float32)
    for normal in np.arange(slab) - (slab - 1) / 2:
        values = _sample(data, grid.points(plane, float(normal)))
        known = np.isfinite(values)
        total[known] += values[known]
        count += known
    count[count == 0] = np.nan
    return np.asarray((total / count).reshape(grid.rows, grid.columns))


def sample_mask(mask: PackedMask, plane: ObliquePlane, grid: PlaneGrid) -> NDArray[np.bool_]:
    """Which points ``(rows, columns)`` of a plane lie in a mask's voxels."""
    places = np.round(grid.points(plane)).astype(np.intp)
    return mask.at(places).reshape(grid.rows, grid.columns)


def smooth_known(image: NDArray[np.float32], sigma_points: float) -> NDArray[np.float32]:
    """Smooth a sampled plane ``(rows, columns)`` by so many of its points (no voxels); not a number stays so."""
    known = np.isfinite(image)
    share = ndimage.gaussian_filter(known.astype(np.float32), sigma_points)
    blurred = ndimage.gaussian_filter(np.where(known, image, 0.0).astype(np.float32), sigma_points)
    return np.where(known, blurred / np.maximum(share, 1e-6), np.nan).astype(np.float32)


def _sample(data: VoxelArray, places: Array) -> NDArray[np.float32]:
    """Values at ``(3, n)`` places; not a number beyond the outer faces of the outermost voxels."""
    last = np.array(data.shape)[:, None] - 1
    values = np.full(places.shape[1], np.nan, np.float32)
    inside = np.flatnonzero(((places >= -0.5) & (places <= last + 0.5)).all(axis=0))
    within = np.clip(places[:, inside], 0, last)
    below = np.minimum(within.astype(np.intp), np.maximum(last - 1, 0))
    share = (within - below).astype(np.float32)
    order = np.argsort(below[0], kind="stable")
    values[inside[order]] = _gather(data, below[:, order], share[:, order])
    return values


def _gather(data: VoxelArray, below: NDArray[np.intp], share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Interpolated values at places in the order of their z; of each slice what is needed is asked for once."""
    found = np.empty(below.shape[1], np.float32)
    groups = [(z, part, _Frame.around(below[1:, part], data.shape)) for z, part in _by_slice(below[0])]
    above_of: tuple[int, _Piece] | None = None
    for number, (z, part, frame) in enumerate(groups):
        low = above_of[1] if above_of and above_of[0] == z else frame.read(data, z)
        above = min(z + 1, data.shape[0] - 1)
        following = groups[number + 1] if number + 1 < len(groups) else None
        high = (frame.with_other(following[2]) if following and following[0] == above else frame).read(
            data, above
        )
        above_of = (above, high)
        at, by = below[1:, part], share[:, part]
        flat = low.bilinear(at, by[1:])
        found[part] = flat + by[0] * (high.bilinear(at, by[1:]) - flat)
    return found


def _by_slice(z: NDArray[np.intp]) -> Iterator[tuple[int, slice]]:
    """Each slice that occurs, with its part of the sorted places."""
    starts = np.flatnonzero(np.diff(z, prepend=-1))
    for start, end in zip(starts, [*starts[1:], len(z)], strict=True):
        yield int(z[start]), slice(int(start), int(end))


@dataclass(frozen=True)
class _Frame:
    """Rows and columns of a slice, from the first of each to one past the last."""

    rows: tuple[int, int]
    columns: tuple[int, int]

    @classmethod
    def around(cls, below: NDArray[np.intp], shape: tuple[int, ...]) -> _Frame:
        """All that interpolation needs for voxels below places."""
        low, high = below.min(axis=1), below.max(axis=1) + 2
        rows, columns = zip(low.tolist(), np.minimum(high, shape[1:]).tolist(), strict=True)
        return cls(rows, columns)

    def with_other(self, other: _Frame) -> _Frame:
        return _Frame(_joined(self.rows, other.rows), _joined(self.columns, other.columns))

    def read(self, data: VoxelArray, z: int) -> _Piece:
        values = np.asarray(data[z, slice(*self.rows), slice(*self.columns)])
        return _Piece(values, np.array([[self.rows[0]], [self.columns[0]]]))


def _joined(first: tuple[int, int], second: tuple[int, int]) -> tuple[int, int]:
    return min(first[0], second[0]), max(first[1], second[1])


@dataclass(frozen=True)
class _Piece:
    """A part of a slice, and its first row and column ``(2, 1)``."""

    values: NDArray[np.generic]
    corner: NDArray[np.intp]

    def bilinear(self, below: NDArray[np.intp], share: NDArray[np.float32]) -> NDArray[np.float32]:
        return _bilinear(self.values, below - self.corner, share)


def _bilinear(
    image: NDArray[np.generic], below: NDArray[np.intp], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    (row, column), (up, right) = below, share
    row_above = np.minimum(row + 1, image.shape[0] - 1)
    column_above = np.minimum(column + 1, image.shape[1] - 1)
    lower = _mix(image[row, column], image[row, column_above], right)
    upper = _mix(image[row_above, column], image[row_above, column_above], right)
    return lower + up * (upper - lower)


def _mix(
    low: NDArray[np.generic], high: NDArray[np.generic], share: NDArray[np.float32]
) -> NDArray[np.float32]:
    first = low.astype(np.float32)
    return first + share * (high.astype(np.float32) - first)


@dataclass(frozen=True)
class PlaneCircles:
    """Rows ``(n,)`` of the spheres that a plane cuts, and their circles ``(n,)`` each: places from the plane's centre.

    Places and radii are in voxels; a radius is that of the surface that the spheres were given with.
    """

    rows: NDArray[np.intp]
    right: Array
    up: Array
    radius: Array


def plane_circles(spheres_px: SpheresPx, plane: ObliquePlane) -> PlaneCircles:
    r"""The exact circles in which the plane cuts spheres ``(n, 4)``: ``z, y, x`` and radius, in voxels.

    The radius may be the outer or the mid-plane one: the circles are those of the same surface.

    Notes
    -----
    The centre of each circle is the foot of the sphere's centre on the plane, its radius :math:`\sqrt{r^2 - d^2}` for
    a distance :math:`d` of the two.
    """
    right, up, distance = plane.to_plane(spheres_px[:, :3]).T
    squared = spheres_px[:, 3] ** 2 - distance**2
    rows = np.flatnonzero(squared > 0)
    return PlaneCircles(rows, right[rows], up[rows], np.sqrt(squared[rows]))


def plane_extent(
    plane: ObliquePlane, shape: tuple[int, int, int]
) -> tuple[float, float, float, float] | None:
    """Left, right, low and high, in voxels from the plane's centre, of its part in a volume ``(z, y, x)``; or none."""
    corners = np.array([[z, y, x] for z in (0, 1) for y in (0, 1) for x in (0, 1)]) * shape - 0.5
    right, up, distance = plane.to_plane(corners).T
    cut = [
        (a, b, distance[a] / (distance[a] - distance[b]))
        for a in range(8)
        for b in range(8)
        if bin(a ^ b).count("1") == 1 and distance[a] <= 0 < distance[b]
    ]
    if not cut:
        return None
    across = [right[a] + share * (right[b] - right[a]) for a, b, share in cut]
    along = [up[a] + share * (up[b] - up[a]) for a, b, share in cut]
    return float(min(across)), float(max(across)), float(min(along)), float(max(along))


def trace_direction(plane: ObliquePlane, normal_axis: int) -> Array | None:
    """The direction ``(3,)`` in ``(z, y, x)`` voxels in which the plane cuts slices across an axis; none of itself."""
    across = np.zeros(3)
    across[normal_axis] = 1.0
    line = np.cross(plane.axes[2], across)
    length = float(np.linalg.norm(line))
    return np.asarray(line / length) if length > 1e-6 else None
