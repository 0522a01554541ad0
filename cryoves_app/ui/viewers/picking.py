"""Which sphere a line of sight meets first."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def first_sphere_hit(
    near: NDArray[np.float64],
    far: NDArray[np.float64],
    centres: NDArray[np.float64],
    radii: NDArray[np.float64],
) -> int | None:
    """The row of the sphere that the line from ``near`` to ``far`` meets first.

    Parameters
    ----------
    near, far
        Two points ``(3,)`` of the line of sight, the first on the viewer's side.
    centres, radii
        Spheres ``(N, 3)`` and ``(N,)`` in the same coordinates.
    """
    direction = far - near
    length = np.linalg.norm(direction)
    if length == 0 or not len(radii):
        return None
    direction = direction / length
    to_centre = centres - near
    along = to_centre @ direction
    off_squared = np.einsum("ij,ij->i", to_centre, to_centre) - along**2
    inside = radii**2 - off_squared
    entry = along - np.sqrt(np.maximum(inside, 0))
    hit = inside >= 0
    return int(np.argmin(np.where(hit, entry, np.inf))) if hit.any() else None


def in_polygon(points: NDArray[np.float64], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which points ``(N, 2)`` lie inside a closed polygon ``(M, 2)`` (even-odd rule)."""
    x, y = points[:, 0:1], points[:, 1:2]
    x0, y0 = polygon[:, 0], polygon[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    crosses = (y0 > y) != (y1 > y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    left = x < (x1 - x0) * (y - y0) / rise + x0
    return (np.count_nonzero(crosses & left, axis=1) % 2).astype(bool)


def nearest_point(points: NDArray[np.float64], at: NDArray[np.float64]) -> tuple[int, float]:
    """The row of the point nearest to a place, and its distance; ``points`` is ``(n, 2)``."""
    distances = np.linalg.norm(points - at, axis=1)
    row = int(distances.argmin())
    return row, float(distances[row])


def nearest_edge(points: NDArray[np.float64], at: NDArray[np.float64], *, closed: bool) -> tuple[int, float]:
    """The row of the point at which the nearest edge of a line begins, and the distance to that edge."""
    starts = points if closed else points[:-1]
    ends = np.roll(points, -1, axis=0) if closed else points[1:]
    if not len(starts):
        return 0, float("inf")
    along = ends - starts
    length_sq = np.maximum((along**2).sum(axis=1), 1e-12)
    share = np.clip(((at - starts) * along).sum(axis=1) / length_sq, 0.0, 1.0)
    distances = np.linalg.norm(starts + share[:, None] * along - at, axis=1)
    row = int(distances.argmin())
    return row, float(distances[row])
