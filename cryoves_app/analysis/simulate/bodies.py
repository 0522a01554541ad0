"""Shapes: ellipsoids, tubes along curves, and wavy sheets, as signed distances in nm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from cryoves_app.domain.arrays import AnyArray
from cryoves_app.domain.geometry import Sphere


@dataclass(frozen=True)
class Bump:
    """A Legendre polynomial of the angle from an axis, added to a surface's distance from the centre.

    Attributes
    ----------
    axis : (3,) array
        Unit vector ``z, y, x``.
    degree
        2: longer along the axis, or flatter; 3: a pear.
    height_nm
        On the axis.
    """

    axis: AnyArray
    degree: int
    height_nm: float

    def at(self, cosine: AnyArray) -> AnyArray:
        """Height in nm where the direction has this cosine with the axis, an array of any shape."""
        square = cosine * cosine
        shape = 1.5 * square - 0.5 if self.degree == 2 else (2.5 * square - 1.5) * cosine
        return np.asarray(np.float32(self.height_nm) * shape)


@dataclass(frozen=True)
class Ellipsoid:
    """An ellipsoid, with bumps if it has any; of a vesicle its membrane's outer surface.

    Attributes
    ----------
    centre_nm : (3,) array
        ``z, y, x`` in nm.
    axes_nm : (3,) array
        Half axes in nm, along the rows of ``frame``.
    frame : (3, 3) array
        Orthonormal rows ``z, y, x``, without unit.
    bumps
        What makes it uneven.
    """

    centre_nm: AnyArray
    axes_nm: AnyArray
    frame: AnyArray
    bumps: tuple[Bump, ...] = ()

    @classmethod
    def ball(cls, centre_nm: Any, radius_nm: float) -> Ellipsoid:
        """A ball about a point ``z, y, x``."""
        return cls(np.asarray(centre_nm, float), np.full(3, float(radius_nm)), np.eye(3))

    @property
    def reach_nm(self) -> float:
        """No point of the surface is further from the centre."""
        return float(self.axes_nm.max()) + sum(abs(bump.height_nm) for bump in self.bumps)

    @property
    def radius_nm(self) -> float:
        """Radius of the ball of the same volume (bumps add and take away alike, to first order)."""
        return float(np.prod(self.axes_nm) ** (1 / 3))

    @property
    def sphere(self) -> Sphere:
        """The ball of the same volume, with its outer radius."""
        z, y, x = self.centre_nm.tolist()
        return Sphere(z, y, x, self.radius_nm)

    def distance(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Signed distance from the surface, negative inside; to first order, exact for a ball.

        Parameters
        ----------
        z, y, x : arrays that broadcast, ``(z, 1, 1)``, ``(1, y, 1)`` and ``(1, 1, x)`` for a box
            Positions in nm.

        Returns
        -------
        (z, y, x) array
            Distances in nm.
        """
        offsets = (z - self.centre_nm[0], y - self.centre_nm[1], x - self.centre_nm[2])
        smooth = self._smooth_distance(offsets)
        return smooth - self._bump_height(offsets) if self.bumps else smooth

    def _bump_height(self, offsets: tuple[AnyArray, AnyArray, AnyArray]) -> AnyArray:
        away = np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2 + np.float32(1e-6))
        height = np.zeros_like(away)
        for bump in self.bumps:
            parts = [np.float32(a) * o for a, o in zip(bump.axis, offsets, strict=True)]
            height += bump.at((parts[0] + parts[1] + parts[2]) / away)
        return height

    def _smooth_distance(self, offsets: tuple[AnyArray, AnyArray, AnyArray]) -> AnyArray:
        if np.ptp(self.axes_nm) < 1e-9:
            return np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2) - self.axes_nm[0]
        level_sq: Any = np.float32(0)
        slope_sq: Any = np.float32(1e-12)
        for axis, length in zip(self.frame, self.axes_nm, strict=True):
            along = sum(np.float32(a / length) * o for a, o in zip(axis, offsets, strict=True))
            level_sq = level_sq + along**2
            slope_sq = slope_sq + (along / np.float32(length)) ** 2
        return np.asarray((level_sq - np.sqrt(level_sq)) / np.sqrt(slope_sq))

    def support_nm(self, direction: AnyArray) -> float:
        """Distance in nm from the centre to the tangent plane across a unit vector ``(3,)``."""
        smooth = float(np.linalg.norm(self.axes_nm * (self.frame @ direction)))
        return smooth + sum(float(bump.at(bump.axis @ direction)) for bump in self.bumps)

    def moved_to(self, centre_nm: AnyArray) -> Ellipsoid:
        """The same body about another centre ``(3,)``: ``z, y, x`` in nm."""
        return replace(self, centre_nm=centre_nm)

    def grown(self, by_nm: float) -> Ellipsoid:
        """The body with all half axes longer by ``by_nm``, which may be negative."""
        return replace(self, axes_nm=self.axes_nm + by_nm)

    def turned(self, turn: AnyArray) -> Ellipsoid:
        """The same body about the same centre, turned by a rotation ``(3, 3)`` without unit."""
        bumps = tuple(replace(bump, axis=turn @ bump.axis) for bump in self.bumps)
        return replace(self, frame=self.frame @ turn.T, bumps=bumps)


def random_rotation(rng: np.random.Generator) -> AnyArray:
    """A rotation matrix ``(3, 3)`` without unit, all rotations alike in probability."""
    return Rotation.from_quat(rng.normal(size=4)).as_matrix()


