"""The Dice of two sets of spheres, painted only where they are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.scores.sphere_dice import dice_of_spheres
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere

SHAPE = (70, 90, 130)
spheres = st.lists(
    st.builds(Sphere, *(st.floats(-30, 2 * n + 30) for n in SHAPE), st.floats(1, 60)), max_size=4
)


@given(spheres, spheres, st.booleans())
def test_it_is_that_of_the_painted_volumes(a: list[Sphere], b: list[Sphere], masked: bool) -> None:
    mask = (np.indices(SHAPE).sum(axis=0) % 7 < 4).astype(np.uint8) if masked else None
    first, second = (
        paint_spheres(np.array([s.to_px(2.0) for s in some], float).reshape(-1, 4), SHAPE) > 0
        for some in (a, b)
    )
    if mask is not None:
        first, second = first & (mask > 0), second & (mask > 0)
    total = int(first.sum()) + int(second.sum())
    expected = 2 * int((first & second).sum()) / total if total else 1.0
    assert dice_of_spheres(a, b, SHAPE, 2.0, mask) == expected


def test_without_a_volume_all_voxels_count() -> None:
    one, half = Sphere(-500.0, 3e8, 7.0, 20.0), Sphere(-500.0, 3e8 + 20, 7.0, 20.0)
    assert dice_of_spheres([one], [one], None, 1.0) == 1.0
    assert dice_of_spheres([one], [half], None, 1.0) == pytest.approx(
        0.3125, abs=0.01
    )  # two spheres a radius apart
    assert dice_of_spheres([one], [], None, 1.0) == 0.0
    assert dice_of_spheres([], [], None, 1.0) == 1.0


def test_what_is_far_too_large_is_a_sentence() -> None:
    with pytest.raises(
        CryoVesError, match="radius of 1e\\+06 nm cannot be compared; are its numbers in another unit"
    ):
        dice_of_spheres([Sphere(0.0, 0.0, 0.0, 1e6)], [], None, 1.0)
    assert dice_of_spheres([Sphere(0.0, 0.0, 0.0, 1e6)], [], (40, 40, 40), 1.0) == 0.0
