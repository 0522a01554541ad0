"""The tests of a study against formulas written out by hand, and against tables of textbooks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special

from cryoves_app.analysis.study.comparison import (
    MeansTest,
    NoTest,
    adjust_p_values,
    compare_counts,
    compare_means,
    standard_deviation,
    standard_error,
)

A = np.array([6.0, 8, 4, 5, 3, 4])
B = np.array([8.0, 12, 9, 11, 6, 8])
C = np.array([13.0, 9, 11, 8, 7, 12])


def beyond_f(f: float, between: float, within: float) -> float:
    """The chance of a larger F, from the incomplete beta function."""
    return float(special.betainc(within / 2, between / 2, within / (within + between * f)))


def test_anova_is_that_of_the_textbook() -> None:
    """Sums of squares by hand: 84 between three groups, 68 within."""
    found = compare_means([A, B, C])
    assert found.degrees == (2, 15)
    assert found.statistic == pytest.approx((84 / 2) / (68 / 15))
    assert found.p_value == pytest.approx(beyond_f(9.264705882, 2, 15), rel=1e-8)


def test_two_groups_give_the_t_test() -> None:
    difference = B.mean() - A.mean()
    pooled = math.sqrt((A.var(ddof=1) + B.var(ddof=1)) / 2)
    t = difference / (pooled * math.sqrt(2 / 6))
    found = compare_means([A, B])
    assert found.statistic == pytest.approx(t**2)
    assert found.degrees == (1, 10)


def test_welch_is_written_out() -> None:
    groups = [A, B * 3, C]
    sizes = np.array([6, 6, 6])
    means, variances = np.array([g.mean() for g in groups]), np.array([g.var(ddof=1) for g in groups])
    w = sizes / variances
    grand = (w * means).sum() / w.sum()
    spread = ((1 - w / w.sum()) ** 2 / (sizes - 1)).sum()
    k = 3
    f = ((w * (means - grand) ** 2).sum() / (k - 1)) / (1 + 2 * (k - 2) / (k**2 - 1) * spread)
    within = (k**2 - 1) / (3 * spread)
    found = compare_means(groups, MeansTest.WELCH)
    assert found.statistic == pytest.approx(f)
    assert found.degrees == pytest.approx((2, within))
    assert found.p_value == pytest.approx(beyond_f(f, 2, within), rel=1e-8)


def test_kruskal_counts_ranks() -> None:
    """Ranks 1 2 4, 3 5 6: H = 12 / (6·7) · (7²/3 + 14²/3) − 3·7; two groups: χ² with one degree of freedom."""
    h = 12 / 42 * (49 / 3 + 196 / 3) - 21
    found = compare_means([np.array([1.0, 2, 4]), np.array([3.0, 5, 6])], MeansTest.KRUSKAL)
    assert found.statistic == pytest.approx(h)
    assert found.degrees == (1,)
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(h / 2)))


def test_chi_square_is_written_out() -> None:
    table = np.array([[20.0, 30, 0], [40, 10, 0], [0, 0, 0]])
    expected = np.array([[30.0, 20], [30, 20]])
    chi = ((table[:2, :2] - expected) ** 2 / expected).sum()
    found = compare_counts(table)
    assert found.statistic == pytest.approx(chi)
    assert found.degrees == (1,)
    assert found.p_value == pytest.approx(math.erfc(math.sqrt(chi / 2)))


@pytest.mark.parametrize(
    ("groups", "test", "why"),
    [
        ([A, B[:1]], MeansTest.ANOVA, NoTest.TOO_FEW),
        ([A], MeansTest.ANOVA, NoTest.TOO_FEW),
        ([], MeansTest.KRUSKAL, NoTest.TOO_FEW),
        ([A, np.array([1.0, np.nan])], MeansTest.ANOVA, NoTest.TOO_FEW),
        ([np.array([1.0, 1]), np.array([2.0, 2])], MeansTest.ANOVA, NoTest.CONSTANT),
        ([np.array([0.3, 0.1 + 0.2]), np.array([0.6, 0.6])], MeansTest.ANOVA, NoTest.CONSTANT),
        ([A, np.array([2.0, 2])], MeansTest.WELCH, NoTest.CONSTANT),
        ([np.array([2.0, 2]), np.array([2.0, 2])], MeansTest.KRUSKAL, NoTest.CONSTANT),
    ],
)
def test_what_cannot_be_tested_says_why(groups: list[np.ndarray], test: MeansTest, why: NoTest) -> None:
    found = compare_means(groups, test)
    assert (found.p_value, found.obstacle) == (None, why)


def test_small_counts_are_not_tested() -> None:
    assert compare_counts(np.array([[1.0, 2], [2, 1]])).obstacle is NoTest.SMALL_COUNTS
    assert compare_counts(np.array([[10.0, 0], [12, 0]])).obstacle is NoTest.TOO_FEW


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), max_size=12))
def test_adjustment_is_that_of_benjamini_and_hochberg(p_values: list[float | None]) -> None:
    """The smallest p·m/rank among all that are at least as large."""
    known = sorted(p for p in p_values if p is not None)
    m = len(known)
    for p, adjusted in zip(p_values, adjust_p_values(p_values), strict=True):
        if p is None:
            assert adjusted is None
        else:
            by_hand = min(q * m / (rank + 1) for rank, q in enumerate(known) if q >= p)
            assert adjusted == pytest.approx(min(by_hand, 1.0))


def test_standard_error() -> None:
    assert standard_error(np.array([1.0, 2, 3, np.nan])) == pytest.approx(1 / math.sqrt(3))
    assert standard_error(np.array([1.0])) is None
    assert standard_deviation(np.array([1247.8] * 10)) == 0.0
    assert standard_deviation(np.array([1.0, 2, 4])) == pytest.approx(math.sqrt(7 / 3))