def random_ellipsoid(rng: np.random.Generator, radius_nm: float, ellipticity: float) -> Ellipsoid:
    """An ellipsoid about the origin of a ball's volume; ``ellipticity`` is the largest ratio of two axes."""
    stretch = np.log(ellipticity) * rng.uniform(-0.5, 0.5, 3)
    axes = radius_nm * np.exp(stretch - stretch.mean())
    return Ellipsoid(np.zeros(3), axes, random_rotation(rng))


def random_bumps(rng: np.random.Generator, height_nm: float) -> tuple[Bump, ...]:
    """One bump of second and two of third order, as high as ``height_nm`` in root mean square."""
    heights = rng.normal(0, height_nm, 3)
    return tuple(
        Bump(random_direction(rng), degree, float(height))
        for degree, height in zip((2, 3, 3), heights, strict=True)
    )


def random_direction(rng: np.random.Generator) -> AnyArray:
    """A unit vector ``(3,)`` without unit, all directions alike in probability."""
    vector = rng.normal(size=3)
    return vector / np.linalg.norm(vector)


@dataclass(frozen=True)
class Sheet:
    """A wavy sheet: positive distances lie on the side that ``normal`` points to, in the x-y plane.

    Attributes
    ----------
    point_nm : (3,) array
        ``z, y, x`` of a point in the sheet's middle, in nm.
    normal : (2,) array
        Unit vector ``y, x``.
    amplitudes_nm : (n,) array
        Heights of its waves, in nm.
    waves : (n, 2) array
        Cycles per nm along the sheet and along z.
    phases : (n,) array
        In radians.
    """

    point_nm: AnyArray
    normal: AnyArray  # y, x
    amplitudes_nm: AnyArray
    waves: AnyArray  # (n, 2): cycles per nm along the sheet and along z
    phases: AnyArray

    @classmethod
    def draw(
        cls, rng: np.random.Generator, point_nm: AnyArray, angle_rad: float, roughness_nm: float
    ) -> Sheet:
        """A sheet through a point ``(3,)`` (``z, y, x``; nm), with random waves of about ``roughness_nm``.

        ``angle_rad`` turns its normal from x to y.
        """
        n_waves = 4
        return cls(
            point_nm,
            np.array([np.sin(angle_rad), np.cos(angle_rad)]),
            roughness_nm * rng.uniform(0.3, 1.0, n_waves) / (1 + np.arange(n_waves)),
            rng.uniform(-1, 1, (n_waves, 2)) / (500.0 / (1 + np.arange(n_waves)))[:, None],
            rng.uniform(0, 2 * np.pi, n_waves),
        )

    def distance(self, z: AnyArray, y: AnyArray, x: AnyArray) -> AnyArray:
        """Height above the sheet, negative on the other side.

        Parameters
        ----------
        z, y, x : arrays that broadcast, ``(z, 1, 1)``, ``(1, y, 1)`` and ``(1, 1, x)`` for a box
            Positions in nm.

        Returns
        -------
        (z, y, x) float32 array
            Along the mean normal, in nm.
        """
        dy, dx = y - self.point_nm[1], x - self.point_nm[2]
        along = -self.normal[1] * dy + self.normal[0] * dx
        height = self.normal[0] * dy + self.normal[1] * dx
        for amplitude, (ka, kz), phase in zip(self.amplitudes_nm, self.waves, self.phases, strict=True):
            height = height - amplitude * np.sin(2 * np.pi * (ka * along + kz * z) + phase)
        return np.asarray(height, np.float32)

    def shifted(self, z: AnyArray, y: AnyArray, x: AnyArray, by_nm: float) -> AnyArray:
        """As ``distance`` (arrays ``(z, y, x)``; nm), of a sheet that lies ``by_nm`` further along the normal."""
        return self.distance(z, y, x) - np.float32(by_nm)


def segment_distance(z: AnyArray, y: AnyArray, x: AnyArray, start: AnyArray, end: AnyArray) -> AnyArray:
    """Distance from a straight segment.

    Parameters
    ----------
    z, y, x : arrays that broadcast, ``(z, 1, 1)``, ``(1, y, 1)`` and ``(1, 1, x)`` for a box
        Positions in nm.
    start, end : (3,) arrays
        Ends of the segment, ``z, y, x`` in nm.

    Returns
    -------
    (z, y, x) array
        Distances in nm.
    """
    direction = end - start
    length_sq = float(direction @ direction) or 1e-12
    offsets = (z - start[0], y - start[1], x - start[2])
    along = sum(np.float32(d / length_sq) * o for d, o in zip(direction, offsets, strict=True))
    along = np.clip(along, 0, 1)
    parts = [o - along * np.float32(d) for o, d in zip(offsets, direction, strict=True)]
    return np.sqrt(parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2)


def wandering_path(
    rng: np.random.Generator, start: AnyArray, direction: AnyArray, length_nm: float, stiffness_nm: float
) -> AnyArray:
    """A curve whose direction persists over ``stiffness_nm``.

    Parameters
    ----------
    start : (3,) array
        Its first point, ``z, y, x`` in nm.
    direction : (3,) array
        Where it sets out to: a vector of any length, without unit.

    Returns
    -------
    (n, 3) array
        Points ``z, y, x`` in nm, 12 nm apart.
    """
    step = 12.0
    points = [start]
    heading = direction / np.linalg.norm(direction)
    for _ in range(int(length_nm / step)):
        heading = heading + rng.normal(size=3) * np.sqrt(step / stiffness_nm)
        heading /= np.linalg.norm(heading)
        points.append(points[-1] + step * heading)
    return np.array(points)
