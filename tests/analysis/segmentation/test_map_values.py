"""What the values of another program's map are taken for."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from cryoves_app.analysis.segmentation.map_values import survey_map


def volume(*planes: list[float], dtype: str = "f4") -> NDArray[np.generic]:
    return np.array([[plane] for plane in planes], dtype)


@pytest.mark.parametrize(
    ("data", "divisor"),
    [
        (volume([0, 0.2], [0.9, 1]), 1.0),
        (volume([-0.02, 0.2], [0.9, 1.03]), 1.0),
        (volume([0, 1], [1, 0], dtype="u1"), 1.0),
        (volume([0, 3], [255, 17], dtype="u1"), 255.0),
        (volume([0, 200], [0, 200], dtype="i2"), 200.0),
        (volume([0, 7], [0, 0], dtype="u2"), 7.0),
        (volume([np.nan, 0.5], [np.inf, 0.7]), 1.0),
        (volume([0, 0], [0, 0]), 1.0),
        (volume([-4, 2], [3, 1]), None),
        (volume([0, 3], [40, 17], dtype="u2"), None),
        (volume([0, 3], [400, 17], dtype="u2"), None),
        (volume([0, 3.5], [200.5, 17]), None),
        (volume([5, 7], [7, 5], dtype="u2"), None),
    ],
)
def test_probabilities_bytes_and_masks_are_told_from_other_numbers(
    data: NDArray[np.generic], divisor: float | None
) -> None:
    assert survey_map(data).divisor == divisor


@pytest.mark.parametrize(
    ("data", "two"),
    [
        (volume([0, 0], [0, 5]), True),
        (volume([0, 1], [2, 2]), False),
        (volume([1, 1], [2, 0]), False),
        (volume([1, 1], [0, 0], [2, 2]), False),
        (volume([1, 1], [1, 1]), False),
        (volume([2, 2], [1, 1], [0, 0]), False),
        (volume([3, 3], [0, 3], [3, 0]), True),
    ],
)
def test_two_values_are_a_mask_wherever_they_stand(data: NDArray[np.generic], two: bool) -> None:
    assert survey_map(data).are_two is two
