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
