"""Contrast transfer, damage and noise, against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.simulate.microscope import (
    WAVELENGTH_NM,
    blur,
    contrast_transfer,
    damage,
    expose,
    shot_noise,
)
from cryoves_app.analysis.simulate.spec import ImagingSpec

ANGLES = np.array([-60.0, 0.0, 60.0])


@pytest.mark.parametrize("defocus_nm", [2000.0, 6000.0])
@pytest.mark.parametrize("order", [1, 2, 3])
def test_transfer_vanishes_where_the_phase_is_a_multiple_of_pi(defocus_nm: float, order: int) -> None:
    spec = ImagingSpec(defocus_nm=defocus_nm, phase_shift_rad=0.1)
    k_squared = (np.pi * order - 0.1) / (np.pi * WAVELENGTH_NM * defocus_nm)
    around = contrast_transfer(np.array([k_squared * 0.99, k_squared, k_squared * 1.01]), spec)
    assert around[1] == pytest.approx(0, abs=1e-9)
    assert around[0] * around[2] < 0


def test_correcting_flips_phases_only() -> None:
    k_squared = np.linspace(0, 0.3, 200)
    raw = contrast_transfer(k_squared, ImagingSpec())
    corrected = contrast_transfer(k_squared, ImagingSpec(ctf_corrected=True))
    np.testing.assert_allclose(corrected, np.abs(raw))
    assert raw.min() < -0.9


def test_blur_has_the_given_width() -> None:
    x = np.arange(-64, 64) * 0.25
    k_squared = np.fft.fftfreq(128, 0.25) ** 2
    profile = np.fft.fftshift(np.fft.ifft(blur(k_squared, 4.0)).real)
    above_half = x[profile > profile.max() / 2]
    assert np.ptp(above_half) == pytest.approx(4.0, abs=0.5)


def test_damage_grows_with_dose_and_spares_coarse_detail() -> None:
    k_squared = np.array([1 / 20, 1 / 3]) ** 2
    early, late = damage(k_squared, 10), damage(k_squared, 100)
    assert np.all(late < early)
    assert late[0] > late[1]


def test_noise_is_stronger_in_tilted_views() -> None:
    noise = shot_noise(np.random.default_rng(1), (3, 100, 100), ANGLES, ImagingSpec(section_nm=310.0))
    deviations = noise.std(axis=(1, 2))
    assert deviations[1] == pytest.approx(1, rel=0.03)
    np.testing.assert_allclose(deviations[[0, 2]], np.exp(0.5), rtol=0.03)


def test_dense_matter_turns_dark() -> None:
    views = np.zeros((3, 64, 64), np.float32)
    views[:, 32, 32] = 1
    micrographs = expose(np.random.default_rng(1), views, ANGLES, 1.0, ImagingSpec(misalignment_nm=0.0))
    for micrograph in micrographs:
        assert np.unravel_index(micrograph.argmin(), micrograph.shape) == (32, 32)
        assert -micrograph.min() > micrograph.max()


def test_misalignment_displaces_views() -> None:
    views = np.zeros((3, 64, 64), np.float32)
    views[:, 32, 32] = 1
    spec = ImagingSpec(misalignment_nm=4.0)
    micrographs = expose(np.random.default_rng(1), views, ANGLES, 1.0, spec)
    places = [np.unravel_index(m.argmin(), m.shape) for m in micrographs]
    assert len(set(places)) > 1
