"""Several populations, told from one and from outliers."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.acceptance.mixture import find_groups


def drawn(seed: int, *populations: tuple[int, float, float]) -> np.ndarray:
    """Logarithms of radii: numbers, medians and relative spreads."""
    rng = np.random.default_rng(seed)
    return np.concatenate([np.log(r) + s * rng.standard_normal(n) for n, r, s in populations])


def everything(values: np.ndarray) -> np.ndarray:
    return np.ones(len(values), bool)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("number", [12, 60, 300])
def test_one_population_is_one(seed: int, number: int) -> None:
    values = drawn(seed, (number, 20.0, 0.1))
    assert find_groups(values, everything(values)) is None


@pytest.mark.parametrize("seed", range(4))
def test_two_are_two_and_each_is_compared_with_its_own(seed: int) -> None:
    values = drawn(seed, (52, 20.0, 0.1), (8, 40.0, 0.08))
    groups = find_groups(values, everything(values))
    assert groups is not None
    np.testing.assert_allclose(np.sort(np.exp(groups.mean)), [20.0, 40.0], rtol=0.06)
    assert np.abs(groups.standardised(values)).max() < 4
    assert len(np.unique(groups.member[:52])) == 1


def test_three_are_three() -> None:
    values = drawn(1, (60, 18.0, 0.05), (40, 30.0, 0.05), (30, 55.0, 0.05))
    groups = find_groups(values, everything(values))
    assert groups is not None
    assert len(groups.mean) == 3


@pytest.mark.parametrize("seed", range(4))
def test_outliers_are_no_population(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.concatenate([drawn(seed, (100, 20.0, 0.08)), np.log(rng.uniform(8, 80, 6))])
    assert find_groups(values, everything(values)) is None


def test_unknown_values_and_few_are_one_population() -> None:
    values = drawn(1, (52, 20.0, 0.1), (8, 40.0, 0.08))
    assert find_groups(values[:4], everything(values[:4])) is None
    assert find_groups(np.full(60, 3.0), np.ones(60, bool)) is None
    holed = values.copy()
    holed[3] = np.nan
    groups = find_groups(holed, everything(holed))
    assert groups is not None
    assert np.isnan(groups.standardised(holed)[3])
