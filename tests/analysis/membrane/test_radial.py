"""Radial profiles: collected, read off, and their mid-plane."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cryoves_app.analysis.membrane.radial import (
    INSIDE_NM,
    OUTSIDE_NM,
    POSITIONS_NM,
    Profile,
    ProfileSum,
    membrane_template,
    mid_plane_nm,
    parabola_offset,
    shift_profile,
)


def dip(at_nm: float, width_nm: float = 2.0) -> np.ndarray:
    return -np.exp(-0.5 * ((POSITIONS_NM - at_nm) / width_nm) ** 2)


@given(st.floats(-4, 4), st.floats(1.0, 2.5))
def test_the_mid_plane_is_found_between_samples(at: float, width: float) -> None:
    assert mid_plane_nm(dip(at, width)) == pytest.approx(at, abs=0.03)


def test_two_resolved_leaflets_have_one_mid_plane() -> None:
    assert mid_plane_nm(dip(-0.9, 0.8) + dip(1.6, 0.8)) == pytest.approx(0.35, abs=0.05)
    assert abs(POSITIONS_NM[np.argmin(dip(-0.9, 0.8) + dip(1.6, 0.8))] - 0.35) > 1  # without smoothing


def test_a_shifted_profile_has_its_mid_plane_at_zero() -> None:
    values = dip(1.37)
    assert abs(mid_plane_nm(shift_profile(values, mid_plane_nm(values)))) < 0.03


@given(st.integers(0, 50))
def test_a_profile_of_samples_is_the_function_that_they_came_from(seed: int) -> None:
    rng = np.random.default_rng(seed)
    distance = rng.uniform(INSIDE_NM - 2, OUTSIDE_NM + 2, 30_000).astype(np.float32)
    grey = (0.3 * distance - 1).astype(np.float32)
    collected = ProfileSum()
    collected.add(distance, grey, rng.uniform(0.1, 1, distance.size).astype(np.float32))
    np.testing.assert_allclose(collected.mean()[1:-1], 0.3 * POSITIONS_NM[1:-1] - 1, atol=0.02)


def test_samples_at_the_very_ends_stay_inside() -> None:
    """In single precision the last number below the end is as far from the start as the end is."""
    ends = np.array([INSIDE_NM, np.nextafter(np.float32(OUTSIDE_NM), np.float32(0)), OUTSIDE_NM], np.float32)
    collected = ProfileSum()
    collected.add(ends, np.ones(3, np.float32), np.ones(3, np.float32))
    assert collected.weight.sum() == pytest.approx(2)
    np.testing.assert_allclose(collected.mean(), 1, atol=1e-6)


def test_positions_without_samples_take_the_nearest() -> None:
    collected = ProfileSum()
    assert not collected.mean().any()
    collected.add(np.array([0.0], np.float32), np.array([5.0], np.float32), np.array([1.0], np.float32))
    np.testing.assert_allclose(collected.mean(), 5)


def test_value_and_slope_anywhere() -> None:
    profile = membrane_template(3.0)
    at = np.linspace(-9, 10, 400)
    value, slope = profile.at(at)
    np.testing.assert_allclose(value, -np.exp(-0.5 * (at / 3) ** 2), atol=0.01)
    np.testing.assert_allclose(slope, at / 9 * np.exp(-0.5 * (at / 3) ** 2), atol=0.01)
    beyond = Profile(dip(0) + 0.1 * POSITIONS_NM).at(np.array([-50.0, 50.0]))[0]
    np.testing.assert_allclose(beyond, [-1.0, 1.1], atol=0.01)


@given(st.floats(-0.45, 0.45), st.floats(0.1, 10))
def test_the_parabola_through_three_samples(at: float, bend: float) -> None:
    values = bend * (np.arange(5) - 2 - at) ** 2
    assert parabola_offset(values, 2) == pytest.approx(at, abs=1e-9)
    assert parabola_offset(values, 0) == 0.0


def mid_planes(radius_nm: float, blur_nm: float) -> tuple[float, float]:
    """Of a blurred thin shell: by ``ρ f(ρ)``, and by ``f(ρ)``."""
    n = int(2 * (radius_nm + 14)) | 1
    z, y, x = np.ogrid[:n, :n, :n]
    middle = (n - 1) / 2
    rho = np.sqrt((z - middle) ** 2 + (y - middle) ** 2 + (x - middle) ** 2)
    image = ndimage.gaussian_filter(-np.exp(-0.5 * (rho - radius_nm) ** 2), blur_nm)
    found = []
    for scale in (rho / radius_nm, np.ones_like(rho)):
        collected = ProfileSum()
        values = (image * scale).ravel().astype(np.float32)
        collected.add((rho - radius_nm).ravel().astype(np.float32), values, np.ones(values.size, np.float32))
        found.append(mid_plane_nm(collected.mean()))
    return found[0], found[1]


@pytest.mark.parametrize("radius_nm", [12.0, 20.0])
def test_blur_does_not_move_the_mid_plane_of_rho_times_the_profile(radius_nm: float) -> None:
    """``ρ f(ρ)`` keeps its extremum under any isotropic filter; that of ``f(ρ)`` moves inwards by ``σ² / R``."""
    sharp, soft = mid_planes(radius_nm, 1.5), mid_planes(radius_nm, 3.0)
    assert abs(soft[0] - sharp[0]) < 0.03
    assert abs(soft[0]) < 0.12
    assert soft[1] < sharp[1] - 0.7 * (3.0**2 - 1.5**2) / radius_nm
