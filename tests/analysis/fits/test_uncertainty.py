"""Standard errors that cover the errors that are made."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.fits.fitting import fit_candidates
from cryoves_app.domain.recipe_settings import FitSettings
from tests.phantoms import benchmark, candidates_near, phantom

Pulls = np.ndarray


def pulls(shape: tuple[int, int, int], number: int, seeds: range, **spec: object) -> Pulls:
    """Errors of z, y, x and radius in units of the stated standard errors; the radius less what all radii share."""
    errors, stated = [], []
    for seed in seeds:
        p, error = benchmark(shape, number, seed, **spec), []
        for v in fit_candidates(p.source, candidates_near(p.truth, seed), FitSettings()).vesicles:
            true = min(p.truth, key=v.sphere.distance_nm)
            if v.sphere.distance_nm(true) < 3:
                pairs = zip(
                    (*v.sphere.centre_nm, v.radius_nm), (*true.centre_nm, true.radius_nm), strict=True
                )
                error.append([a - b for a, b in pairs])
                stated.append([v.se_z_nm, v.se_y_nm, v.se_x_nm, v.se_radius_nm])
        errors.append(np.array(error))
        errors[-1][:, 3] -= np.median(errors[-1][:, 3])
    return np.concatenate(errors) / np.array(stated)


def covered(found: Pulls, within: float) -> np.ndarray:
    return (np.abs(found) < within).mean(axis=0)


def test_stated_errors_are_of_the_size_of_the_errors() -> None:
    """Seventy vesicles: the share within one standard error is known to ± 6 points (one SD), so ± 16 are allowed."""
    found = pulls((110, 200, 210), 24, range(401, 404), preset="benchmark-hard")
    assert len(found) >= 70
    assert (np.abs(covered(found, 1.0) - 0.68) < 0.16).all()
    assert (covered(found, 1.96) > 0.86).all()


@pytest.mark.long
@pytest.mark.parametrize("preset", ["benchmark-easy", "benchmark-hard"])
def test_stated_errors_cover_the_errors(preset: str) -> None:
    found = pulls((200, 400, 400), 90, range(201, 207), preset=preset)
    assert len(found) >= 500
    assert (np.abs(covered(found, 1.0) - 0.68) <= 0.05).all()
    assert (np.abs(covered(found, 1.96) - 0.95) <= 0.05).all()


def test_more_noise_means_larger_errors_and_z_is_the_worst_axis() -> None:
    balls = [(44.0, 44.0 + 62 * (k // 2), 44.0 + 62 * (k % 2), 18.0 + k) for k in range(4)]
    stated = []
    for snr in (1.0, 0.05):
        p = phantom(balls, (41, 69, 69), snr=snr)
        found = fit_candidates(p.source, candidates_near(p.truth, 1), FitSettings()).vesicles
        stated.append(np.median([[v.se_z_nm, v.se_y_nm, v.se_x_nm, v.se_radius_nm] for v in found], axis=0))
    assert (stated[1] > 1.5 * stated[0]).all()
    assert stated[1][0] > 1.2 * stated[1][2]
