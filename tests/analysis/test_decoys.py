"""What fits reach where there is no vesicle."""

from __future__ import annotations

from cryoves_app.analysis.fitting import fit_candidates
from cryoves_app.domain.recipe import FitSettings
from tests.phantoms import candidates_near, phantom


def test_decoys_reach_less_than_vesicles() -> None:
    p = phantom([(40.0, 40.0 + 60 * k, 40.0, 18.0 + k) for k in range(3)], (41, 92, 110))
    found = fit_candidates(p.source, candidates_near(p.truth, 1), FitSettings())
    assert found.decoy_correlation is not None
    assert 0 < found.decoy_correlation < 0.8 * min(v.correlation or 0 for v in found.vesicles)


def test_without_vesicles_there_is_nothing_to_compare_with() -> None:
    empty = phantom([], (41, 41, 41))
    assert fit_candidates(empty.source, [], FitSettings()).decoy_correlation is None
