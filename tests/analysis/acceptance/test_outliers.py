"""Mahalanobis distances whose p-values are p-values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from cryoves_app.analysis.acceptance.outliers import mahalanobis_test

#: Thickness, membrane density and radius vary together in a tomogram.
MIXING = np.array([[0.4, 0.0, 0.0], [40.0, 120.0, 0.0], [0.3, -0.5, 1.8]])
CENTRE = np.array([4.5, -1500.0, 20.0])


def population(size: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(size, 3)) @ MIXING.T + CENTRE


def rejected(size: int, repeats: int) -> float:
    """Share of clean populations whose p-values a Kolmogorov–Smirnov test at 5 % does not take for uniform."""
    found = [
        stats.kstest(mahalanobis_test(population(size, 1000 * size + k)).p_value, "uniform")
        for k in range(repeats)
    ]
    return float(np.mean([f.pvalue < 0.05 for f in found]))


@pytest.mark.parametrize(("size", "repeats"), [(30, 25), (90, 14)])
def test_p_values_of_a_clean_population_are_uniform(size: int, repeats: int) -> None:
    """True rejections are rarer than 5 % (a sample's p-values repel each other): 20 % of few repeats is far off."""
    assert rejected(size, repeats) <= 0.2


@pytest.mark.long
@pytest.mark.parametrize("size", [30, 90, 500])
def test_p_values_are_uniform_in_a_hundred_populations(size: int) -> None:
    assert rejected(size, 100) <= 0.10


def test_small_populations_can_have_outliers() -> None:
    """With itself in the reference no vesicle of eight can reach p < 0.1 by χ²; without, one in ten does."""
    rows = [population(8, k) for k in range(60)]
    within = []
    for r in rows:
        away = r - r.mean(axis=0)
        d2 = np.einsum("ij,jk,ik->i", away, np.linalg.inv(np.cov(r, rowvar=False)), away)
        within.append(stats.chi2.sf(d2, 3))
    assert np.min(within) > 0.1
    found = np.concatenate([mahalanobis_test(r).p_value for r in rows])
    assert 0.06 < (found < 0.1).mean() < 0.14


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_outliers_do_not_inflate_their_own_reference(share: float) -> None:
    good, rng = population(60, 5), np.random.default_rng(6)
    count = round(60 * share / (1 - share))
    far = rng.normal(size=(count, 3))
    far *= rng.uniform(8, 20, (count, 1)) / np.linalg.norm(far, axis=1, keepdims=True)
    bad = CENTRE + far @ MIXING.T
    test = mahalanobis_test(np.vstack([good, bad]))
    assert (test.p_value[60:] < 1e-3).all()
    assert (test.p_value[:60] < 1e-3).sum() <= 1
    assert not test.reference[60:].any()


@settings(max_examples=15)
@given(st.integers(0, 1000), st.lists(st.floats(0.001, 1000), min_size=3, max_size=3), st.booleans())
def test_units_of_the_features_do_not_matter(seed: int, scale: list[float], mixed: bool) -> None:
    rows = population(40, seed)
    rows[:4] += [5.0, 500.0, 12.0]
    change = np.diag(scale) @ (np.array([[1, 0.3, 0], [0, 1, -0.2], [0, 0, 1.0]]) if mixed else np.eye(3))
    one, other = mahalanobis_test(rows), mahalanobis_test(rows @ change.T + [3.0, -20.0, 1e3])
    np.testing.assert_allclose(other.mahalanobis_sq, one.mahalanobis_sq, rtol=1e-4)
    np.testing.assert_allclose(other.p_value, one.p_value, rtol=1e-3, atol=1e-12)


@given(st.permutations(range(20)))
@settings(max_examples=10)
def test_the_order_does_not_matter(order: list[int]) -> None:
    rows = population(20, 3)
    np.testing.assert_allclose(
        mahalanobis_test(rows[order]).p_value, mahalanobis_test(rows).p_value[order], rtol=1e-6
    )


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_too_few_get_a_sentence_instead_of_p_values(size: int) -> None:
    test = mahalanobis_test(population(size, 1))
    assert test.p_value.shape == test.mahalanobis_sq.shape == (size,)
    assert np.isnan(test.p_value).all()
    assert "too few" in test.note


def test_six_are_enough() -> None:
    test = mahalanobis_test(population(6, 1))
    assert np.isfinite(test.p_value).all()
    assert test.note == ""


def test_no_variation_gets_a_sentence() -> None:
    test = mahalanobis_test(np.tile(CENTRE, (10, 1)))
    assert np.isnan(test.p_value).all()
    assert "same measures" in test.note


def test_a_feature_that_does_not_vary_is_left_out() -> None:
    rows = population(30, 4)
    rows[:, 1] = -1500.0
    np.testing.assert_allclose(
        mahalanobis_test(rows).p_value, mahalanobis_test(rows[:, [0, 2]]).p_value, rtol=1e-6
    )


def test_features_that_depend_on_each_other_do_not_crash() -> None:
    rows = population(30, 4)
    rows[:, 2] = 2 * rows[:, 0] + 1
    assert np.isfinite(mahalanobis_test(rows).p_value).all()


def test_rows_without_all_features_are_compared_by_what_is_known_and_change_nothing() -> None:
    rows = population(30, 4)
    usual = rows.mean(axis=0)
    nothing = [np.nan] * 3
    holes = np.vstack(
        [rows, [[np.nan, *usual[1:]], [np.nan, *(usual[1:] + 9 * rows.std(axis=0)[1:])], nothing]]
    )
    test = mahalanobis_test(holes)
    assert test.p_value[30] > 0.2
    assert test.p_value[31] < 1e-3
    assert np.isnan(test.p_value[32])
    np.testing.assert_allclose(test.p_value[:30], mahalanobis_test(rows).p_value)


def test_only_candidates_make_the_reference() -> None:
    rows = population(40, 8)
    allowed = np.arange(40) < 25
    test = mahalanobis_test(rows, allowed)
    assert not test.reference[25:].any()
    assert np.isfinite(test.p_value).all()
    np.testing.assert_allclose(test.p_value[:25], mahalanobis_test(rows[:25]).p_value, rtol=1e-9)
