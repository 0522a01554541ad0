"""Whitening by a tomogram's own power spectrum."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import fft, ndimage

from cryoves_app.analysis.membrane.whitening import (
    DEEP_FLOORS,
    RIM_PX,
    USUAL_FLOOR,
    Whitening,
    measure_power,
)

VOXEL = 2.0


def coloured(seed: int = 0, shape: tuple[int, int, int] = (64, 72, 80)) -> np.ndarray:
    noise = np.random.default_rng(seed).normal(size=shape)
    soft = ndimage.gaussian_filter(noise, 1.0, mode="wrap")
    return (100 + 7 * soft / soft.std()).astype(np.float32)


def whitening(data: np.ndarray, median: float = 100.0, floor: float = USUAL_FLOOR) -> Whitening:
    spectrum = measure_power(data, VOXEL, median, 7.0)
    assert spectrum is not None
    return spectrum.whitening(floor)


def octave_powers(box: np.ndarray) -> np.ndarray:
    power = np.abs(fft.rfftn(box - box.mean())) ** 2
    kz, ky = (fft.fftfreq(n) for n in box.shape[:2])
    k = np.sqrt(kz[:, None, None] ** 2 + ky[None, :, None] ** 2 + fft.rfftfreq(box.shape[2]) ** 2)
    edges = [0.03, 0.06, 0.12, 0.24]
    return np.array([power[(k > a) & (k <= b)].mean() for a, b in itertools.pairwise(edges)])


def test_the_spectrum_becomes_flat() -> None:
    data = coloured()
    white = whitening(data)
    other = (coloured(1) - 100) / 7
    before, after = octave_powers(other), octave_powers(white.apply(other, VOXEL))
    assert before.max() / before.min() > 3
    assert after.max() / after.min() < 1.6


def test_whitening_is_linear_and_moves_nothing() -> None:
    white = whitening(coloured())
    point = np.zeros((32, 32, 32), np.float32)
    point[16, 15, 17] = 1.0
    seen = white.apply(point, VOXEL)
    assert np.unravel_index(np.argmax(seen), seen.shape) == (16, 15, 17)
    np.testing.assert_allclose(white.apply(3 * point, VOXEL), 3 * seen, atol=1e-4)


def test_directions_that_were_not_imaged_do_not_count() -> None:
    """A spectrum that is empty near the beam must not make the rest look weaker."""
    data = coloured()
    spectrum = fft.rfftn(data - 100)
    kz = np.abs(fft.fftfreq(64))[:, None, None]
    kx = fft.rfftfreq(80)[None, None, :]
    spectrum[np.broadcast_to(kz > np.tan(np.deg2rad(60)) * kx, spectrum.shape)] = 0
    cut = fft.irfftn(spectrum, s=data.shape).astype(np.float32)
    whole, wedge = (whitening(d, 0.0) for d in (data - 100, cut))
    middle = (whole.frequency > 0.03) & (whole.frequency < 0.15)
    ratio = (wedge.gain / wedge.gain[middle].mean())[middle] / (whole.gain / whole.gain[middle].mean())[
        middle
    ]
    np.testing.assert_allclose(ratio, 1, atol=0.15)


@pytest.mark.parametrize("shape", [(64, 64, 64), (15, 64, 64)])
def test_nothing_to_measure_is_no_whitening(shape: tuple[int, int, int]) -> None:
    assert measure_power(np.full(shape, 5.0, np.float32), VOXEL, 5.0, 0.0) is None
    assert measure_power(np.full(shape, 5.0, np.float32), VOXEL, 5.0, 1.0) is None


def test_bad_voxels_do_no_harm() -> None:
    data = coloured()
    data[::7, ::5, ::3] = np.nan
    white = whitening(data)
    assert np.isfinite(white.gain).all()


def test_weak_frequencies_are_amplified_down_to_the_floor() -> None:
    soft = ndimage.gaussian_filter(coloured() - 100, 2.5, mode="wrap")
    usual, deep = (whitening(soft, 0.0, floor) for floor in (USUAL_FLOOR, DEEP_FLOORS[1]))
    strong = usual.gain < 5
    np.testing.assert_allclose(deep.gain[strong], usual.gain[strong], rtol=0.01)
    assert usual.gain.max() == pytest.approx(USUAL_FLOOR**-0.5, rel=0.01)
    assert deep.gain.max() == pytest.approx(DEEP_FLOORS[1] ** -0.5, rel=0.1)


def test_a_box_is_whitened_as_the_whole_is() -> None:
    """Its faces do not meet in the transform, and that jump has more power than a smoothed image at high frequency."""
    whole = ndimage.gaussian_filter(
        np.random.default_rng(2).normal(size=(96, 96, 96)).astype(np.float32), 1.8, mode="wrap"
    )
    white = whitening(whole / whole.std(), 0.0, DEEP_FLOORS[1])
    k = np.sqrt(
        sum(
            np.square(f)
            for f in np.meshgrid(*[fft.fftfreq(96, VOXEL)] * 2, fft.rfftfreq(96, VOXEL), indexing="ij")
        )
    )
    expected = fft.irfftn(fft.rfftn(whole.astype(float)) * white.at(k), s=whole.shape)
    box = slice(20, 76)
    seen = white.apply(whole[box, box, box], VOXEL)
    inner = slice(RIM_PX, -RIM_PX)
    misfit = seen[inner, inner, inner] - expected[box, box, box][inner, inner, inner]
    assert misfit.std() < 0.1 * expected.std()


@pytest.mark.parametrize("levels", [30, 8])
def test_what_lies_below_rounding_is_not_amplified(levels: int) -> None:
    soft = ndimage.gaussian_filter(coloured() - 100, 2.5, mode="wrap")
    fine = soft / soft.std() * levels
    smooth, rounded = (measure_power(d, VOXEL, 0.0, levels) for d in (fine, np.round(fine)))
    assert smooth is not None
    assert rounded is not None
    assert smooth.deep_floor(1e-9) == 1e-9
    floor = rounded.deep_floor(1e-9)
    assert floor == pytest.approx(3 * rounded.power[-1], rel=0.4)
    assert floor > 1e-9
