"""Measured shapes as lines in slices and as triangles."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.shapes.harmonics import farthest, surface_radius
from cryoves_app.domain.arrays import Array, Indices, SpheresPx, Voxels

#: Points of an outline, and halvings by which each is found: within a thousandth of the radius.
_POINTS, _HALVINGS = 48, 11


@dataclass(frozen=True)
class Outlines:
    """What a plane cuts out of some bodies.

    Attributes
    ----------
    rows : (k,) array
        Numbers of the bodies that are cut (indices).
    points : (k, p, 2) array
        Their closed outlines, horizontal and vertical place, in the unit of the bodies (nm or voxels).
    """

    rows: Indices
    points: Array


def outlines_in_plane(
    bodies: SpheresPx, terms: Array, axes: tuple[int, int, int], at: float, points: int = _POINTS
) -> Outlines:
    """Where a plane cuts bodies; those of which it does not hold the foot of the centre are left out.

    Parameters
    ----------
    bodies : (n, 4) array
        ``z, y, x`` and mean radius to the surface that is wanted (mid-plane or outer), all in nm or all in voxels.
    terms : (n, 12) array
        Coefficients in the same unit, second order first.
    axes
        The plane's normal, horizontal and vertical axis in ``(z, y, x)``.
    at
        Where it lies along its normal.
    """
    normal, horizontal, vertical = axes
    height = at - bodies[:, normal]
    reach = farthest(bodies, terms)
    rows = np.flatnonzero(np.abs(height) < reach)
    section = _Section(bodies[rows], terms[rows], axes, height[rows])
    inside = section.is_inside(np.zeros((len(rows), 1)), np.zeros(1))[:, 0]
    rows, section = rows[inside], section.of(inside)
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    away = section.edge(reach[rows], angles)
    place = bodies[rows][:, None, [horizontal, vertical]]
    return Outlines(rows, place + away[..., None] * np.stack([np.cos(angles), np.sin(angles)], axis=-1))


@dataclass(frozen=True)
class _Section:
    """Bodies and how far above their centres a plane lies."""

    bodies: SpheresPx
    terms: Array
    axes: tuple[int, int, int]
    height: Array

    def of(self, which: NDArray[np.bool_]) -> _Section:
        return _Section(self.bodies[which], self.terms[which], self.axes, self.height[which])

    def is_inside(self, away: Array, angles: Array) -> NDArray[np.bool_]:
        """Whether points of the plane, ``(n, p)`` from the foot of the centre, lie in their body."""
        normal, horizontal, vertical = self.axes
        place = np.empty((3, *away.shape))
        place[normal] = self.height[:, None]
        place[horizontal], place[vertical] = away * np.cos(angles), away * np.sin(angles)
        distance = np.maximum(np.sqrt((place**2).sum(axis=0)), 1e-9)
        return np.asarray(distance < surface_radius(self.bodies[:, 3], self.terms, place / distance))

    def edge(self, reach: Array, angles: Array) -> Array:
        """How far from the foot of the centre the bodies end, ``(n, p)``, by halving."""
        low = np.zeros((len(self.bodies), len(angles)))
        high = np.repeat(reach[:, None], len(angles), axis=1)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            inside = self.is_inside(middle, angles)
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        return np.asarray((low + high) / 2)


@dataclass(frozen=True)
class Triangles:
    """Surfaces of several bodies in one.

    Attributes
    ----------
    corners : (n * c, 3) array
        ``z, y, x`` in the unit of the bodies (nm or voxels); the corners of each body follow those of the one before.
    triangles : (m, 3) array
        Numbers of rows of ``corners``.
    corners_each
        How many corners a body has.
    """

    corners: Voxels
    triangles: NDArray[np.int32]
    corners_each: int


def triangulate(bodies: SpheresPx, terms: Array) -> Triangles:
    """Surfaces of bodies, each with the same corners pushed in or out.

    Parameters
    ----------
    bodies : (n, 4) array
        ``z, y, x`` and mean radius to the surface that is wanted (mid-plane or outer), all in nm or all in voxels.
    terms : (n, 12) array
        Coefficients in the same unit, second order first.
    """
    ways, faces = _ball()
    count = len(bodies)
    directions = np.broadcast_to(ways[:, None, :], (3, count, ways.shape[1]))
    radius = surface_radius(bodies[:, 3], terms, directions)
    corners = bodies[:, None, :3] + radius[..., None] * ways.T
    first = np.arange(count, dtype=np.int32)[:, None, None] * ways.shape[1]
    return Triangles(corners.reshape(-1, 3).astype(np.float32), (faces + first).reshape(-1, 3), ways.shape[1])


@cache
def _ball() -> tuple[Array, NDArray[np.int32]]:
    """Directions ``(3, c)`` spread over a sphere, and triangles between them: an icosahedron, divided three times."""
    golden = (1 + np.sqrt(5)) / 2
    third = np.array([(a, b, 0.0) for a in (-1.0, 1.0) for b in (-golden, golden)])
    points = np.vstack([np.roll(third, k, axis=1) for k in range(3)]) / np.hypot(1, golden)
    near = np.linalg.norm(points[:, None] - points[None], axis=2) < 2.1 / np.hypot(1, golden)
    faces = np.array(
        [
            (i, j, k)
            for i in range(12)
            for j in range(i)
            for k in range(j)
            if near[i, j] and near[j, k] and near[i, k]
        ]
    )
    for _ in range(3):
        points, faces = _divided(points, faces)
    outwards = np.einsum("ti,ti->t", np.cross(*_edges(points, faces)), points[faces[:, 0]]) > 0
    faces[~outwards] = faces[~outwards][:, ::-1]
    return np.ascontiguousarray(points.T), faces.astype(np.int32)


def _edges(points: Array, faces: Indices) -> tuple[Array, Array]:
    return points[faces[:, 1]] - points[faces[:, 0]], points[faces[:, 2]] - points[faces[:, 0]]


def _divided(points: Array, faces: Indices) -> tuple[Array, Indices]:
    """Each triangle in four, the new corners on the sphere."""
    pairs = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    unique, index = np.unique(pairs, axis=0, return_inverse=True)
    middle = points[unique].mean(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    ab, bc, ca = index.reshape(3, -1) + len(points)
    a, b, c = faces.T
    parts = [(a, ab, ca), (b, bc, ab), (c, ca, bc), (ab, bc, ca)]
    return np.vstack([points, middle]), np.concatenate([np.array(part).T for part in parts])
