"""Filled polygons are scikit-image's, pixel for pixel."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage.draw import polygon2mask

from cryoves_app.analysis.geometry.polygons import fill_polygon

SHAPE = (13, 17)
#: Corners on pixel centres, on pixel borders, and anywhere.
COORDINATES = st.one_of(
    st.integers(-3, 20).map(float),
    st.integers(-6, 40).map(lambda n: n / 2),
    st.floats(-4, 21, allow_subnormal=False),
)


@given(st.lists(st.tuples(COORDINATES, COORDINATES), min_size=3, max_size=9))
def test_any_polygon_is_filled_as_by_the_library(corners: list[tuple[float, float]]) -> None:
    ring = np.array(corners)
    np.testing.assert_array_equal(fill_polygon(SHAPE, ring), polygon2mask(SHAPE, ring))


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 16)), min_size=3, max_size=12))
def test_borders_through_pixel_centres_belong_to_it(corners: list[tuple[int, int]]) -> None:
    ring = np.array(corners, float)
    np.testing.assert_array_equal(fill_polygon(SHAPE, ring), polygon2mask(SHAPE, ring))


@pytest.mark.parametrize("shift", [(-50, 0), (0, 50), (50, 50)])
def test_a_polygon_outside_the_plane_fills_nothing(shift: tuple[float, float]) -> None:
    ring = np.array([[2.0, 2.0], [2.0, 8.0], [8.0, 5.0]]) + shift
    assert not fill_polygon(SHAPE, ring).any()


def test_a_polygon_around_the_plane_fills_it() -> None:
    assert fill_polygon(SHAPE, np.array([[-9.0, -9.0], [-9.0, 40.0], [40.0, 40.0], [40.0, -9.0]])).all()


def test_rings_that_reach_far_beyond_the_plane_are_cut_off() -> None:
    for far in (1e3, 1e6, 1e12):
        ring = np.array([(2.0, 3.0), (2.0, far), (far, far), (far, 3.0)])
        plane = fill_polygon((6, 8), ring)
        assert plane[2:, 3:].all()
        assert not plane[:2].any()
        assert not plane[:, :3].any()
