"""Closed contours on slices that belong to one body, and the sphere through them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.region import Contour


@dataclass(frozen=True)
class _Ring:
    """A closed contour with its middle and mean radius, all in voxels."""

    points: NDArray[np.float64]
    z: float
    y: float
    x: float
    radius: float

    @classmethod
    def of(cls, contour: Contour) -> _Ring:
        points = np.asarray(contour.points_px, dtype=np.float64)
        z, y, x = (float(value) for value in points.mean(axis=0))
        radius = float(np.hypot(points[:, 1] - y, points[:, 2] - x).mean())
        return cls(points, z, y, x, radius)

    def offset(self, other: _Ring) -> float:
        """Distance of the two middles within the slices."""
        return math.hypot(self.y - other.y, self.x - other.x)


def bodies_from_contours(contours: Sequence[Contour]) -> list[NDArray[np.float64]]:
    """Groups closed contours that stand over each other on neighbouring drawn slices.

    A contour goes on the nearest body whose last contour lies one drawn slice below, if the middle of one
    lies within the other.

    Returns
    -------
    list of arrays ``(n, 3)``
        The points z, y, x of every body.
    """
    rings = sorted((_Ring.of(c) for c in contours if len(c.points_px) > 2), key=lambda ring: ring.z)
    reach = 1.5 * _slice_step(rings) + 0.5
    finished: list[list[_Ring]] = []
    growing: list[list[_Ring]] = []
    for ring in rings:
        finished += [body for body in growing if ring.z - body[-1].z >= reach]
        growing = [body for body in growing if ring.z - body[-1].z < reach]
        below = _body_below(ring, growing)
        if below is None:
            growing.append([ring])
        else:
            below.append(ring)
    return [np.concatenate([ring.points for ring in body]) for body in finished + growing]


def fit_sphere_to_body(points: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """The least-squares sphere through points ``(n, 3)``, as z, y, x, radius.

    Points of a single slice give the circle there. Solves |p|² = 2 p·c + (r² − |c|²), which is linear.
    """
    middle = points.mean(axis=0)
    centred = points - middle
    system = np.column_stack([2 * centred, np.ones(len(points))])
    solution, *_ = np.linalg.lstsq(system, (centred**2).sum(axis=1), rcond=None)
    centre = solution[:3]
    radius = float(np.sqrt(max(solution[3] + centre @ centre, 0.0)))
    z, y, x = (float(value) for value in centre + middle)
    return z, y, x, radius


def _slice_step(rings: Sequence[_Ring]) -> float:
    heights = np.unique(np.round([ring.z for ring in rings]))
    return float(np.median(np.diff(heights))) if len(heights) > 1 else 1.0


def _body_below(ring: _Ring, growing: Sequence[list[_Ring]]) -> list[_Ring] | None:
    def lies_over(body: list[_Ring]) -> bool:
        top = body[-1]
        return ring.z - top.z > 0.5 and ring.offset(top) < max(ring.radius, top.radius)

    return min(filter(lies_over, growing), key=lambda body: ring.offset(body[-1]), default=None)
