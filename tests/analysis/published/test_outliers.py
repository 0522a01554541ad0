"""Outliers by the manuscript's p-value, and by the published program's distance, correlation and radius."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.published.outliers import (
    features,
    judge_by_distance,
    judge_by_p_value,
    p_values,
    squared_distances,
)
from cryoves_app.analysis.published.sphere_fit import fit_candidates_as_published
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.domain.vesicle import Status, Vesicle
from tests.phantoms import Phantom, candidates_near

PAPER = BUILT_IN["paper"]


def population(size: int, seed: int = 0) -> list[Vesicle]:
    rng = np.random.default_rng(seed)
    rows = rng.normal([5.0, -2000.0, 20.0], [0.3, 100.0, 2.0], (size, 3))
    return [
        Vesicle(
            k, 0, 0, 100.0 * k, r, membrane_thickness_nm=t, membrane_density=d, correlation=0.8, contrast=3.0
        )
        for k, (t, d, r) in enumerate(rows.tolist(), 1)
    ]


def test_p_values_of_real_vesicles_are_those_that_were_published(shared_data: Path) -> None:
    """χ² of D² with one degree of freedom less than there are features; the list is rounded to whole voxels."""
    table = np.genfromtxt(shared_data / "real_vesicles" / "features_488.csv", delimiter=",", names=True)
    rows = np.column_stack([table[n] for n in ("thickness_px", "membrane_grey", "radius_px")])
    p, stored = p_values(squared_distances(rows)), table["p_value"]
    assert len(p) == 488
    assert np.median(np.abs(p - stored)) < 0.01
    assert np.abs(p - stored).max() < 0.08
    assert ((p < 0.3).sum(), (stored < 0.3).sum()) == (78, 77)


def test_the_published_cut_needs_distance_or_correlation() -> None:
    far = population(1)[0].but(id=99, x_nm=-200.0, radius_nm=60.0)
    unlike = population(1)[0].but(id=98, x_nm=-100.0, correlation=0.2)
    judged = judge_by_distance([*population(60), far, unlike], 12.0, 1.0).vesicles
    out = {v.id: v.reason for v in judged if v.status is Status.OUTLIER}
    assert set(out) == {99, 98}
    assert "distance" in out[99]
    assert "correlation" in out[98]


def test_spheres_that_touch_shrink_and_too_small_ones_go() -> None:
    """In voxels of 2 nm: a pair of 10 voxels 19 apart keeps 8, one of 6 voxels beside it goes."""
    at = {1: (0.0, 20.0), 2: (38.0, 20.0), 3: (100.0, 12.0), 4: (200.0, 14.0)}
    some = [Vesicle(k, 0, 0, x, r, radius_mid_nm=r - 2) for k, (x, r) in at.items()]
    judged = judge_by_distance(some, 12.0, 2.0).vesicles
    assert [(v.radius_nm, v.radius_mid_nm) for v in judged] == [(16, 16), (16, 16), (12, 10), (14, 12)]
    assert [v.status for v in judged] == [Status.ACCEPTED] * 2 + [Status.OUTLIER, Status.ACCEPTED]
    assert judged[2].reason == "radius not above 12 nm"
    near = [some[3].but(x_nm=0.0), some[3].but(id=5, x_nm=26.0)]
    assert {v.reason for v in judge_by_distance(near, 12.0, 2.0).vesicles} == {
        "radius not above 12 nm after making room for a neighbour"
    }


def test_the_papers_cut_removes_half_and_only_once(vesicles: Phantom) -> None:
    """With two degrees of freedom for three features p < 0.3 holds for 49 % of a normal population."""
    settings = replace(PAPER.fit, refit_rounds=0)
    judged = judge_by_p_value(population(200), PAPER.outliers, settings, vesicles.source, Progress()).vesicles
    assert np.mean([v.status is Status.OUTLIER for v in judged]) == pytest.approx(0.49, abs=0.1)
    assert len(judged) == 200


def test_doubtful_ones_are_fitted_again_first(vesicles: Phantom) -> None:
    fits = fit_candidates_as_published(
        vesicles.source, candidates_near(vesicles.truth, 4), PAPER.fit, Progress()
    )
    spoilt = [v.but(membrane_thickness_nm=30.0) if v.id == 5 else v for v in fits.vesicles]
    kept = {}
    for rounds in (0, 10):
        settings = replace(PAPER.fit, refit_rounds=rounds)
        judged = judge_by_p_value(spoilt, PAPER.outliers, settings, vesicles.source, Progress()).vesicles
        kept[rounds] = judged[4].membrane_thickness_nm
    assert kept[0] == 30.0
    assert kept[10] < 14.0


@pytest.mark.parametrize("number", [0, 1, 2])
def test_few_vesicles_have_no_p_values(number: int, vesicles: Phantom) -> None:
    some = population(number)
    for judged in (
        judge_by_distance(some, 12.0, 2.2),
        judge_by_p_value(some, PAPER.outliers, PAPER.fit, vesicles.source, Progress()),
    ):
        assert [v.status for v in judged.vesicles] == [Status.ACCEPTED] * number
        assert all(v.p_value is None for v in judged.vesicles)


def test_unknown_features_count_for_nothing() -> None:
    some = [*population(20), Vesicle(99, 0, 0, 0, 20.0)]
    d2 = squared_distances(features(some))
    assert np.isnan(d2[-1])
    np.testing.assert_allclose(d2[:-1], squared_distances(features(some[:-1])))
