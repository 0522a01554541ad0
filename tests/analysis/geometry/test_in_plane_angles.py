"""The angle about the normal by what points look to, against scipy's rotations."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from cryoves_app.analysis.geometry.in_plane_angles import turn_towards
from cryoves_app.analysis.geometry.surface_points import (
    PointRules,
    SurfacePoints,
    sample_surfaces,
    zxz_angles,
)
from cryoves_app.domain.arrays import Points
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.in_plane import InPlane
from cryoves_app.domain.progress import Progress

ROOM = (400.0, 400.0, 400.0)
vectors = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


def axes(points: SurfacePoints) -> Points:
    """Where the reference's x axis comes to lie, as z, y, x."""
    turned: Points = Rotation.from_euler("zxz", zxz_angles(points), degrees=True).apply([1, 0, 0])[:, ::-1]
    return turned


def across(normals: Points, directions: Points) -> Points:
    """The part of directions across the normals, of length 1."""
    part = directions - (directions * normals).sum(axis=1)[:, None] * normals
    found: Points = part / np.linalg.norm(part, axis=1)[:, None]
    return found


@given(vectors, vectors, st.floats(0.01, 1000))
def test_the_x_axis_turns_to_a_direction(
    normal: tuple[float, float, float], direction: tuple[float, float, float], length: float
) -> None:
    up, aim = np.array([normal]) / np.linalg.norm(normal), length * np.array([direction])
    angle = turn_towards(up, aim)
    assert 0 <= angle[0] < 360 or angle[0] == pytest.approx(360)
    part = np.linalg.norm(np.cross(up, aim)) / np.linalg.norm(aim)
    if part > 1e-3:
        points = SurfacePoints(up, up, angle, np.zeros(1, np.intp))
        assert axes(points) == pytest.approx(across(up, aim), abs=1e-5)


@pytest.mark.parametrize("normal", [(1.0, 0.0, 0.0), (-1.0, 0.0, 0.0), (0.0, 0.6, 0.8)])
def test_a_direction_along_the_normal_tells_nothing(normal: tuple[float, float, float]) -> None:
    up = np.array([normal])
    assert list(turn_towards(np.repeat(up, 3, axis=0), np.vstack([up, -5 * up, 0 * up]))) == [0, 0, 0]


@pytest.mark.parametrize(
    ("rule", "aim"), [(InPlane.BEAM, (1.0, 0.0, 0.0)), (InPlane.TILT_AXIS, (0.0, 1.0, 0.0))]
)
def test_the_axes_of_the_microscope(rule: InPlane, aim: tuple[float, float, float]) -> None:
    found, _ = sample_surfaces(
        [Sphere(200.0, 200.0, 200.0, 20.0)], ROOM, PointRules(in_plane=rule), Progress()
    )
    beside = np.abs(found.normals @ np.array(aim)) < 0.99
    assert beside.sum() > 50
    aims = np.broadcast_to(aim, found.normals.shape)
    assert axes(found)[beside] == pytest.approx(across(found.normals, aims)[beside], abs=1e-6)


def test_the_nearest_vesicle_is_that_with_the_nearest_edge() -> None:
    large = Sphere(200.0, 200.0, 300.0, 70.0)  # its centre is the farther one
    spheres = [Sphere(200.0, 200.0, 200.0, 20.0), large, Sphere(200.0, 130.0, 200.0, 15.0)]
    rules = PointRules(in_plane=InPlane.NEIGHBOUR, contact_nm=0)
    found, _ = sample_surfaces(spheres, None, rules, Progress())
    own = found.owners == 0
    aims = np.array(large.centre_nm) - found.places[own]
    away = np.linalg.norm(np.cross(found.normals[own], aims), axis=1) > 1
    assert axes(found)[own][away] == pytest.approx(across(found.normals[own], aims)[away], abs=1e-6)


def test_the_nearest_place_of_the_active_zone() -> None:
    zone = np.array([[200.0, 100.0, 200.0], [200.0, 100.0, 230.0], [0.0, 0.0, 0.0]])
    rules = PointRules(in_plane=InPlane.ACTIVE_ZONE)
    found, _ = sample_surfaces([Sphere(200.0, 200.0, 200.0, 20.0)], ROOM, rules, Progress(), zone)
    nearest = zone[np.argmin([np.linalg.norm(found.places - place, axis=1) for place in zone], axis=0)]
    assert len(np.unique(nearest, axis=0)) == 2
    aims = nearest - found.places
    away = np.linalg.norm(np.cross(found.normals, aims), axis=1) > 1
    assert axes(found)[away] == pytest.approx(across(found.normals, aims)[away], abs=1e-6)
