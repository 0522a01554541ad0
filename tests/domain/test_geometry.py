"""Spheres and what two of them share."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.geometry import Sphere, intersection_over_union, intersection_volume_nm3

COORDINATE = st.floats(-100, 100)
SPHERES = st.builds(Sphere, COORDINATE, COORDINATE, COORDINATE, st.floats(1, 80))


@given(SPHERES, SPHERES)
def test_overlap_is_symmetric_and_between_nothing_and_all(a: Sphere, b: Sphere) -> None:
    shared = intersection_volume_nm3(a, b)
    assert shared == pytest.approx(intersection_volume_nm3(b, a), rel=1e-9, abs=1e-6)
    assert -1e-6 <= shared <= min(a.volume_nm3, b.volume_nm3) * (1 + 1e-9)
    assert 0 <= intersection_over_union(a, b) + 1e-12 <= 1 + 1e-9
    assert (shared > 0) <= (a.gap_nm(b) < 1e-9)


@given(SPHERES)
def test_a_sphere_overlaps_itself_fully(sphere: Sphere) -> None:
    assert intersection_over_union(sphere, sphere) == pytest.approx(1)


@given(SPHERES, st.floats(0.3, 10))
def test_voxels_and_back(sphere: Sphere, voxel: float) -> None:
    back = Sphere.from_px(*sphere.to_px(voxel), voxel)
    assert back.distance_nm(sphere) < 1e-9
    assert back.radius_nm == pytest.approx(sphere.radius_nm)


def test_the_lens_of_two_balls_counted_in_voxels() -> None:
    a, b = Sphere(0, 0, 0, 20), Sphere(0, 6, 17, 14)
    z, y, x = np.mgrid[-25:26:0.5, -25:26:0.5, -25:36:0.5]
    inside = (z**2 + y**2 + x**2 <= 400) & (z**2 + (y - 6) ** 2 + (x - 17) ** 2 <= 196)
    assert intersection_volume_nm3(a, b) == pytest.approx(inside.sum() / 8, rel=0.01)


def test_half_overlap_of_equal_volumes() -> None:
    assert Sphere(0, 0, 0, 1).volume_nm3 == pytest.approx(4 / 3 * math.pi)
    assert Sphere(0, 0, 0, 10).gap_nm(Sphere(0, 30, 40, 15)) == pytest.approx(25)
