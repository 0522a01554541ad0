"""The look of a network's input: measured on noise of known spectrum, and given to another."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.analysis.network_input.look import (
    RINGS,
    SHARES,
    GreyLook,
    give_look,
    mean_look,
    measure_look,
)

SHAPE = (70, 130, 110)


def noise(seed: int, blur_px: float = 0.0) -> NDArray[np.float32]:
    values = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=SHAPE), blur_px)
    return ((values - values.mean()) / values.std()).astype(np.float32)


def test_white_noise_has_the_same_power_in_all_rings() -> None:
    look = measure_look(noise(1))
    assert look.power == pytest.approx([1.0] * RINGS, rel=0.2)
    assert look.grey[SHARES.index(0.5)] == pytest.approx(0.0, abs=0.01)
    assert look.grey[SHARES.index(0.98)] == pytest.approx(2.05, abs=0.05)


def test_a_blurred_input_gets_the_spectrum_and_grey_values_of_another() -> None:
    wanted = measure_look(noise(1, 1.5))
    image, out = noise(2, 1.0), np.empty(SHAPE, np.float32)
    before = measure_look(image)
    give_look(image, out, wanted)
    after = measure_look(out)
    assert before.difference(wanted) > 0.4
    assert after.difference(wanted) < 0.5 * before.difference(wanted)
    assert after.grey == pytest.approx(wanted.grey, abs=0.05)
    assert np.corrcoef(image.ravel(), out.ravel())[0, 1] > 0.85


def test_blocks_leave_no_seams() -> None:
    """The same filter over the whole volume at once gives the same away from its faces."""
    image, out, whole = noise(3, 1.0), np.empty(SHAPE, np.float32), np.empty((48, 64, 64), np.float32)
    wanted = measure_look(noise(4, 1.3))
    give_look(image, out, wanted)
    give_look(image[:48, :64, :64], whole, wanted)
    inner = (slice(20, 28), slice(20, 44), slice(20, 44))
    assert np.corrcoef(out[inner].ravel(), whole[inner].ravel())[0, 1] > 0.99


def test_an_input_that_has_the_look_stays_as_it_is() -> None:
    image, out = noise(5, 1.2), np.empty(SHAPE, np.float32)
    give_look(image, out, measure_look(image))
    assert np.abs(out - image).max() < 0.05


def test_voxels_without_data_do_not_count_and_stay() -> None:
    image, with_data = noise(6, 1.0), np.ones(SHAPE, np.uint8)
    image[:, :20] = -50
    with_data[:, :20] = 0
    look = measure_look(image, with_data)
    assert min(look.grey) > -5
    out = np.empty(SHAPE, np.float32)
    give_look(image, out, measure_look(noise(7, 1.4)), with_data)
    assert (out[:, :20] == -50).all()


def test_the_mean_of_looks_lies_between_them() -> None:
    one, other = measure_look(noise(8, 0.8)), measure_look(noise(9, 1.4))
    middle = mean_look([one, other])
    assert middle.difference(one) == pytest.approx(middle.difference(other), rel=1e-6)
    with pytest.raises(ValueError, match="fixed number"):
        GreyLook((0.0,), (1.0,) * RINGS)


def test_an_input_without_contrast_stays_finite() -> None:
    out = np.empty((20, 20, 20), np.float32)
    give_look(np.zeros((20, 20, 20), np.float32), out, measure_look(noise(10)))
    assert np.isfinite(out).all()
