"""Vesicles beyond the radii that were looked for: what is told, and the recipe that takes them."""

from __future__ import annotations

import pytest

from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.recipe import Recipe


def test_nothing_beyond_is_nothing() -> None:
    assert BeyondRange.of([], (10.0, 40.0)) is None


def test_the_sentence_has_number_radii_and_what_to_set() -> None:
    beyond = BeyondRange.of([61.0, 55.2, 58.0], (10.0, 40.0))
    assert beyond == BeyondRange(3, 55.2, 61.0, 10.0, 40.0)
    assert beyond.sentence() == (
        "3 more candidates of 55 to 61 nm radius are beyond what was looked for (10 to 40 nm) and listed as doubtful: "
        "to take them for vesicles, set input.largest_radius_nm = 70 in the recipe and run again."
    )
    assert beyond.offer() == "Run again with radii of 10 to 70 nm"
    one = BeyondRange(1, 52.0, 52.0, 10.0, 40.0).sentence()
    assert one.startswith("1 more candidate of 52 nm radius is beyond")


@pytest.mark.parametrize(
    ("radii", "smallest", "largest"),
    [
        ((6.0,), 5.0, 0.0),
        ((6.0, 52.0), 5.0, 60.0),
        ((0.4,), 1.0, 0.0),
        ((198.0,), 0.0, 200.0),
    ],
)
def test_the_wider_recipe_holds_them_within_its_limits(
    radii: tuple[float, ...], smallest: float, largest: float
) -> None:
    beyond = BeyondRange.of(radii, (10.0, 40.0))
    assert beyond is not None
    settings = beyond.widened(Recipe()).input
    assert (settings.smallest_radius_nm, settings.largest_radius_nm) == (smallest, largest)
