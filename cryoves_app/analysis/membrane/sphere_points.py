"""The sphere that points on its surface lie on."""

from __future__ import annotations

import numpy as np

from cryoves_app.domain.arrays import Points
from cryoves_app.domain.geometry import Sphere

#: Directions in which the points spread less than this share of their widest spread tell nothing of the centre.
_FLAT = 0.05


def sphere_through(points_nm: Points) -> Sphere | None:
    """The least-squares sphere through points on its surface.

    ``|p|² = 2 p·c + (r² - |c|²)`` is linear in the centre and one more unknown. Points that lie in a plane, as those
    clicked in one slice do, leave the centre's height above it open: it is taken in the plane.

    Parameters
    ----------
    points_nm : (n, 3) array
        At least three points ``z, y, x`` in nm.

    Returns
    -------
    Sphere or None
        Its radius reaches to the points: the outer one where they lie on the outer edge. None for fewer than three
        points, or points on a line.
    """
    if len(points_nm) < 3:
        return None
    middle = points_nm.mean(axis=0)
    away = points_nm - middle
    _, spread, directions = np.linalg.svd(away, full_matrices=False)
    known = directions[spread > _FLAT * max(spread[0], 1e-9)]
    if len(known) < 2:
        return None
    flat = away @ known.T
    squared = np.einsum("ij,ij->i", flat, flat)
    solved, *_ = np.linalg.lstsq(np.column_stack([2 * flat, np.ones(len(flat))]), squared, rcond=None)
    centre = solved[:-1]
    radius = float(np.sqrt(max(solved[-1] + centre @ centre, 0.0)))
    z, y, x = (float(v) for v in middle + centre @ known)
    return Sphere(z, y, x, radius) if radius > 0 else None


def rim_distance_nm(sphere: Sphere, points_nm: Points) -> float:
    """How far points lie from a sphere's surface: root of the mean square.

    Parameters
    ----------
    sphere
        Outer radius.
    points_nm : (n, 3) array
        ``z, y, x`` in nm.
    """
    away = np.linalg.norm(points_nm - np.array(sphere.centre_nm), axis=1) - sphere.radius_nm
    return float(np.sqrt(np.mean(away**2)))
