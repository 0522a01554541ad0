"""Angles about the normals of oriented points, by what the reference's x axis is to look to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cryoves_app.domain.arrays import Indices, Points, Values
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.in_plane import InPlane

#: Where less of a direction than this lies across the normal, it tells nothing.
_LEAST_ACROSS = 1e-6


@dataclass(frozen=True)
class PointSurroundings:
    """What points may look to.

    Attributes
    ----------
    spheres : sequence of Sphere
        The vesicles, outer radius in nm.
    zone : (n, 3) array
        The active zone, ``z, y, x`` in nm; empty without one.
    """

    spheres: Sequence[Sphere]
    zone: Points


def in_plane_angles(
    rule: InPlane, places: Points, normals: Points, owners: Indices, around: PointSurroundings, seed: int
) -> Values:
    """The angle φ of each point, with which the reference's x axis looks as the rule says, as far as it can.

    Parameters
    ----------
    places, normals : (n, 3) array
        ``z, y, x`` in nm, and of length 1 without a unit.
    owners : (n,) array
        Indices of the spheres, no unit.

    Returns
    -------
    (n,) array
        From 0 to 360 degrees; 0 where what it looks to lies along the normal.
    """
    if rule is InPlane.ZERO or not len(places):
        return np.zeros(len(places))
    if rule is InPlane.RANDOM:
        return np.random.default_rng(seed).uniform(0, 360, len(places))
    return turn_towards(normals, _DIRECTIONS[rule](places, owners, around))


def turn_towards(normals: Points, directions: Points) -> Values:
    """The angles about normals that bring the reference's x axis nearest to some directions.

    Parameters
    ----------
    normals, directions : (n, 3) array
        ``z, y, x``, no unit; directions of any length.

    Returns
    -------
    (n,) array
        From 0 to 360 degrees; 0 where a direction is along the normal.
    """
    z, y, x = normals.T
    psi = np.where(np.hypot(x, y) > 1e-12, np.arctan2(x, -y), 0.0)
    nothing = np.zeros(len(z))
    # where the x and y axes of the reference come to lie with an angle of 0
    first = np.column_stack([nothing, np.sin(psi), np.cos(psi)])
    sine = np.sqrt(np.clip(1 - z**2, 0, None))
    second = np.column_stack([sine, np.cos(psi) * z, -np.sin(psi) * z])
    lengths = np.linalg.norm(directions, axis=1)
    along, across = ((directions * axis).sum(axis=1) for axis in (first, second))
    tells = np.hypot(along, across) > _LEAST_ACROSS * np.maximum(lengths, _LEAST_ACROSS)
    return np.where(tells, np.rad2deg(np.arctan2(across, along)) % 360, 0.0)


def _beam(places: Points, _owners: Indices, _around: PointSurroundings) -> Points:
    return np.broadcast_to([1.0, 0.0, 0.0], places.shape)


def _tilt_axis(places: Points, _owners: Indices, _around: PointSurroundings) -> Points:
    return np.broadcast_to([0.0, 1.0, 0.0], places.shape)


def _active_zone(places: Points, _owners: Indices, around: PointSurroundings) -> Points:
    _, nearest = cKDTree(around.zone).query(places)
    found: Points = around.zone[nearest] - places
    return found


def _neighbour(places: Points, owners: Indices, around: PointSurroundings) -> Points:
    """To the centre of the vesicle that is nearest to the point's own, from edge to edge."""
    centres = np.array([sphere.centre_nm for sphere in around.spheres])
    radii = np.array([sphere.radius_nm for sphere in around.spheres])
    nearest = np.zeros(len(centres), np.intp)
    for number in np.unique(owners):
        gaps = np.linalg.norm(centres - centres[number], axis=1) - radii
        gaps[number] = np.inf
        nearest[number] = np.argmin(gaps)
    found: Points = centres[nearest[owners]] - places
    return found


_DIRECTIONS: Mapping[InPlane, Callable[[Points, Indices, PointSurroundings], Points]] = {
    InPlane.BEAM: _beam,
    InPlane.TILT_AXIS: _tilt_axis,
    InPlane.ACTIVE_ZONE: _active_zone,
    InPlane.NEIGHBOUR: _neighbour,
}
