"""Which of several spheres are one: the best of those that share much, and no more work than there are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.fits import distinct
from cryoves_app.analysis.fits.distinct import keep_distinct, shared_part
from cryoves_app.domain.geometry import Sphere

BALLS = st.lists(st.tuples(*[st.floats(0, 60)] * 3, st.floats(5, 25), st.floats(0, 1)), max_size=14)


@given(BALLS, st.floats(0.05, 0.9))
def test_the_best_of_those_that_share_much_stays(rows: list[tuple[float, ...]], most: float) -> None:
    found = np.array(rows, float).reshape(-1, 5)
    kept: list[int] = []
    for i in np.argsort(-found[:, 4], kind="stable").tolist():
        ball = Sphere(*found[i, :4])
        if all(shared_part(ball, Sphere(*found[j, :4])) <= most for j in kept):
            kept.append(i)
    assert keep_distinct(found[:, :4], found[:, 4], most).tolist() == sorted(kept)


def test_thousands_in_one_place_are_compared_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    real = distinct.shared_part
    monkeypatch.setattr(distinct, "shared_part", lambda a, b: compared.append(1) or real(a, b))
    assert keep_distinct(np.tile([5.0, 5, 5, 20], (3000, 1)), np.arange(3000.0), 0.4).tolist() == [2999]
    assert len(compared) == 2999


@given(st.lists(st.tuples(*[st.floats(-1e308, 1e308)] * 3, st.floats(1e-3, 1e308)), min_size=2, max_size=5))
def test_places_and_radii_of_any_size_are_compared(rows: list[tuple[float, float, float, float]]) -> None:
    spheres = np.array([(40.0, 40, 40, 20), *rows])
    kept = keep_distinct(spheres, np.arange(len(spheres), 0, -1.0), 0.4).tolist()
    assert kept[0] == 0  # the best


def test_far_ones_are_not_taken_for_those_in_the_tomogram() -> None:
    spheres = np.array([(40.0, 40, 40, 20), (40, 40, 1e307, 20), (40, 41, 40, 20)])
    assert keep_distinct(spheres, np.array([3.0, 2, 1]), 0.4).tolist() == [0, 1]
