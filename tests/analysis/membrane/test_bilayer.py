"""The bilayer model: what it says of profiles that were made by other means."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.membrane.bilayer import Bilayer, fit_bilayer, fit_own_bilayer, refit_bilayer
from cryoves_app.analysis.membrane.bilayer_image import Optics
from cryoves_app.domain.membranes import Transfer

FINE = np.arange(-90, 90, 0.1)
POSITIONS = np.arange(-14, 14.1, 0.25)
RADIUS = 19.0


def profile(
    middle: float,
    half: float,
    width: float = 3.0,
    defocus: float = 0.0,
    step: float = 0.0,
    gauge: float = 0.0,
) -> np.ndarray:
    """``(ρ/R) · grey`` of two leaflets of boxes 2 nm wide, imaged on a fine grid by a kernel in real frequencies."""
    d = FINE - middle
    density = -((np.abs(d - half) < 1.0) | (np.abs(d + half) < 1.0)).astype(float)
    density = density + step * (d > half) * (np.abs(FINE) < 80)
    density *= np.where(FINE > -RADIUS, 1 + FINE / RADIUS, 0.0)
    frequency = np.fft.rfftfreq(len(FINE), 0.1)
    transfer = np.exp(-2 * np.pi**2 * frequency**2 * (width / 2.355) ** 2)
    if defocus:
        transfer = transfer * np.sin(np.pi * 0.00197 * 1000 * defocus * frequency**2 + 0.1)
    seen = np.fft.irfft(np.fft.rfft(density) * transfer, n=len(FINE))
    return np.interp(POSITIONS, FINE, seen) + gauge * (1 + POSITIONS / RADIUS)


def found(values: np.ndarray, defocus: float | None = None) -> Bilayer:
    bilayer = fit_bilayer(POSITIONS, values, np.ones(len(POSITIONS)), RADIUS, defocus)
    assert bilayer is not None
    return bilayer


@pytest.mark.parametrize("middle", [-1.3, 0.0, 0.8])
@pytest.mark.parametrize("half", [1.0, 1.6, 2.2])
@pytest.mark.parametrize("defocus", [0.0, 3.0, 6.0])
def test_mid_plane_and_leaflets_under_any_transfer(middle: float, half: float, defocus: float) -> None:
    bilayer = found(profile(middle, half, 2.5, defocus))
    assert bilayer.mid_plane_nm == pytest.approx(middle, abs=0.1)
    assert bilayer.half_distance_nm == pytest.approx(half, abs=0.1)
    assert bilayer.explained > 0.99


@pytest.mark.parametrize("step", [-0.2, 0.2])
@pytest.mark.parametrize("width", [2.5, 5.0])
def test_a_lumen_unlike_the_cytosol_does_not_move_the_mid_plane(step: float, width: float) -> None:
    values = profile(0.4, 1.5, width, step=step)
    assert abs(POSITIONS[np.argmin(values)] - 0.4) > 0.15
    assert found(values).mid_plane_nm == pytest.approx(0.4, abs=0.15)


def test_a_constant_grey_value_says_nothing() -> None:
    bare, with_gauge = found(profile(0.3, 1.5)), found(profile(0.3, 1.5, gauge=-0.3))
    assert with_gauge.mid_plane_nm == pytest.approx(bare.mid_plane_nm, abs=0.02)


@pytest.mark.parametrize("defocus", [2.0, 5.0, 9.0])
def test_defocus_is_found_where_leaflets_are_resolved(defocus: float) -> None:
    optics = found(profile(0.0, 1.5, 2.5, defocus)).optics
    assert optics.transfer is not Transfer.NONE
    assert optics.defocus_um == pytest.approx(defocus, abs=0.5)
    known = found(profile(0.0, 1.5, 2.5, defocus), defocus).optics
    assert known.defocus_um == defocus


def test_grey_scale_does_not_matter() -> None:
    values = profile(0.6, 1.4, 3.0, 5.0)
    assert found(1000 * values).mid_plane_nm == pytest.approx(found(values).mid_plane_nm, abs=1e-3)


@pytest.mark.parametrize(
    ("values", "weight"),
    [(np.zeros(len(POSITIONS)), 1.0), (np.ones(len(POSITIONS)), 1.0), (profile(0, 1.5), 0.0)],
)
def test_nothing_is_said_of_what_shows_nothing(values: np.ndarray, weight: float) -> None:
    flat = np.full(len(POSITIONS), weight)
    assert fit_bilayer(POSITIONS, values, flat, RADIUS) is None
    known = Bilayer(0.0, 1.5, Optics(3.0), 1.0, 0.0)
    assert refit_bilayer(known, POSITIONS, values, flat, RADIUS) is None
    assert fit_own_bilayer(known, POSITIONS, values, flat, RADIUS, free_mid=True) is None


@pytest.mark.parametrize("half", [1.2, 1.5, 1.9])
@pytest.mark.parametrize("middle", [-0.6, 0.0, 0.5])
def test_one_vesicle_through_the_populations_optics(half: float, middle: float) -> None:
    usual = found(profile(0.0, 1.5, 2.5, 5.0)).centred()
    weight = np.ones(len(POSITIONS))
    own = fit_own_bilayer(usual, POSITIONS, profile(middle, half, 2.5, 5.0), weight, RADIUS, free_mid=True)
    assert own is not None
    assert own.mid_plane_nm == pytest.approx(middle, abs=0.1)
    assert own.half_distance_nm == pytest.approx(half, abs=0.1)
    still = fit_own_bilayer(usual, POSITIONS, profile(0.0, half, 2.5, 5.0), weight, RADIUS, free_mid=False)
    assert still is not None
    assert (still.mid_plane_nm, still.se_mid_plane_nm) == (0.0, 0.0)
    assert still.half_distance_nm == pytest.approx(half, abs=0.1)


def test_the_error_of_the_leaflet_distance_grows_with_noise() -> None:
    usual = found(profile(0.0, 1.5, 2.5, 5.0)).centred()
    rng = np.random.default_rng(2)
    errors, misses = [], []
    for noise in (0.02, 0.08):
        some = [
            fit_own_bilayer(
                usual,
                POSITIONS,
                profile(0.0, 1.5, 2.5, 5.0) + noise * rng.standard_normal(len(POSITIONS)),
                np.ones(len(POSITIONS)),
                RADIUS,
                free_mid=False,
            )
            for _ in range(12)
        ]
        errors.append(np.median([own.se_half_distance_nm for own in some if own]))
        misses.append(np.std([own.half_distance_nm for own in some if own]))
    assert errors[1] > 1.5 * errors[0]
    assert 0.3 < errors[1] / misses[1] < 4
