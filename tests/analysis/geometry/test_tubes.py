from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.geometry.tubes import Line, lines_between, stroke


def distance_to_segment(voxel: np.ndarray, start: np.ndarray, end: np.ndarray) -> float:
    along = end - start
    length = float(along @ along)
    share = min(max(float((voxel - start) @ along) / length, 0.0), 1.0) if length else 0.0
    return float(np.linalg.norm(voxel - start - share * along))


@given(seed=st.integers(0, 10**6), closed=st.booleans(), count=st.integers(2, 4))
def test_tube_is_all_voxels_near_a_segment(seed: int, closed: bool, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-2, 8, (count, 3))
    radius = rng.uniform(0.3, 3)
    mask = np.zeros((5, 6, 7), np.uint8)
    stroke(mask, Line(points, closed), radius)
    path = [*points, points[0]] if closed else list(points)
    for voxel in np.ndindex(mask.shape):
        distance = min(distance_to_segment(np.array(voxel), a, b) for a, b in pairwise(path))
        if abs(distance - radius) > 1e-6:
            assert mask[voxel] == (distance < radius)


@pytest.mark.parametrize("closed", [False, True])
def test_a_single_point_paints_nothing(closed: bool) -> None:
    mask = np.zeros((5, 5, 5), np.uint8)
    stroke(mask, Line(np.array([[2.0, 2.0, 2.0]]), closed), 2.0)
    assert not mask.any()


def ring(z: float, radius: float, start: float) -> Line:
    angles = start + np.linspace(0, 2 * np.pi, 40, endpoint=False)
    return Line(
        np.column_stack([np.full(40, z), 20 + radius * np.sin(angles), 20 + radius * np.cos(angles)]), True
    )


def test_rings_keep_their_shape_whatever_point_they_begin_with() -> None:
    (middle,) = lines_between([ring(2, 8, 0.0), ring(4, 12, 2.5)])
    radii = np.hypot(*(middle.points[:, 1:] - 20).T)
    assert set(middle.points[:, 0]) == {3.0}
    np.testing.assert_allclose(radii, 10, atol=0.3)


def test_each_line_goes_on_in_its_nearest_like() -> None:
    def line(z: float, y: float) -> Line:
        return Line(np.array([[z, y, 0.0], [z, y, 9.0]]), False)

    found = list(lines_between([line(0, 0), line(0, 50), line(2, 51), line(2, 1), line(2, 200)]))
    assert sorted(float(f.points[0, 1]) for f in found) == [0.5, 50.5]
    assert list(lines_between([line(0, 0), line(1, 0)])) == []
