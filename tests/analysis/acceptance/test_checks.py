"""Sentences about a finished run."""

from __future__ import annotations

import pytest

from cryoves_app.analysis.acceptance.checks import check_result
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Flag, Status, Vesicle


def vesicles(number: int = 10, **fields: object) -> list[Vesicle]:
    return [Vesicle(k, 0.0, 0.0, 60.0 * k, 20.0, contrast=3.0).but(**fields) for k in range(1, number + 1)]


def test_a_good_run_needs_no_sentence() -> None:
    assert check_result(vesicles(), Recipe()) == ()
    assert check_result([], Recipe()) == ()


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (vesicles(4) + vesicles(6, status=Status.OUTLIER), "60% of the candidates are outliers"),
        (vesicles(radius_nm=55.0), "median radius is 55 nm where 20 nm were expected"),
        (vesicles(radius_nm=8.0), "median radius is 8 nm"),
        (vesicles(contrast=-1.0, status=Status.OUTLIER), "brighter than their surroundings"),
        (vesicles(9) + vesicles(1, flags=(Flag.FACE,)), "1 vesicle is cut by a face"),
        (vesicles(8) + vesicles(2, flags=(Flag.OVERLAP,)), "2 accepted vesicles overlap"),
    ],
)
def test_what_is_odd_is_said(found: list[Vesicle], sentence: str) -> None:
    assert any(sentence in note.sentence for note in check_result(found, Recipe()))


def test_few_vesicles_are_no_ground_for_a_verdict() -> None:
    assert check_result(vesicles(2, radius_nm=55.0, contrast=-1.0, status=Status.OUTLIER), Recipe()) == ()


def test_the_expected_radius_decides_what_is_odd() -> None:
    recipe = Recipe().with_value("input", "expected_radius_nm", 60.0)
    assert check_result(vesicles(radius_nm=55.0), recipe) == ()
