"""Measured shapes as lines in slices and as triangles, against what is known exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.shapes.harmonics import TERMS, farthest, harmonics, surface_radius
from cryoves_app.analysis.shapes.shape_surface import outlines_in_plane, triangulate

AXES = [(0, 2, 1), (1, 2, 0), (2, 0, 1)]
BODY = np.array([[30.0, 40.0, 50.0, 10.0]])
coefficients = st.lists(st.floats(-1, 1), min_size=TERMS, max_size=TERMS)


def term(number: int, size: float) -> np.ndarray:
    return size * np.eye(TERMS)[number][None]


@pytest.mark.parametrize("axes", AXES)
@pytest.mark.parametrize("height", [-9.0, 0.0, 6.0])
def test_a_ball_is_cut_in_circles(axes: tuple[int, int, int], height: float) -> None:
    found = outlines_in_plane(BODY, np.zeros((1, TERMS)), axes, BODY[0, axes[0]] + height)
    middle = BODY[0, [axes[1], axes[2]]]
    away = np.linalg.norm(found.points[0] - middle, axis=1)
    np.testing.assert_allclose(away, np.sqrt(100 - height**2), atol=0.01)
    assert list(found.rows) == [0]


@pytest.mark.parametrize("axes", AXES)
@given(coefficients, st.floats(-6, 6))
def test_points_of_an_outline_lie_on_the_surface(
    axes: tuple[int, int, int], terms: list[float], height: float
) -> None:
    coefficient = np.array([terms])
    found = outlines_in_plane(BODY, coefficient, axes, BODY[0, axes[0]] + height)
    place = np.full((3, found.points.shape[1]), height)
    for row in found.points:
        place[axes[1]], place[axes[2]] = (row - BODY[0, [axes[1], axes[2]]]).T
        distance = np.linalg.norm(place, axis=0)
        expected = surface_radius(BODY[:, 3], coefficient, (place / distance)[:, None, :])[0]
        np.testing.assert_allclose(distance, expected, atol=0.2)


def test_what_a_plane_does_not_reach_is_left_out() -> None:
    bodies = np.array([[0.0, 0, 0, 10], [40.0, 0, 0, 10], [12.0, 0, 0, 10]])
    found = outlines_in_plane(bodies, np.zeros((3, TERMS)), AXES[0], 5.0)
    assert list(found.rows) == [0, 2]
    assert found.points.shape[0] == 2
    none = outlines_in_plane(np.zeros((0, 4)), np.zeros((0, TERMS)), AXES[0], 5.0)
    assert none.points.shape[0] == 0


@given(coefficients)
def test_no_point_lies_beyond_the_farthest(terms: list[float]) -> None:
    made = triangulate(BODY, np.array([terms]))
    away = np.linalg.norm(made.corners - BODY[0, :3].astype(np.float32), axis=1)
    assert away.max() <= farthest(BODY, np.array([terms]))[0] + 1e-3
    assert away.min() >= 0.2 * BODY[0, 3] - 1e-3


def test_the_squares_of_all_terms_add_up_to_their_number() -> None:
    ways = np.random.default_rng(0).normal(size=(3, 50))
    squares = harmonics(*(ways / np.linalg.norm(ways, axis=0))) ** 2
    np.testing.assert_allclose(squares.sum(axis=0), TERMS, rtol=1e-5)


def test_triangles_close_each_body_and_look_outwards() -> None:
    bodies = np.array([[0.0, 0, 0, 10], [50.0, 0, 0, 5]])
    made = triangulate(bodies, np.vstack([term(4, 1.0), term(0, 0.0)]))
    per_body = len(made.triangles) // 2
    a, b, c = (made.corners[made.triangles[:, k]].astype(float) for k in range(3))
    volumes = np.einsum("ti,ti->t", a, np.cross(b, c)) / 6
    assert volumes[per_body:].sum() == pytest.approx(4 / 3 * np.pi * 125, rel=0.02)
    assert volumes[:per_body].sum() == pytest.approx(4 / 3 * np.pi * 1000 * 1.03, rel=0.02)
    edges = np.sort(made.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    assert (np.unique(edges, axis=0, return_counts=True)[1] == 2).all()
    tall = made.corners[: made.corners_each]
    assert np.ptp(tall[:, 0]) > 1.2 * np.ptp(tall[:, 2])
