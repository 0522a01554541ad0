"""Terminals of any outline among other cells and on empty ground."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.analysis.simulate.cell_shapes import draw_cells
from cryoves_app.analysis.simulate.cells import HalfSpace, Neighbour, Neighbourhood, Outline, Waves
from cryoves_app.analysis.simulate.compartments import OTHER_MEMBRANE, OWN_MEMBRANE, Compartment
from cryoves_app.analysis.simulate.outlined import outlined_spec
from cryoves_app.analysis.simulate.tomogram import SimulatedTomogram
from cryoves_app.domain.progress import Progress
from cryoves_app.workflow.quality.simulation import SimulationRequest, simulate

SMOOTH = Waves(np.zeros(1), np.zeros((1, 3)), np.zeros(1))
EXTENT = np.array([240.0, 800, 800])
MIDDLE = np.array([100.0, 100, 100])
BALL = Outline((Ellipsoid.ball(MIDDLE, 50),), SMOOTH)
EVERYWHERE = Outline((Ellipsoid.ball(MIDDLE, 1e4),), SMOOTH)
POINTS = np.random.default_rng(1).uniform(0, EXTENT, (3000, 3)).T


@cache
def outlined(seed: int) -> SimulatedTomogram:
    request = SimulationRequest("training-outlines", seed, (36, 80, 80), 4.5, masks=True)
    return simulate(request, Progress())


def test_a_neighbour_fills_its_outline_up_to_the_cleft() -> None:
    cells = Neighbourhood(BALL, (Neighbour(EVERYWHERE, gap_nm=20),), 5)
    z, y, x = np.full(4, 100.0), np.full(4, 100.0), 100 + np.array([0.0, 60, 80, 140])
    own, other = cells.distances(z, y, x)
    np.testing.assert_allclose(own, [-50, 10, 30, 90], atol=0.01)
    np.testing.assert_allclose(other[1:], [10, -10, -70], atol=0.01)
    np.testing.assert_allclose(cells.height(z, y, x), own + 5, atol=0.01)
    assert cells.in_other_membrane(z, y, 100 + np.array([69.0, 71, 74, 76])).tolist() == [0, 1, 1, 0]


def test_a_coat_is_thin_and_a_second_terminal_counts() -> None:
    coat = Neighbour(EVERYWHERE, gap_nm=20, coat_nm=30)
    far = Neighbour(EVERYWHERE, gap_nm=10, holds_vesicles=True)
    cells = Neighbourhood(BALL, (coat, far), 5)
    at = np.full(3, 100.0)
    inside = cells.height(at, at, 100 + np.array([85.0, 105, 130]))
    assert (inside < 0).tolist() == [False, False, True]
    assert np.all(
        np.isinf(Neighbourhood(BALL, (), 5).nearest(cells.distances(at, at, at)[:1], with_vesicles=False))
    )


def test_lobes_run_into_each_other_and_are_cut() -> None:
    other = Ellipsoid.ball([100, 100, 195], 50)
    both = Outline((Ellipsoid.ball(MIDDLE, 50), other), SMOOTH)
    at = np.array([100.0])
    between = np.array([147.5])
    assert both.distance(at, at, between) < BALL.distance(at, at, between) - 5
    cut = Outline(both.lobes, SMOOTH, (HalfSpace(MIDDLE, np.array([0.0, 1.0])),))
    assert cut.distance(at, at, np.array([110.0])) == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("seed", range(30))
def test_cells_keep_apart(seed: int) -> None:
    cells = draw_cells(np.random.default_rng(seed), EXTENT)
    distances = np.array(cells.distances(*POINTS))
    assert np.all(np.count_nonzero(distances < 0, axis=0) <= 1)
    for number, neighbour in enumerate(cells.neighbours, 1):
        taken = distances[:number].min(axis=0)
        assert np.all(taken[distances[number] < 0] >= neighbour.gap_nm - 0.01)


def test_terminals_differ() -> None:
    shares = [np.mean(draw_cells(np.random.default_rng(s), EXTENT).height(*POINTS) < 0) for s in range(60)]
    numbers = [len(draw_cells(np.random.default_rng(s), EXTENT).neighbours) for s in range(60)]
    assert min(shares) < 0.15
    assert max(shares) > 0.6
    assert min(numbers) == 0
    assert max(numbers) > 4


@pytest.mark.parametrize("seed", [1, 4])
def test_vesicles_stand_inside_the_terminal_alone(seed: int) -> None:
    tomogram = outlined(seed)
    assert tomogram.compartments is not None
    inside = tomogram.compartments.volume(Compartment.INSIDE) > 0
    membrane = tomogram.compartments.volume(Compartment.MEMBRANE)
    assert len(tomogram.spheres) > 5
    assert inside[tomogram.labels > 0].all()
    assert not inside[(membrane == OWN_MEMBRANE) | (membrane == OTHER_MEMBRANE)].any()
    assert 0 < inside.mean() < 1


def test_the_same_seed_gives_the_same_tomogram() -> None:
    again = simulate(SimulationRequest("training-outlines", 4, (36, 80, 80), 4.5), Progress())
    np.testing.assert_array_equal(again.grey, outlined(4).grey)
    assert outlined_spec(4) == outlined_spec(4)
    assert all(outlined_spec(seed).scene.n_vesicles > 0 for seed in range(50))
