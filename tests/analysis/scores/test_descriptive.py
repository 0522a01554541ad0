from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from cryoves_app.analysis.scores.descriptive import (
    bin_edges,
    bins_of,
    describe,
    rank_correlation,
    round_width,
)

measures = st.lists(st.floats(-1e4, 1e4).map(lambda v: round(v, 3)) | st.just(float("nan")), max_size=60).map(
    np.array
)


@given(measures)
def test_every_known_value_lies_in_one_bin(values: np.ndarray) -> None:
    values = values.astype(float)
    edges = bin_edges(values)
    found = bins_of(values, edges)
    known = np.isfinite(values)
    assert (found[known] >= 0).all()
    assert (found[~known] == -1).all()
    assert len(edges) <= 60
    for value, place in zip(values[known], found[known], strict=True):
        assert edges[place] <= value
        assert value < edges[place + 1] or value == pytest.approx(edges[place + 1])


def test_bins_have_a_round_width() -> None:
    values = np.random.default_rng(3).normal(20.0, 2.0, 200)
    edges = bin_edges(values)
    assert np.diff(edges) == pytest.approx(1.0)
    assert edges[0] == round(edges[0])
    assert len(bin_edges(np.array([]))) == 0
    assert bin_edges(np.array([7.0, 7.0])).mean() == pytest.approx(7.0)
    assert bins_of(np.array([0.3, 0.7]), bin_edges(np.array([0.3, 0.7]))).min() == 0


@pytest.mark.parametrize(
    ("width", "nice"), [(0.9, 1.0), (1.6, 2.0), (24.0, 25.0), (0.06, 0.05), (80.0, 100.0)]
)
def test_round_widths(width: float, nice: float) -> None:
    assert round_width(width) == pytest.approx(nice)


def test_figures_leave_unknown_values_out() -> None:
    found = describe(np.array([1.0, np.nan, 3.0, 8.0]))
    assert (found.count, found.mean, found.median) == (3, 4.0, 3.0)
    assert found.sd == pytest.approx(np.std([1, 3, 8], ddof=1))
    assert describe(np.array([np.nan])).mean is None
    assert describe(np.array([5.0])).sd is None


def test_rank_correlation_is_spearmans() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=50).round(1)
    y = (x**3 + rng.normal(size=50)).round(1)
    assert rank_correlation(np.append(x, np.nan), np.append(y, 1.0)) == pytest.approx(spearmanr(x, y)[0])
    assert rank_correlation(np.ones(5), np.arange(5.0)) is None
    assert rank_correlation(x[:2], y[:2]) is None
