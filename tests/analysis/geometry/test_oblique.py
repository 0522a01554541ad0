"""Planes in any direction: where they lie, what they show, and how they cut spheres."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from cryoves_app.analysis.geometry.oblique import (
    ObliquePlane,
    PlaneGrid,
    angles_of,
    plane_circles,
    plane_extent,
    rotation_of,
    sample_mask,
    sample_plane,
    smooth_known,
    trace_direction,
    turn_in_plane,
)
from cryoves_app.analysis.geometry.packed_mask import PackedMask

SHAPE = (12, 20, 30)
angle = st.floats(-180, 180)


def ramp() -> Any:
    """Every voxel tells where it is, and so does everything between them: the value is linear in z, y and x."""
    z, y, x = np.indices(SHAPE)
    return (100 * z + 10 * y + x).astype(np.float32)


@given(angle, angle, angle)
def test_angles_and_rotations_say_the_same(x: float, y: float, z: float) -> None:
    rotation = rotation_of((x, y, z))
    np.testing.assert_allclose(rotation_of(angles_of(rotation)), rotation, atol=1e-6)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_without_a_turn_it_is_the_slice() -> None:
    plane = ObliquePlane.turned((5.0, 0.0, 0.0), (0.0, 0.0, 0.0))
    np.testing.assert_array_equal(sample_plane(ramp(), plane, PlaneGrid(0, 0, 1.0, 30, 20)), ramp()[5])


def test_a_right_angle_about_x_gives_xz() -> None:
    plane = ObliquePlane.turned((0.0, 7.0, 0.0), (90.0, 0.0, 0.0))
    shown = sample_plane(ramp(), plane, PlaneGrid(0, 0, 1.0, 30, 12))
    np.testing.assert_allclose(shown, ramp()[:, 7], rtol=1e-5)


def test_a_turn_about_z_turns_the_picture_counter_clockwise() -> None:
    plane = ObliquePlane.turned((0.0, 0.0, 0.0), (0.0, 0.0, 90.0))
    assert plane.to_volume(1.0, 0.0) == pytest.approx((0, 1, 0))  # to the right lies what was above
    assert plane.to_volume(0.0, 1.0) == pytest.approx((0, 0, -1))


@given(angle, angle, angle)
def test_what_is_linear_in_the_volume_is_shown_exactly(x: float, y: float, z: float) -> None:
    plane = ObliquePlane.turned((5.3, 9.1, 14.7), (x, y, z))
    grid = PlaneGrid(-25.0, -25.0, 0.75, 60, 60)
    shown = sample_plane(ramp(), plane, grid).ravel()
    places = grid.points(plane)
    inside = ((places >= 0) & (places <= np.array(SHAPE)[:, None] - 1)).all(axis=0)
    np.testing.assert_allclose(shown[inside], (np.array([100, 10, 1]) @ places)[inside], rtol=1e-4, atol=1e-2)
    outside = ((places < -0.5) | (places > np.array(SHAPE)[:, None] - 0.5)).any(axis=0)
    assert np.isnan(shown[outside]).all()
    assert not np.isnan(shown[~outside]).any()


def test_a_slab_averages_parallel_planes() -> None:
    plane = ObliquePlane.turned((5.0, 9.0, 14.0), (30.0, 40.0, 0.0))
    grid = PlaneGrid(-3.0, -3.0, 1.0, 7, 7)
    noise = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    single, thick = (sample_plane(noise, plane, grid, slab) for slab in (1, 5))
    assert thick.std() < single.std()
    np.testing.assert_allclose(
        sample_plane(ramp(), plane, grid, 5), sample_plane(ramp(), plane, grid), rtol=1e-4
    )


def test_a_volume_of_one_slice_can_be_cut() -> None:
    plane = ObliquePlane.turned((0.0, 2.0, 2.0), (0.0, 0.0, 45.0))
    shown = sample_plane(np.full((1, 5, 5), 3, np.int8), plane, PlaneGrid(-1, -1, 1.0, 3, 3))
    np.testing.assert_array_equal(shown, 3)


class Counting:
    """A volume that tells which slices were read."""

    def __init__(self, data: Any) -> None:
        self.data, self.shape, self.read = data, data.shape, []

    def __getitem__(self, key: Any) -> Any:
        self.read.append(key)
        return self.data[key]


def test_only_slices_beside_the_plane_are_read_and_each_once() -> None:
    data = Counting(np.random.default_rng(0).normal(size=(60, 20, 20)))
    plane = ObliquePlane.turned((30.0, 10.0, 10.0), (0.0, 30.0, 0.0))
    sample_plane(data, plane, PlaneGrid(-3.8, -3.8, 0.4, 20, 20))  # type: ignore[arg-type]
    assert [key[0] for key in data.read] == [28, 29, 30, 31, 32]
    assert all(key[2].stop - key[2].start <= 6 for key in data.read)  # columns: the plane is steep


def test_a_slice_that_is_needed_twice_is_read_once_and_wide_enough() -> None:
    noise = np.random.default_rng(0).normal(size=SHAPE)
    plane = ObliquePlane.turned((5.0, 9.0, 14.0), (20.0, 35.0, 10.0))
    grid = PlaneGrid(-12.0, -9.0, 0.7, 30, 25)
    shown = sample_plane(noise, plane, grid).ravel()
    places = grid.points(plane)
    known = np.isfinite(shown)
    expected = map_coordinates(noise, places[:, known], order=1, mode="nearest")
    np.testing.assert_allclose(shown[known], expected, atol=1e-5)


@given(angle, angle, angle, st.floats(-6, 6))
def test_circles_lie_on_their_spheres(x: float, y: float, z: float, away: float) -> None:
    plane = ObliquePlane.turned((10.0, 20.0, 30.0), (x, y, z))
    centre = plane.to_volume(3.0, -2.0, away)
    circles = plane_circles(np.array([[*centre, 5.0]]), plane)
    if abs(away) >= 5:
        assert len(circles.rows) == 0
        return
    for turn in np.linspace(0, 2 * np.pi, 7):
        place = plane.to_volume(
            circles.right[0] + circles.radius[0] * np.cos(turn),
            circles.up[0] + circles.radius[0] * np.sin(turn),
        )
        assert np.linalg.norm(np.subtract(place, centre)) == pytest.approx(5.0, abs=1e-9)


@given(angle, angle, angle)
def test_a_point_of_the_volume_is_found_again(x: float, y: float, z: float) -> None:
    plane = ObliquePlane.turned((1.0, 2.0, 3.0), (x, y, z))
    np.testing.assert_allclose(
        plane.to_plane(np.array([plane.to_volume(4.0, 5.0, 6.0)])), [[4, 5, 6]], atol=1e-9
    )


def test_turns_are_about_the_planes_own_axes() -> None:
    before = (20.0, -30.0, 40.0)
    after = turn_in_plane(before, 10.0, 0.0)
    right = ObliquePlane.turned((0, 0, 0), before).axes[0]
    np.testing.assert_allclose(ObliquePlane.turned((0, 0, 0), after).axes[0], right, atol=1e-9)
    assert turn_in_plane(turn_in_plane(before, 0.0, 10.0), 0.0, -10.0) == pytest.approx(before)


def test_the_trace_lies_in_both_planes() -> None:
    plane = ObliquePlane.turned((5.0, 5.0, 5.0), (35.0, 20.0, 0.0))
    line = trace_direction(plane, 0)
    assert line is not None
    assert line[0] == 0
    assert plane.axes[2] @ line == pytest.approx(0)
    assert trace_direction(ObliquePlane.turned((5.0, 5.0, 5.0), (0.0, 0.0, 30.0)), 0) is None


def test_smoothing_leaves_the_outside_out() -> None:
    image = np.full((9, 9), 5.0, np.float32)
    image[:, 6:] = np.nan
    smooth = smooth_known(image, 1.5)
    np.testing.assert_allclose(smooth[:, :6], 5.0, rtol=1e-5)
    assert np.isnan(smooth[:, 6:]).all()


def test_the_extent_is_that_of_the_volumes_part() -> None:
    flat = ObliquePlane.turned((5.0, 3.0, 4.0), (0.0, 0.0, 0.0))
    assert plane_extent(flat, SHAPE) == pytest.approx((-4.5, 25.5, -3.5, 16.5))
    assert plane_extent(ObliquePlane.turned((40.0, 3.0, 4.0), (0.0, 0.0, 0.0)), SHAPE) is None


@given(angle, angle, angle)
def test_all_that_is_known_lies_in_the_extent(x: float, y: float, z: float) -> None:
    plane = ObliquePlane.turned((5.3, 9.1, 14.7), (x, y, z))
    extent = plane_extent(plane, SHAPE)
    assert extent is not None
    left, right, low, high = extent
    shown = np.isfinite(sample_plane(ramp(), plane, PlaneGrid(-40.0, -40.0, 1.0, 81, 81)))
    rows, columns = np.nonzero(shown)
    assert left - 1e-6 <= columns.min() - 40 <= left + 2
    assert right - 2 <= columns.max() - 40 <= right + 1e-6
    assert low - 1e-6 <= rows.min() - 40 <= low + 2
    assert high - 2 <= rows.max() - 40 <= high + 1e-6


def test_a_mask_is_seen_where_the_plane_cuts_it() -> None:
    z, y, x = np.indices(SHAPE)
    inside = (z + 2 * y - x) > 5
    bits = np.packbits(inside, axis=2)
    plane = ObliquePlane.turned((5.0, 9.0, 14.0), (20.0, 35.0, 10.0))
    grid = PlaneGrid(-25.0, -25.0, 1.0, 51, 51)
    shown = sample_mask(PackedMask(bits, SHAPE), plane, grid).ravel()
    places = np.round(grid.points(plane)).astype(int)
    known = ((places >= 0) & (places < np.array(SHAPE)[:, None])).all(axis=0)
    np.testing.assert_array_equal(shown[known], inside[tuple(places[:, known])])
    assert not shown[~known].any()
