"""Spheres painted into label volumes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.geometry.painting import MOST_LABELS, paint_spheres
from cryoves_app.analysis.shapes.harmonics import TERMS
from cryoves_app.domain.errors import CryoVesError

SHAPE = (14, 16, 18)
#: Quarters of a voxel: no distances that only rounding could tell apart.
NUMBERS = [
    st.integers(low * 4, high * 4).map(lambda n: n / 4)
    for low, high in ((-3, 17), (-3, 19), (-3, 21), (0, 8))
]
BALLS = st.lists(st.tuples(*NUMBERS), max_size=6)


def by_hand(spheres: list[tuple[float, ...]]) -> np.ndarray:
    """Signed distance of every voxel to every surface; the nearest wins, the earlier one of equals."""
    z, y, x = np.ogrid[tuple(slice(n) for n in SHAPE)]
    depth = np.array([np.sqrt((z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2) - r for a, b, c, r in spheres])
    return np.where(depth.min(axis=0) <= 0, depth.argmin(axis=0) + 1, 0)


@given(BALLS)
def test_a_voxel_belongs_to_the_nearest_surface(spheres: list[tuple[float, ...]]) -> None:
    painted = paint_spheres(np.array(spheres).reshape(-1, 4), SHAPE)
    expected = by_hand(spheres) if spheres else np.zeros(SHAPE)
    assert painted.dtype == np.uint16
    np.testing.assert_array_equal(painted, expected)


@given(st.permutations(range(5)))
def test_the_order_of_painting_does_not_matter(order: list[int]) -> None:
    spheres = np.random.default_rng(1).uniform([0, 0, 0, 3], [13, 15, 17, 6], (5, 4))
    numbers = np.arange(10, 15)
    first = paint_spheres(spheres, SHAPE, numbers)
    np.testing.assert_array_equal(paint_spheres(spheres[order], SHAPE, numbers[order]), first)


def test_touching_spheres_keep_all_their_voxels() -> None:
    alone = paint_spheres(np.array([[7.0, 8.0, 4.0, 4.0]]), SHAPE)
    both = paint_spheres(np.array([[7.0, 8.0, 4.0, 4.0], [7.0, 8.0, 12.3, 4.0]]), SHAPE, np.array([41, 7]))
    assert (both == 41).sum() == (alone == 1).sum()
    assert set(np.unique(both)) == {0, 7, 41}


def test_a_point_of_two_equal_spheres_goes_to_the_side_that_it_lies_on() -> None:
    painted = paint_spheres(np.array([[7.0, 8.0, 6.0, 5.0], [7.0, 8.0, 11.0, 5.0]]), SHAPE)
    assert (painted[7, 8, 1:9] == 1).all()
    assert (painted[7, 8, 9:17] == 2).all()


def test_more_spheres_than_labels_are_refused() -> None:
    with pytest.raises(CryoVesError, match="more than a label file can hold"):
        paint_spheres(np.zeros((MOST_LABELS + 1, 4)), SHAPE)
    assert paint_spheres(np.array([[4.0, 4, 4, 2]]), SHAPE, np.array([65_535]))[4, 4, 4] == 65_535
    with pytest.raises(CryoVesError, match="The label 65536 is more"):
        paint_spheres(np.array([[4.0, 4, 4, 2]]), SHAPE, np.array([65_536]))


def test_shapes_are_painted_voxel_by_voxel_and_balls_without_terms() -> None:
    terms = np.zeros((1, TERMS))
    ball = np.array([[7.0, 8.0, 9.0, 5.0]])
    np.testing.assert_array_equal(paint_spheres(ball, SHAPE, terms_px=terms), paint_spheres(ball, SHAPE))
    terms[0, 3] = 0.6  # drawn out along x, pressed in along y
    painted = paint_spheres(ball, SHAPE, np.array([12]), terms)
    z, y, x = np.indices(SHAPE)
    away = np.array([z - 7.0, y - 8.0, x - 9.0])
    distance = np.maximum(np.linalg.norm(away, axis=0), 1e-9)
    ny, nx = away[1] / distance, away[2] / distance
    expected = distance <= 5.0 + 0.6 * np.sqrt(15) / 2 * (nx**2 - ny**2)
    np.testing.assert_array_equal(painted, 12 * expected)
    assert np.ptp(np.flatnonzero(painted.any(axis=(0, 1)))) > np.ptp(np.flatnonzero(painted.any(axis=(0, 2))))
