from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.membrane.sphere_points import rim_distance_nm, sphere_through
from cryoves_app.domain.geometry import Sphere

TRUE = Sphere(40.0, 55.0, 70.0, 21.0)


def on_surface(rng: np.random.Generator, count: int) -> np.ndarray:
    ways = rng.standard_normal((count, 3))
    return np.array(TRUE.centre_nm) + TRUE.radius_nm * ways / np.linalg.norm(ways, axis=1, keepdims=True)


@pytest.mark.parametrize("count", [4, 6, 20])
def test_points_all_around_give_the_sphere(count: int) -> None:
    points = on_surface(np.random.default_rng(count), count)
    found = sphere_through(points)
    assert found is not None
    assert found.distance_nm(TRUE) < 1e-6
    assert found.radius_nm == pytest.approx(TRUE.radius_nm)
    assert rim_distance_nm(found, points) < 1e-6


def test_points_of_one_slice_give_its_circle() -> None:
    angles = np.array([0.3, 2.0, 4.1, 5.5])
    points = np.column_stack([np.full(4, 40.0), 55 + 21 * np.sin(angles), 70 + 21 * np.cos(angles)])
    points[:, 0] += [0.01, -0.01, 0.01, -0.01]
    found = sphere_through(points)
    assert found is not None
    assert found.distance_nm(TRUE) < 0.1
    assert found.radius_nm == pytest.approx(21.0, abs=0.1)


def test_clicks_that_are_off_average_out() -> None:
    rng = np.random.default_rng(3)
    points = on_surface(rng, 12) + rng.normal(0, 0.8, (12, 3))
    found = sphere_through(points)
    assert found is not None
    assert found.distance_nm(TRUE) < 1.0


@pytest.mark.parametrize(
    "points", [[], [[0, 0, 0], [1, 1, 1]], [[0, 0, 0], [1, 1, 1], [2, 2, 2]], [[3, 3, 3]] * 3]
)
def test_too_few_points_and_points_on_a_line_give_none(points: list[list[float]]) -> None:
    assert sphere_through(np.array(points, dtype=float).reshape(-1, 3)) is None
