"""Evenly spaced points on vesicles, with the membrane's normal: starts for subtomogram averaging."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.analysis.geometry.in_plane_angles import PointSurroundings, in_plane_angles
from cryoves_app.domain.arrays import Array, Chosen, Indices, Points, Values
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.in_plane import InPlane
from cryoves_app.domain.progress import Progress

#: Azimuth from point to point on a Fibonacci lattice.
_TURN = np.pi * (3 - np.sqrt(5))
#: Share of its Voronoi cell's width at which the nearest neighbour lies on such a lattice.
_SPREAD = 0.95


@dataclass(frozen=True)
class PointRules:
    """Where points lie: lengths in nm, angles in degrees.

    ``offset_nm`` counts from the outer edge of the membrane, outwards. Points nearer than ``contact_nm`` to another
    vesicle's outer edge are left out (0: none are). Points whose normal lies within the missing wedge of a tilt range
    of ± ``tilt_range_deg`` about the beam are left out (90: none are). ``in_plane`` says the angle about the normal.
    """

    spacing_nm: float = 5.0
    offset_nm: float = 0.0
    contact_nm: float = 5.0
    tilt_range_deg: float = 90.0
    in_plane: InPlane = InPlane.ZERO
    seed: int = 0


@dataclass(frozen=True)
class SurfacePoints:
    """Oriented points on vesicles.

    Attributes
    ----------
    places : (n, 3) array
        ``z, y, x`` in nm.
    normals : (n, 3) array
        Outwards, ``z, y, x``, of length 1; no unit.
    in_plane : (n,) array
        The angle about the normal, in degrees.
    owners : (n,) array
        Indices of the spheres.
    """

    places: Points
    normals: Points
    in_plane: Values
    owners: Indices

    def __len__(self) -> int:
        return len(self.owners)


@dataclass(frozen=True)
class LeftOut:
    """How many points the rules left out; ``spheres`` have none, since the offset leads beyond their centres."""

    contacts: int = 0
    wedge: int = 0
    outside: int = 0
    spheres: int = 0


def sample_surfaces(
    spheres: Sequence[Sphere],
    shape_nm: tuple[float, float, float] | None,
    rules: PointRules,
    progress: Progress,
    zone: Points | None = None,
) -> tuple[SurfacePoints, LeftOut]:
    """Points on all spheres (outer radius), and what was left out; the same for the same seed.

    Parameters
    ----------
    shape_nm
        The tomogram's ``z, y, x``; points outside are left out, none without it.
    zone : (n, 3) array
        The active zone, ``z, y, x`` in nm, for points that look to it.
    """
    places, normals, owners = [np.zeros((0, 3))], [np.zeros((0, 3))], [np.zeros(0, np.intp)]
    for number, sphere in enumerate(spheres):
        progress.report(number / len(spheres))
        radius = sphere.radius_nm + rules.offset_nm
        if radius <= 0:
            continue
        directions = fibonacci_directions(radius, rules.spacing_nm)
        places.append(np.array(sphere.centre_nm) + radius * directions)
        normals.append(directions)
        owners.append(np.full(len(directions), number, np.intp))
    at, normal, owner = np.concatenate(places), np.concatenate(normals), np.concatenate(owners)
    inside = np.ones(len(at), bool)
    if shape_nm is not None:
        inside = np.all((at >= 0) & (at <= np.array(shape_nm)), axis=1)
    touching = _near_others(at, owner, spheres, rules.contact_nm)
    unseen = np.abs(normal[:, 0]) > np.cos(np.deg2rad(90.0 - rules.tilt_range_deg))
    kept = inside & ~touching & ~unseen
    around = PointSurroundings(spheres, np.zeros((0, 3)) if zone is None else zone)
    angles = in_plane_angles(rules.in_plane, at, normal, owner, around, rules.seed)
    left_out = LeftOut(
        int((inside & touching).sum()),
        int((inside & ~touching & unseen).sum()),
        int((~inside).sum()),
        sum(sphere.radius_nm + rules.offset_nm <= 0 for sphere in spheres),
    )
    return SurfacePoints(at[kept], normal[kept], angles[kept], owner[kept]), left_out


def expected_points(spheres: Sequence[Sphere], rules: PointRules) -> int:
    """How many points there are before any is left out; counted without making them."""
    radii = [sphere.radius_nm + rules.offset_nm for sphere in spheres]
    return sum(lattice_points(radius, rules.spacing_nm) for radius in radii if radius > 0)


def lattice_points(radius_nm: float, spacing_nm: float) -> int:
    """How many points a sphere gets, at least one."""
    # on a hexagonal lattice each point has an area of √3/2 of the squared spacing
    return max(round(4 * np.pi * (_SPREAD * radius_nm / spacing_nm) ** 2 * 2 / np.sqrt(3)), 1)


def fibonacci_directions(radius_nm: float, spacing_nm: float) -> Points:
    """Directions whose points on a sphere are about ``spacing_nm`` from their nearest neighbours.

    Returns
    -------
    (n, 3) array
        ``z, y, x`` of length 1, no unit; at least one.
    """
    count = lattice_points(radius_nm, spacing_nm)
    height = 1 - (2 * np.arange(count) + 1) / count
    around = np.sqrt(1 - height**2)
    azimuth = _TURN * np.arange(count)
    return np.column_stack([height, around * np.sin(azimuth), around * np.cos(azimuth)])


def _near_others(at: Points, owner: Indices, spheres: Sequence[Sphere], contact_nm: float) -> Chosen:
    """Which points lie nearer than a distance to the outer edge of a sphere that is not their own."""
    found: Chosen = np.zeros(len(at), bool)
    if contact_nm <= 0 or not len(at):
        return found
    tree = cKDTree(at)
    for number, sphere in enumerate(spheres):
        near = np.array(tree.query_ball_point(sphere.centre_nm, sphere.radius_nm + contact_nm), np.intp)
        found[near[owner[near] != number]] = True
    return found


def zxz_angles(points: SurfacePoints) -> Array:
    """Euler angles of the rotation from a reference, whose z axis is the normal, to the tomogram.

    About the fixed axes z, x, z by φ (the angle about the normal), θ and ψ:
    ``R = Rz(ψ) Rx(θ) Rz(φ)``, so that the normal is ``(sin ψ sin θ, -cos ψ sin θ, cos θ)`` in x, y, z.

    Returns
    -------
    (n, 3) array
        φ, θ, ψ in degrees.
    """
    z, y, x = points.normals.T
    theta = np.arccos(np.clip(z, -1, 1))
    psi = np.where(np.hypot(x, y) > 1e-12, np.arctan2(x, -y), 0.0)
    return np.column_stack([points.in_plane, np.rad2deg(theta), np.rad2deg(psi)])


def relion_angles(points: SurfacePoints) -> Array:
    """RELION's rot, tilt and psi in degrees ``(n, 3)``.

    RELION's matrix takes the particle to the reference, so its transpose is the rotation that ``zxz_angles`` tells of.
    The angle about the normal is in rot.
    """
    phi, theta, psi = zxz_angles(points).T
    return np.column_stack([_turned(90 - phi), theta, _turned(-90 - psi)])


def dynamo_angles(points: SurfacePoints) -> Array:
    """Dynamo's tdrot, tilt and narot in degrees ``(n, 3)``; the angle about the normal is in narot."""
    phi, theta, psi = zxz_angles(points).T
    return np.column_stack([_turned(-psi - 180), theta, _turned(180 - phi)])


def _turned(degrees: Values) -> Values:
    """Angles from -180 up to 180 degrees, an array ``(n,)``."""
    found: Values = (degrees + 180) % 360 - 180
    return found
