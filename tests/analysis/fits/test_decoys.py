"""What fits reach where there is no vesicle."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from cryoves_app.analysis.acceptance.judgement import judge
from cryoves_app.analysis.fits.decoys import Searched
from cryoves_app.analysis.fits.fitting import fit_candidates
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.domain.recipe_settings import FitSettings, OutlierSettings
from cryoves_app.domain.vesicle import Status
from tests.phantoms import candidates_near, grey_source, phantom


def test_decoys_reach_less_than_vesicles() -> None:
    p = phantom([(40.0, 40.0 + 60 * k, 40.0, 18.0 + k) for k in range(3)], (41, 92, 110))
    found = fit_candidates(p.source, candidates_near(p.truth, 1), FitSettings())
    assert found.decoy_correlation is not None
    assert 0 < found.decoy_correlation < 0.8 * min(v.correlation or 0 for v in found.vesicles)


def test_a_population_of_noise_reaches_no_more_than_decoys() -> None:
    """Few candidates make a profile of their own noise, and resemble it."""
    rng = np.random.default_rng(4)
    grey = ndimage.gaussian_filter(rng.standard_normal((50, 90, 90)).astype(np.float32), 1.0)
    source = grey_source(grey, 2.2)
    places = [Candidate(tuple(rng.uniform(35, (75, 160, 160))), 20.0, 1.0) for _ in range(4)]
    found = fit_candidates(source, places, FitSettings())
    assert found.decoy_correlation is not None
    judged = judge(found.vesicles, OutlierSettings(), found.decoy_correlation).vesicles
    assert sum(v.status is Status.ACCEPTED for v in judged) == 0


def test_without_vesicles_there_is_nothing_to_compare_with() -> None:
    empty = phantom([], (41, 41, 41))
    assert fit_candidates(empty.source, [], FitSettings()).decoy_correlation is None


def test_a_missed_vesicle_is_no_decoy() -> None:
    """Decoys that look most like a membrane would be just those that the network saw weakly, or was not shown."""
    balls = [(45.0, 45.0 + 60 * (k // 4), 45.0 + 60 * (k % 4), 18.0 + k % 3) for k in range(16)]
    p = phantom(balls, (41, 123, 123))
    found = candidates_near(p.truth, 1)[:4]
    source = p.source
    alone = fit_candidates(source, found, FitSettings()).decoy_correlation
    z, y, x = np.indices(p.grey.shape) * 2.2
    seen = np.zeros(p.grey.shape, np.float32)
    for t in p.truth[4:]:
        seen[(z - t.z_nm) ** 2 + (y - t.y_nm) ** 2 + (x - t.x_nm) ** 2 < 10**2] = 0.3
    weakly = fit_candidates(source, found, FitSettings(), searched=Searched(((seen, 2.2),))).decoy_correlation
    shown = (np.arange(123) * 2.2 < 75)[None, :, None] & np.ones(p.grey.shape, bool)
    mask = Searched((), shown.astype(np.uint8), 2.2)
    masked = fit_candidates(source, found, FitSettings(), searched=mask).decoy_correlation
    assert alone is not None
    assert weakly is not None
    assert weakly < 0.7 * alone
    assert masked is None or masked < 0.7 * alone
