"""Mixtures of normal populations against the library's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

from cryoves_app.analysis.fits.normal_mixture import fit_normal_mixture

FLOOR = 1e-4


def drawn(seed: int, *populations: tuple[int, float, float]) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([mean + spread * rng.standard_normal(n) for n, mean, spread in populations])


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("populations", [1, 2, 3])
def test_no_mixture_that_the_library_finds_is_likelier(populations: int, seed: int) -> None:
    values = drawn(seed, (60, 0.0, 0.1), (25, 0.7, 0.1), (15, 1.5, 0.2))
    ours = fit_normal_mixture(values, populations, FLOOR)
    theirs = GaussianMixture(populations, n_init=5, random_state=0, reg_covar=FLOOR, tol=1e-5).fit(
        values[:, None]
    )
    assert ours.bic(values) <= theirs.bic(values[:, None]) + 0.05
    if populations != 2:  # of two there are several that are nearly as likely
        order = np.argsort(theirs.means_.ravel())
        np.testing.assert_allclose(ours.mean, theirs.means_.ravel()[order], atol=0.02)
        np.testing.assert_allclose(ours.variance, theirs.covariances_.ravel()[order], rtol=0.1)
        np.testing.assert_allclose(ours.weight, theirs.weights_[order], atol=0.02)


def test_the_criterion_is_the_librarys() -> None:
    values = drawn(1, (50, 3.0, 0.2))
    theirs = GaussianMixture(1, reg_covar=FLOOR).fit(values[:, None])
    assert fit_normal_mixture(values, 1, FLOOR).bic(values) == pytest.approx(theirs.bic(values[:, None]))


def test_each_value_belongs_to_the_population_around_it() -> None:
    values = drawn(3, (40, 0.0, 0.1), (20, 2.0, 0.1))
    mixture = fit_normal_mixture(values, 2, FLOOR)
    np.testing.assert_array_equal(mixture.member(values), np.repeat([0, 1], [40, 20]))
    np.testing.assert_allclose(mixture.weight, [2 / 3, 1 / 3], atol=1e-6)


def test_equal_values_make_a_narrow_population_and_no_failure() -> None:
    values = np.repeat([1.0, 2.0], 10)
    mixture = fit_normal_mixture(values, 2, FLOOR)
    np.testing.assert_allclose(mixture.mean, [1.0, 2.0])
    np.testing.assert_allclose(mixture.variance, FLOOR)
