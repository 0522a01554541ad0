"""Probabilities as logits and as levels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.segmentation.probability import expit, logit, logit_levels


@given(st.floats(0, 1))
def test_logits_are_finite_and_go_back(p: float) -> None:
    assert np.isfinite(logit(p))
    assert expit(float(logit(p))) == pytest.approx(p, abs=2e-7)


def test_levels_rise_by_one_for_each_logit_above_the_base() -> None:
    base = 0.8
    above = [expit(float(logit(base)) + s) for s in (0.5, 1.5, 2.5, 6.5)]
    p = np.array([0.0, 0.5, base, *above, 1.0], np.float32).reshape(1, 1, -1)
    levels, start = logit_levels(p, base)
    assert start == pytest.approx(float(logit(base)))
    assert levels[0, 0, :7].tolist() == [0, 0, 0, 1, 2, 3, 7]
    assert levels[0, 0, 7] > 7
    assert levels.dtype == np.uint8
