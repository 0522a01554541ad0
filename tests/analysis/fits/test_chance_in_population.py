"""A population most of which is none: hundreds of places that a network took for vesicles in noise it never saw."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.fits import population, population_rounds
from cryoves_app.analysis.fits.population import fit_population
from cryoves_app.analysis.fits.population_rounds import clear_of_chance
from cryoves_app.analysis.membrane.sphere_fit import Fit
from cryoves_app.domain.recipe_settings import FitSettings
from tests.phantoms import Phantom, benchmark, starts_near


def fit_of(explained: float) -> Fit:
    return Fit(np.zeros(4), 1.0, 0.0, explained, 0.0, converged=True)


def fits(of: list[float]) -> list[Fit]:
    return [fit_of(correlation**2) for correlation in of]


@pytest.mark.parametrize("seed", range(5))
def test_a_clear_minority_is_told_and_otherwise_all_stay(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chance = (rng.normal(0.3, 0.03, 200) ** 2).tolist()
    vesicles = rng.normal(0.22, 0.015, 30).tolist()

    def clear(of: list[float]) -> np.ndarray:
        return clear_of_chance(np.ones(len(of), bool), fits(of))

    told = clear(chance + vesicles)
    assert told[200:].sum() >= 27
    assert told[:200].sum() <= 2
    assert clear(chance).all()
    assert clear(vesicles).all()
    assert clear(vesicles * 3 + chance[:20]).all()  # most are: all shape the profile as before
    assert len(clear([])) == 0


def test_a_profile_is_never_left_without_vesicles() -> None:
    """Where those that are deep enough are not those that stand clear of chance, they shape it as before."""
    rng = np.random.default_rng(1)
    of = (rng.normal(0.3, 0.03, 200) ** 2).tolist() + rng.normal(0.22, 0.015, 30).tolist()
    deep = np.arange(230) < 200
    assert np.array_equal(clear_of_chance(deep, fits(of)), deep)


@pytest.fixture(scope="module")
def noisy() -> tuple[Phantom, np.ndarray]:
    """Thirty vesicles in noise, and starts at these and at 100 places beside them."""
    made = benchmark((96, 200, 200), 30, 3, snr=0.02)
    rng = np.random.default_rng(2)
    truth = np.array([t.centre_nm for t in made.truth])
    places: list[list[float]] = []
    while len(places) < 100:
        place = rng.uniform(25, np.array(made.grey.shape) * made.voxel_nm - 25)
        if np.linalg.norm(truth - place, axis=1).min() > 40:
            places.append([*place, rng.uniform(15, 22)])
    return made, np.vstack([starts_near(made.truth, 3), places])


def test_places_that_are_none_do_not_shape_the_profile(
    noisy: tuple[Phantom, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the plain view shows no difference, so that all pass and are trusted, the whitened one does."""
    made, starts = noisy
    monkeypatch.setattr(population_rounds.Rounds, "drop_faint", lambda rounds, shells: None)
    monkeypatch.setattr(population_rounds, "trust_fits", lambda fits, shells: np.ones(len(fits), bool))

    def trusted() -> tuple[int, int]:
        fit = fit_population(made.source, starts, FitSettings())
        true = fit.kept < len(made.truth)
        return int(fit.trusted[true].sum()), int(fit.trusted[~true].sum())

    true, false = trusted()
    assert true >= 20
    assert false <= 3
    monkeypatch.setattr(population, "clear_of_chance", lambda good, fits: good)
    assert trusted()[1] > 20
