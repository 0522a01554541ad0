"""Candidates to vesicles: screening, fits, measures and their errors in one go."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cryoves_app.analysis.acceptance.judgement import judge
from cryoves_app.analysis.fits.fitting import Fitted, fit_candidates, with_probability
from cryoves_app.analysis.fits.screening import Candidate
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.recipe_settings import FitSettings, OutlierSettings
from cryoves_app.domain.vesicle import Flag, Status, Vesicle
from tests.phantoms import Phantom, benchmark, candidates_near, phantom

SETTINGS = FitSettings()


@pytest.fixture(scope="module")
def fitted(vesicles: Phantom) -> Fitted:
    return fit_candidates(vesicles.source, candidates_near(vesicles.truth, 4), SETTINGS)


def nearest(vesicle: Vesicle, truth: tuple[Sphere, ...]) -> Sphere:
    return min(truth, key=vesicle.sphere.distance_nm)


def test_every_vesicle_is_found_and_measured(vesicles: Phantom, fitted: Fitted) -> None:
    assert len(fitted.vesicles) == 12
    assert fitted.screened_out == 0
    for v in fitted.vesicles:
        true = nearest(v, vesicles.truth)
        assert v.sphere.distance_nm(true) < 0.5
        assert abs(v.radius_nm - true.radius_nm) < 0.5
        assert v.radius_nm - v.radius_mid_nm == pytest.approx(SETTINGS.edge_nm)
        assert v.correlation > 0.6
        assert v.contrast > 0
        assert v.membrane_density < v.lumen_density
        assert v.leaflet_distance_nm == pytest.approx(2.5, abs=0.6)  # at 4 nm resolution, denoised
        assert v.se_leaflet_distance_nm < 0.5
        assert v.membrane_thickness_nm == pytest.approx(v.leaflet_distance_nm + 2.0)
        assert v.flags == ()


def test_the_edge_rule_is_a_constant_of_the_recipe(vesicles: Phantom, fitted: Fitted) -> None:
    wide = fit_candidates(
        vesicles.source, candidates_near(vesicles.truth, 4), replace(SETTINGS, edge_nm=3.25)
    )
    off = [b.radius_nm - a.radius_nm for a, b in zip(fitted.vesicles, wide.vesicles, strict=True)]
    np.testing.assert_allclose(off, 1.0, atol=0.1)


def test_two_vesicles_of_one_segment_are_marked(vesicles: Phantom) -> None:
    some = [replace(c, parts=1 + (k < 2)) for k, c in enumerate(candidates_near(vesicles.truth, 4))]
    found = fit_candidates(vesicles.source, some, SETTINGS).vesicles
    assert [Flag.SPLIT in v.flags for v in found] == [True] * 2 + [False] * 10


def test_no_candidates_are_no_vesicles(vesicles: Phantom) -> None:
    assert fit_candidates(vesicles.source, [], SETTINGS) == Fitted([], 0)


def test_a_constant_volume_has_no_vesicles() -> None:
    flat = Phantom(np.full((40, 40, 40), 5, np.int16), 2.2, ())
    source = replace(flat.source, deviation=1.0)
    assert fit_candidates(source, [Candidate((44.0, 44.0, 44.0), 20.0, 1.0)], SETTINGS).vesicles == []


@pytest.mark.parametrize("dark", [0, 1])
def test_probability_is_the_mean_inside(dark: int) -> None:
    p = np.full((20, 20, 20), 0.9, np.float32)
    p[:, :, 10 : 10 + 10 * dark] = 0.1
    (v,) = with_probability([Vesicle(1, 20.0, 20.0, 19.0, 12.0)], p, 2.0)
    assert v.probability == pytest.approx(0.5 if dark else 0.9, abs=0.01)
    assert with_probability([v.but(probability=0.95)], p, 2.0)[0].probability == pytest.approx(0.95)
    (outside,) = with_probability([Vesicle(1, -200.0, 0, 0, 12.0)], p, 2.0)
    assert outside.probability is None


RESOLVED = {"lowpass_nm": 2.0, "denoise_nm": 0.75}


@pytest.mark.parametrize(
    ("planted", "imaging"), [((3.0, 4.0, 5.0, 6.0, 7.0), {}), ((3.0, 4.0, 5.0), RESOLVED)]
)
def test_planted_thicknesses_come_out_in_their_order(
    planted: tuple[float, ...], imaging: dict[str, float]
) -> None:
    """Where leaflets are resolved and more than 5 nm apart in all, the measure stops to rise."""
    found = []
    for thickness in planted:
        balls = [(36.0, 36.0, 36.0 + 56 * k, 18.0 + k) for k in range(2)]
        p = phantom(balls, (48, 48, 86), 1.5, thickness_nm=thickness, **imaging)
        fit = fit_candidates(p.source, candidates_near(p.truth, 1, 1.0), replace(SETTINGS, whiten=False))
        found.append(np.mean([v.membrane_thickness_nm for v in fit.vesicles]))
    assert (np.diff(found) > 0.2).all()


def false_candidates(p: Phantom, number: int, seed: int) -> list[Candidate]:
    """Round places of vesicle size that are no vesicles: on membranes, between vesicles, in the mitochondrion."""
    rng = np.random.default_rng(seed)
    shape = np.array(p.grey.shape) * p.voxel_nm
    found: list[Candidate] = []
    while len(found) < number:
        centre = rng.uniform(18, shape - 18)
        radius = float(rng.uniform(14, 24))
        sphere = Sphere(*centre.tolist(), radius)
        if all(sphere.distance_nm(t) > 0.75 * (radius + t.radius_nm) for t in p.truth):
            found.append(Candidate(sphere.centre_nm, radius, 5.0))
    return found


def lost_and_kept(p: Phantom, false: list[Candidate], seed: int) -> tuple[int, int]:
    """True vesicles that are not accepted, and accepted ones that are no vesicles."""
    fit = fit_candidates(p.source, candidates_near(p.truth, seed) + false, SETTINGS)
    accepted = [
        v
        for v in judge(fit.vesicles, OutlierSettings(), fit.decoy_correlation).vesicles
        if v.status is Status.ACCEPTED
    ]
    true = {nearest(v, p.truth) for v in accepted if v.sphere.distance_nm(nearest(v, p.truth)) < 5}
    wrong = sum(v.sphere.distance_nm(nearest(v, p.truth)) >= 5 for v in accepted)
    return len(p.truth) - len(true), wrong


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_false_candidates_are_told_from_true_ones(share: float) -> None:
    """One of 30 is 3 %; the full count is in the long test."""
    p = benchmark((110, 200, 210), 30, 31)
    lost, kept = lost_and_kept(p, false_candidates(p, round(30 * share / (1 - share)), 1), 1)
    assert lost <= 1
    assert kept <= 1


@pytest.mark.long
@pytest.mark.parametrize("preset", ["benchmark-easy", "benchmark-hard"])
@pytest.mark.parametrize("share", [0.1, 0.4])
def test_false_candidates_are_told_from_true_ones_in_many_tomograms(preset: str, share: float) -> None:
    lost = kept = true = false = 0
    for seed in range(301, 309):
        p = benchmark((120, 240, 240), 36, seed, preset=preset)
        wrong = false_candidates(p, round(len(p.truth) * share / (1 - share)), seed)
        a, b = lost_and_kept(p, wrong, seed)
        lost, kept, true, false = lost + a, kept + b, true + len(p.truth), false + len(wrong)
    assert lost <= 0.03 * true
    assert kept <= max(1, 0.03 * false)
