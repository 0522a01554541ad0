"""The first look at a tomogram: from small parts, and right."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.grey.blocks import grey_level
from cryoves_app.analysis.grey.contrast import evidence_of, third_moments
from cryoves_app.analysis.grey.quick import quick_contrast, quick_level

SHAPE = (12, 640, 900)


class Watched:
    """An array that knows how much of it was asked for at once."""

    def __init__(self, data: NDArray[np.float32]) -> None:
        self._data, self.most = data, 0
        self.shape, self.size, self.dtype = data.shape, data.size, data.dtype

    def __getitem__(self, key: Any) -> Any:
        found = self._data[key]
        self.most = max(self.most, found.size)
        return found


@pytest.fixture(scope="module")
def grey() -> NDArray[np.float32]:
    """Noise with dark dots, in large numbers."""
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 1, SHAPE)
    noise[rng.random(SHAPE) < 0.01] -= 12
    return (30_000 + 40 * ndimage.gaussian_filter(noise, 1)).astype(np.float32)


def test_the_contrast_is_that_of_whole_planes_of_which_only_the_middle_is_read(
    grey: NDArray[np.float32],
) -> None:
    level = grey_level(grey)
    assert level is not None
    moments = []
    for k in np.unique(np.linspace(0, SHAPE[0] - 1, 10).round().astype(int)[1:-1]):
        plane = (grey[k].astype(np.float64) - level.middle) / level.spread
        whole = ndimage.gaussian_filter(np.where(np.abs(plane) <= 16, plane, 0.0), 1.1)
        moments += third_moments(whole.astype(np.float32)[64:576, 194:706])
    watched = Watched(grey)
    assert quick_contrast(watched, 2.0) == evidence_of(moments)  # type: ignore[arg-type]
    assert watched.most <= 524**2


def test_level_and_deviation_leave_fills_and_wild_voxels_out() -> None:
    noise = np.random.default_rng(5).normal(30_000, 40, (40, 60, 64)).astype(np.float32)
    some = noise.ravel()
    expected = (float(np.median(some)), float(some.std(dtype=np.float64)))
    assert quick_level(noise, some) == pytest.approx(expected, rel=1e-12)
    spoilt = some.copy()
    spoilt[::7], spoilt[5] = 0.0, 1e9
    known = np.delete(some, [5, *range(0, some.size, 7)])
    expected = (float(np.median(known)), float(known.std(dtype=np.float64)))
    assert quick_level(noise, spoilt) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("values", [[], [7.0], [7.0] * 100])
def test_where_nothing_varies_the_deviation_is_one(values: list[float]) -> None:
    level, deviation = quick_level(np.full((4, 4, 4), 7.0, np.float32), np.array(values, np.float32))
    assert (level, deviation) == ((7.0, 1.0) if values else (0.0, 1.0))
