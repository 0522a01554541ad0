"""Boxes of voxels."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError

SHAPE = (20, 30, 40)


def test_a_cube_around_a_point_stays_inside_the_volume() -> None:
    assert Box.around((10, 15, 20), 8, SHAPE) == Box((6, 11, 16), (14, 19, 24))
    assert Box.around((0, 29, 39), 8, SHAPE) == Box((0, 25, 35), (4, 30, 40))
    assert Box.around((10, 15, 20), 500, SHAPE).shape == SHAPE


def test_what_lies_inside_is_what_the_mask_says() -> None:
    box = Box.of([2, 3, 4, 6, 9, 12], SHAPE)
    mask = box.mask(SHAPE)
    assert mask.sum() == np.prod(box.shape)
    inside = [index for index in np.ndindex(SHAPE) if box.contains(index)]
    assert {tuple(i) for i in np.argwhere(mask)} == set(inside)


def test_a_margin_stops_at_the_faces() -> None:
    assert Box((2, 3, 4), (6, 9, 12)).grown(5, SHAPE) == Box((0, 0, 0), (11, 14, 17))


@pytest.mark.parametrize(
    "numbers", [(1, 2, 3), (5, 5, 5, 5, 9, 9), (30, 0, 0, 40, 5, 5), (0, 0, 0, 5, 5, 41), (-1, 0, 0, 5, 5, 5)]
)
def test_a_box_without_voxels_or_beyond_the_volume_is_refused(numbers: tuple[int, ...]) -> None:
    with pytest.raises(CryoVesError, match="box"):
        Box.of(numbers, SHAPE)
