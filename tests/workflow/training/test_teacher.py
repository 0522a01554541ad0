"""What the fits teach: certain vesicles, places without one, and what nobody knows."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.network_input.preprocess import network_grid
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from cryoves_app.network.dataset import UNKNOWN_TARGET
from cryoves_app.workflow.training.adapt_order import Evidence
from cryoves_app.workflow.training.evidence import FoundInBox, finds_more, weigh
from cryoves_app.workflow.training.teacher import Lessons, target_of

VOXEL_NM = 2.2


def vesicle(number: int, x_nm: float, quality: float = 1.0, **more: object) -> Vesicle:
    return Vesicle(number, 30.0, 60.0, x_nm, 15.0, contrast=2 * quality, correlation=0.8 * quality, **more)  # type: ignore[arg-type]


FOUND = (
    vesicle(1, 30.0),
    vesicle(2, 70.0),
    vesicle(3, 110.0, 0.65),  # accepted, and not certain
    vesicle(4, 150.0, 0.3, status=Status.OUTLIER),  # none
    vesicle(5, 190.0, 0.9, status=Status.OUTLIER),  # of another size, perhaps
    vesicle(6, 230.0, flags=(Flag.NOT_CONVERGED,)),
)
CANDIDATES = [Sphere(30.0, 60.0, 31.0, 15.0), Sphere(30.0, 60.0, 270.0, 14.0)]


def test_what_is_certain_what_is_none_and_what_is_open() -> None:
    lessons = Lessons.of(FOUND, CANDIDATES)
    assert [v.id for v in lessons.vesicles] == [1, 2]
    assert [s.x_nm for s in lessons.none] == [150.0, 270.0]  # rejected, and gone before the fits were judged
    assert [s.x_nm for s in lessons.doubtful] == [110.0, 190.0, 230.0]
    assert lessons.places_px(VOXEL_NM)[:, 2] == pytest.approx(np.array([30, 70, 150, 270]) / VOXEL_NM)


def test_without_accepted_vesicles_nothing_is_taught() -> None:
    lessons = Lessons.of([vesicle(1, 30.0, status=Status.OUTLIER)], CANDIDATES)
    assert lessons.vesicles == ()
    assert lessons.none == ()
    assert lessons.places_px(VOXEL_NM).shape == (0, 3)


def test_targets_are_known_where_fits_or_network_are_certain() -> None:
    grid = network_grid((28, 56, 140), VOXEL_NM, VOXEL_NM)
    probability = np.full(grid.shape, 0.05, np.float32)
    probability[:, :, 40:] = 0.6
    known = np.ones(grid.shape, bool)
    known[:, :, 120:] = False
    target = target_of(Lessons.of(FOUND, CANDIDATES), grid, probability, known)

    def at(x_nm: float, y_nm: float = 60.0) -> int:
        return int(target[round(30 / VOXEL_NM), round(y_nm / VOXEL_NM), round(x_nm / VOXEL_NM)])

    assert at(30.0) == at(70.0) == 1
    assert at(110.0) == at(190.0) == UNKNOWN_TARGET
    assert at(150.0) == 0
    assert at(50.0, 10.0) == 0  # the network sees nothing
    assert at(150.0, 10.0) == UNKNOWN_TARGET  # it sees something, and the fits know nothing of it
    assert at(270.0) == UNKNOWN_TARGET  # not learned from


@pytest.mark.parametrize(
    ("after", "more"),
    [
        (Evidence(12, 1200.0, 0.6), True),
        (Evidence(11, 1200.0, 0.6), False),  # one comes and goes by chance
        (Evidence(10, 1500.0, 0.9), False),
        (Evidence(12, 1010.0, 0.9), False),
        (Evidence(8, 1500.0, 0.9), False),
    ],
)
def test_the_fits_must_find_clearly_more(after: Evidence, more: bool) -> None:
    assert finds_more(Evidence(10, 1000.0, 0.6), after) is more


def test_of_many_vesicles_one_in_a_hundred_comes_by_chance() -> None:
    before = Evidence(400, 1000.0)
    assert not finds_more(before, Evidence(404, 1100.0))
    assert finds_more(before, Evidence(405, 1100.0))


def test_candidates_are_held_against_what_is_accepted_with_either_network() -> None:
    a, b, c = (vesicle(number, 100.0 * number) for number in (1, 2, 3))
    false = Sphere(30.0, 60.0, 500.0, 14.0)
    before = FoundInBox((a.sphere, b.sphere, false), (a, b))
    after = FoundInBox((a.sphere, b.sphere, c.sphere), (a, b, c))
    first, second = weigh([before], [after])
    assert (first.vesicles, second.vesicles) == (2, 3)
    assert first.candidates_f1 == pytest.approx(2 * 2 / (2 * 2 + 1 + 1))  # one false, and the third missed
    assert second.candidates_f1 == 1.0
    assert second.membrane_nm2 == pytest.approx(1.5 * first.membrane_nm2)


def test_without_candidates_nothing_agrees() -> None:
    first, second = weigh([FoundInBox((), ())], [FoundInBox((), ())])
    assert first == second == Evidence(0, 0.0, 0.0)


def test_no_more_places_without_a_vesicle_are_learned_than_vesicles() -> None:
    gone = [Sphere(30.0, 200.0, 20.0 * k, 10.0) for k in range(40)]
    lessons = Lessons.of(FOUND[:2], gone)
    assert len(lessons.none) == 40
    places = lessons.places_px(VOXEL_NM)
    assert len(places) == 4
    assert sorted(places[2:, 2] * VOXEL_NM) == pytest.approx([0.0, 400.0])  # from all of the tomogram
