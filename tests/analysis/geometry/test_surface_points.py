"""Oriented points on spheres: spacing, normals, what is left out, and angles against scipy's rotations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from cryoves_app.analysis.geometry.surface_points import (
    PointRules,
    SurfacePoints,
    dynamo_angles,
    expected_points,
    fibonacci_directions,
    relion_angles,
    sample_surfaces,
    zxz_angles,
)
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.in_plane import InPlane
from cryoves_app.domain.progress import Progress

ROOM = (400.0, 400.0, 400.0)


def sample(*spheres: Sphere, **rules: object) -> SurfacePoints:
    return sample_surfaces(spheres, ROOM, PointRules(**rules), Progress())[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(("radius", "spacing"), [(20, 5), (20, 2), (60, 5), (12, 4)])
def test_neighbours_are_as_far_as_was_asked_for(radius: float, spacing: float) -> None:
    points = radius * fibonacci_directions(radius, spacing)
    nearest = cKDTree(points).query(points, k=2)[0][:, 1]
    assert np.median(nearest) == pytest.approx(spacing, rel=0.12)
    assert nearest.min() > 0.75 * spacing


@pytest.mark.parametrize("offset", [0.0, 6.0, -6.0])
def test_points_lie_at_their_offset_with_the_normal_outwards(offset: float) -> None:
    ball = Sphere(100.0, 120.0, 140.0, 20.0)
    points = sample(ball, offset_nm=offset)
    away = points.places - np.array(ball.centre_nm)
    assert np.linalg.norm(away, axis=1) == pytest.approx(20 + offset)
    assert points.normals == pytest.approx(away / (20 + offset))


def test_points_beside_another_vesicle_in_the_wedge_and_outside_are_left_out_and_counted() -> None:
    pair = (Sphere(200.0, 200.0, 180.0, 20.0), Sphere(200.0, 200.0, 221.0, 20.0))
    points, left_out = sample_surfaces(pair, ROOM, PointRules(contact_nm=4.0), Progress())
    assert left_out.contacts > 0
    for number, sphere in enumerate(pair):
        others = points.places[points.owners != number]
        assert np.linalg.norm(others - np.array(sphere.centre_nm), axis=1).min() > 24.0
    assert len(points) + left_out.contacts == len(sample(*pair, contact_nm=0.0))
    cut, left_out = sample_surfaces(pair[:1], ROOM, PointRules(tilt_range_deg=60.0), Progress())
    assert np.abs(cut.normals[:, 0]).max() <= np.cos(np.deg2rad(30))
    whole = sample(pair[0])
    assert (
        left_out.wedge
        == len(whole) - len(cut)
        == np.sum(np.abs(whole.normals[:, 0]) > np.cos(np.deg2rad(30)))
    )
    half, left_out = sample_surfaces([Sphere(0.0, 200.0, 200.0, 20.0)], ROOM, PointRules(), Progress())
    assert (half.places[:, 0] >= 0).all()
    assert left_out.outside == pytest.approx(len(half), abs=2)


def test_random_angles_come_from_the_seed() -> None:
    ball = Sphere(200.0, 200.0, 200.0, 20.0)
    assert (sample(ball).in_plane == 0).all()
    first, again, other = (sample(ball, in_plane=InPlane.RANDOM, seed=s).in_plane for s in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert first.min() >= 0
    assert first.max() < 360


directions = st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.1)


@given(st.lists(st.tuples(directions, st.floats(0, 360)), min_size=1, max_size=5))
def test_all_conventions_tell_of_one_rotation_that_turns_z_into_the_normal(
    drawn: list[tuple[tuple[float, float, float], float]],
) -> None:
    normals = np.array([np.array(v) / np.linalg.norm(v) for v, _ in drawn])
    points = SurfacePoints(normals, normals, np.array([a for _, a in drawn]), np.arange(len(drawn)))
    turned = Rotation.from_euler("zxz", zxz_angles(points), degrees=True)
    assert turned.apply([0, 0, 1])[:, ::-1] == pytest.approx(normals, abs=1e-6)
    # both programs' matrices take the particle to the reference
    of_relion = Rotation.from_euler("ZYZ", relion_angles(points), degrees=True).inv()
    of_dynamo = Rotation.from_euler("zxz", dynamo_angles(points), degrees=True).inv()
    for other in (of_relion, of_dynamo):
        assert (turned.inv() * other).magnitude() == pytest.approx(0, abs=1e-6)


def test_a_pair_of_angles_that_both_programs_reconstruct_alike() -> None:
    """RELION's (137.7, 1.1777, 42.727) and Dynamo's (-47.273, 1.1777, -132.3), as their users published them."""
    one = Rotation.from_euler("ZYZ", [137.7000, 1.1777, 42.7270], degrees=True)
    other = Rotation.from_euler("zxz", [-47.2730, 1.1777, -132.3000], degrees=True)
    assert (one.inv() * other).magnitude() == pytest.approx(0, abs=1e-4)
    normal = one.inv().apply([0, 0, 1])[::-1]
    phi = -132.3 - 180
    points = SurfacePoints(normal[None], normal[None], np.array([-phi]), np.zeros(1, np.intp))
    assert relion_angles(points)[0] == pytest.approx([137.7, 1.1777, 42.727], abs=1e-3)
    assert dynamo_angles(points)[0] == pytest.approx([-47.273, 1.1777, -132.3], abs=1e-3)


@pytest.mark.parametrize("rules", [PointRules(), PointRules(2.0, -3.0), PointRules(1.5, 10.0)])
def test_points_are_counted_without_making_them(rules: PointRules) -> None:
    balls = [Sphere(100.0, 100.0, 100.0, 20.0), Sphere(200.0, 250.0, 300.0, 31.0)]
    made, _ = sample_surfaces(balls, None, replace(rules, contact_nm=0.0), Progress())
    assert expected_points(balls, rules) == len(made)


def test_spheres_that_an_offset_turns_inside_out_have_no_points_and_are_counted() -> None:
    balls = [Sphere(100.0, 100.0, 100.0, 20.0), Sphere(200.0, 250.0, 300.0, 31.0)]
    made, left_out = sample_surfaces(balls, ROOM, PointRules(offset_nm=-25.0), Progress())
    assert (left_out.spheres, set(made.owners.tolist())) == (1, {1})
    assert expected_points(balls, PointRules(offset_nm=-25.0)) == len(made)
