"""Whether two volumes are the same tomogram."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.network_input.volume_match import FARTHEST_PX, match_volumes
from tests.phantoms import benchmark

RAW = benchmark((70, 120, 120), 10, 3, snr=0.05, denoise_nm=0.0).grey.astype(np.float32)
DENOISED = ndimage.gaussian_filter(RAW, 2.0)


def test_a_raw_and_a_denoised_tomogram_lie_on_each_other() -> None:
    match = match_volumes(DENOISED, RAW)
    assert match.is_known
    assert match.correlation > 0
    assert match.distance_px <= FARTHEST_PX


@pytest.mark.parametrize("shift", [(0, 0, 4), (-3, 5, 0)])
def test_a_shift_is_found(shift: tuple[int, int, int]) -> None:
    match = match_volumes(np.roll(DENOISED, shift, (0, 1, 2)), RAW)
    np.testing.assert_allclose(match.shift_px, shift, atol=1)


def test_opposite_contrast_is_negative() -> None:
    assert match_volumes(DENOISED, -RAW).correlation < -0.1


def test_another_tomogram_says_nothing() -> None:
    other = np.random.default_rng(1).standard_normal(RAW.shape)
    assert not match_volumes(DENOISED, other).is_known
    assert not match_volumes(DENOISED, np.zeros(RAW.shape)).is_known
    holed = DENOISED.copy()
    holed[30:40, 50:60, 50:60] = np.nan
    assert match_volumes(holed, RAW).is_known
