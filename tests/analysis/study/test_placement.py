"""Random placement: where centres may lie, what chance gives, and what it is compared with."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from cryoves_app.analysis.study.placement import Room, compare_neighbours, place_at_random, rank_p_value
from cryoves_app.domain.errors import Cancelled
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import CancelToken, Progress


def ball_room(voxel_nm: float = 4.0) -> Room:
    """A ball of cytoplasm with an active zone through its middle."""
    z, y, x = np.indices((40, 60, 60))
    inside = ((z - 20) ** 2 + (y - 30) ** 2 + (x - 30) ** 2 < 18**2).astype(np.uint8)
    return Room(inside.shape, voxel_nm, inside, (np.abs(x - 30) < 2).astype(np.uint8))


def spheres_of(centres: np.ndarray, radii: np.ndarray) -> list[Sphere]:
    return [Sphere(*map(float, c), float(r)) for c, r in zip(centres, radii, strict=True)]


def test_placed_spheres_lie_inside_and_apart() -> None:
    room, radii = ball_room(), np.linspace(8.0, 20.0, 30)
    assert room.inside is not None
    assert room.zone is not None
    centres = place_at_random(radii, room, np.random.default_rng(1))
    assert centres is not None
    index = tuple(np.rint(centres / room.voxel_size_nm).astype(int).T)
    assert (room.inside[index] == 1).all()
    assert (room.zone[index] == 0).all()
    gaps = cdist(centres, centres) - radii[:, None] - radii
    assert gaps[~np.eye(len(radii), dtype=bool)].min() >= -1e-9


def test_draws_are_even_over_the_room() -> None:
    """Halves of a box by each axis get as many places as chance gives."""
    room = Room((10, 20, 30), 2.0)
    places = room.draw(40_000, np.random.default_rng(2)) / 2.0
    assert len(places) == 40_000
    for axis, length in enumerate(room.shape):
        share = np.mean(places[:, axis] < (length - 1) / 2)
        assert abs(share - 0.5) < 4 * 0.5 / math.sqrt(40_000)
        assert places[:, axis].min() >= -0.5
        assert places[:, axis].max() <= length - 0.5


def test_a_full_room_is_said_so() -> None:
    room = Room((10, 10, 10), 4.0)
    assert place_at_random(np.full(9, 20.0), room, np.random.default_rng(0)) is None
    nowhere = Room((10, 10, 10), 4.0, np.zeros((10, 10, 10), np.uint8))
    assert place_at_random(np.array([1.0]), nowhere, np.random.default_rng(0)) is None
    crowd = spheres_of(np.zeros((9, 3)), np.full(9, 20.0))
    assert compare_neighbours(crowd, room, 9, 0) is None
    assert compare_neighbours(crowd[:1], room, 9, 0) is None


def test_points_in_a_large_box_have_the_neighbours_of_a_poisson_process() -> None:
    """Hertz (1909): the mean distance is Γ(4/3) / (4π/3 · density)^⅓; the border makes it a little larger."""
    room = Room((100, 100, 100), 10.0)
    places = room.draw(600, np.random.default_rng(8))
    found = compare_neighbours(spheres_of(places, np.full(600, 1e-6)), room, 19, 4)
    assert found is not None
    expected = math.gamma(4 / 3) / (4 * math.pi / 3 * 600 / 1000.0**3) ** (1 / 3)
    assert found.random_nm == pytest.approx(expected, rel=0.06)
    assert found.random_nm > expected
    assert found.low_nm < found.random_nm < found.high_nm
    curve = found.curve
    assert (np.diff(curve.measured) >= 0).all()
    assert (curve.low <= curve.middle).all()
    assert (curve.middle <= curve.high).all()
    assert curve.measured[-1] == 1.0


def test_what_chance_placed_is_seldom_found_to_be_unusual() -> None:
    """A test at 10 % is wrong in a tenth of 80 cases: of a binomial with 8 ± 2.7."""
    room, radii = Room((40, 40, 40), 5.0), np.linspace(5.0, 15.0, 12)
    p_values = []
    for seed in range(80):
        centres = place_at_random(radii, room, np.random.default_rng(1000 + seed))
        assert centres is not None
        found = compare_neighbours(spheres_of(centres, radii), room, 19, seed)
        assert found is not None
        p_values.append(found.p_value)
    assert 1 <= sum(p <= 0.1 for p in p_values) <= 16


def test_a_lattice_keeps_apart_and_a_cluster_stands_together() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(4)] * 3), axis=-1).reshape(-1, 3)
    room, radii = Room((60, 60, 60), 5.0), np.full(64, 15.0)
    lattice = compare_neighbours(spheres_of(grid * 75.0 + 20, radii), room, 99, 5)
    cluster = compare_neighbours(spheres_of(grid * 31.0 + 60, radii), room, 99, 5)
    assert lattice is not None
    assert cluster is not None
    assert lattice.measured_nm == pytest.approx(75)
    assert lattice.ratio > 1
    assert cluster.ratio < 1
    assert lattice.p_value == cluster.p_value == pytest.approx(0.02)


def test_the_same_seed_gives_the_same() -> None:
    room = Room((40, 40, 40), 5.0)
    spheres = spheres_of(room.draw(20, np.random.default_rng(0)), np.full(20, 5.0))
    one, two, other = (compare_neighbours(spheres, room, 5, seed) for seed in (1, 1, 2))
    assert one == two
    assert one != other


@pytest.mark.parametrize(("measured", "p"), [(0.5, 0.2), (5.0, 1.0), (9.5, 0.2)])
def test_rank_p_values_are_two_sided(measured: float, p: float) -> None:
    assert rank_p_value(measured, np.arange(1.0, 10.0)) == pytest.approx(p)


def test_it_can_be_cancelled() -> None:
    token = CancelToken()
    token.cancel()
    room = Room((40, 40, 40), 5.0)
    with pytest.raises(Cancelled):
        compare_neighbours([Sphere(1, 1, 1, 1)] * 2, room, 5, 1, Progress(token=token))
