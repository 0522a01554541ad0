"""Spheres from radial profiles and cross-correlation, in whole voxels."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.fits.fitting import Fitted
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.analysis.membrane.shell import GreySource
from cryoves_app.analysis.published.sphere_fit import fit_candidates_as_published, refit
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import BUILT_IN
from tests.phantoms import Phantom, candidates_near, grey_source

VOXEL = 2.2
RULES = ["paper", "published"]


def fitted(vesicles: Phantom, recipe: str) -> Fitted:
    candidates = candidates_near(vesicles.truth, 4)
    return fit_candidates_as_published(vesicles.source, candidates, BUILT_IN[recipe].fit, Progress())


@pytest.mark.parametrize("recipe", RULES)
def test_whole_voxels_near_the_truth(vesicles: Phantom, recipe: str) -> None:
    found = fitted(vesicles, recipe)
    assert (len(found.vesicles), found.screened_out) == (len(vesicles.truth), 0)
    px = np.array([v.sphere.to_px(VOXEL) for v in found.vesicles])
    np.testing.assert_allclose(px, np.rint(px), atol=1e-6)
    pairs = list(zip(found.vesicles, vesicles.truth, strict=True))
    assert 0.6 < np.mean([v.sphere.distance_nm(t) for v, t in pairs]) < 1.6  # rounding costs a nanometre
    assert abs(np.mean([v.radius_nm - t.radius_nm for v, t in pairs])) < 0.6
    assert all(v.correlation is not None and v.correlation > 0.3 for v in found.vesicles)


def test_density_is_the_darkest_value_or_the_mean_over_the_membrane(vesicles: Phantom) -> None:
    darkest, mean = fitted(vesicles, "published").vesicles, fitted(vesicles, "paper").vesicles
    for a, b in zip(darkest, mean, strict=True):
        assert (a.sphere, a.membrane_thickness_nm) == (b.sphere, b.membrane_thickness_nm)
        assert a.membrane_density < b.membrane_density


@pytest.mark.parametrize("recipe", RULES)
def test_bright_membranes_give_the_same_where_grey_0_is_the_middle(vesicles: Phantom, recipe: str) -> None:
    centred = vesicles.grey.astype(np.float32) - np.float32(np.median(vesicles.grey))
    dark, bright = grey_source(centred, VOXEL), grey_source(-centred, VOXEL)
    bright = GreySource(bright.data, VOXEL, bright.median, bright.deviation, -1.0)
    candidates = candidates_near(vesicles.truth, 4)
    a, b = (
        fit_candidates_as_published(s, candidates, BUILT_IN[recipe].fit, Progress()).vesicles
        for s in (dark, bright)
    )
    assert [v.sphere for v in a] == [v.sphere for v in b]
    assert [v.membrane_density for v in b] == pytest.approx([-v.membrane_density for v in a], rel=1e-3)
    assert [v.contrast for v in b] == pytest.approx([v.contrast for v in a], rel=1e-3)


@pytest.mark.parametrize("recipe", RULES)
def test_a_sphere_without_membrane_does_not_grow_to_the_size_of_the_tomogram(recipe: str) -> None:
    z, y, x = np.ogrid[:90, :90, :90]
    darker_outwards = -np.sqrt((z - 45.0) ** 2 + (y - 45.0) ** 2 + (x - 45.0) ** 2).astype(np.float32)
    source = grey_source(darker_outwards, VOXEL)
    start = Candidate((99.0, 99.0, 99.0), 13.0, 1.0)
    found = fit_candidates_as_published(source, [start], BUILT_IN[recipe].fit, Progress())
    assert all(v.radius_nm < 45 * VOXEL for v in found.vesicles)


@pytest.mark.parametrize("recipe", RULES)
def test_what_shows_no_membrane_or_has_no_place_is_dropped(recipe: str) -> None:
    source = grey_source(np.random.default_rng(0).normal(size=(24, 24, 24)).astype(np.float32), VOXEL)
    flat = GreySource(np.ones((24, 24, 24), np.float32), VOXEL, 1.0, 1.0)
    middle, corner = Candidate((26.4, 26.4, 26.4), 11.0, 1.0), Candidate((0.0, 0.0, 0.0), 2.2, 1.0)
    fit = BUILT_IN[recipe].fit
    assert fit_candidates_as_published(flat, [middle], fit, Progress()) == Fitted([], 1)
    assert fit_candidates_as_published(source, [corner], fit, Progress()) == Fitted([], 1)
    assert fit_candidates_as_published(source, [], fit, Progress()) == Fitted([], 0)


def test_fitted_again_in_a_larger_box(vesicles: Phantom) -> None:
    found = fitted(vesicles, "paper").vesicles[4]
    again = refit(vesicles.source, found, BUILT_IN["paper"].fit, margin_px=6)
    assert (again.id, again.correlation) == (found.id, found.correlation)
    assert again.sphere.distance_nm(vesicles.truth[4]) < 2.2
    lost = found.but(z_nm=0.0, y_nm=0.0, x_nm=0.0)
    assert refit(vesicles.source, lost, BUILT_IN["paper"].fit, margin_px=6) is lost
