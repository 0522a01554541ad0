"""One vesicle against a known profile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.analysis.membrane.radial import POSITIONS_NM, Profile, ProfileSum
from cryoves_app.analysis.membrane.shell import GreySource, Shell, View, collect
from cryoves_app.analysis.membrane.sphere_fit import add_to_profile, fit_sphere, linearise

VOXEL = 2.0
PROFILE = Profile(
    -np.exp(-0.5 * (POSITIONS_NM / 3.0) ** 2) + 0.3 * np.exp(-0.5 * ((POSITIONS_NM - 7) / 2) ** 2)
)
CENTRE = np.array([41.3, 40.2, 39.5])
RADIUS = 19.4


def shell_of(scale: float = 2.0, offset: float = 0.5, noise: float = 0.0, seed: int = 0) -> Shell:
    """Voxels of a vesicle that follows the model exactly, with white noise."""
    z, y, x = np.mgrid[:41, :41, :41] * VOXEL
    rho = np.sqrt((z - CENTRE[0]) ** 2 + (y - CENTRE[1]) ** 2 + (x - CENTRE[2]) ** 2)
    values = np.interp(rho - RADIUS, POSITIONS_NM, PROFILE.values)
    grey = offset + scale * RADIUS / np.maximum(rho, 0.1) * values
    grey += np.random.default_rng(seed).normal(0, noise, grey.shape) if noise else 0
    source = GreySource(grey.astype(np.float32), VOXEL, 0.0, 1.0)
    return collect(
        source, np.array([*CENTRE, RADIUS]), np.zeros((0, 4)), View(), tilt_range_deg=90, edge_nm=2.25
    )


CLEAN = shell_of()


@settings(max_examples=25)
@given(st.tuples(*[st.floats(-2, 2)] * 3), st.floats(-2, 2))
def test_starts_within_reach_end_at_the_truth(off: tuple[float, float, float], radius_off: float) -> None:
    fit = fit_sphere(CLEAN, np.array([*(CENTRE + off), RADIUS + radius_off]), PROFILE, 30)
    assert fit.converged
    np.testing.assert_allclose(fit.sphere, [*CENTRE, RADIUS], atol=0.02)
    assert fit.scale == pytest.approx(2.0, rel=0.01)
    assert fit.offset == pytest.approx(0.5, abs=0.01)
    assert fit.explained > 0.999
    assert fit.moved_nm == pytest.approx(np.linalg.norm(off), abs=0.03)


@pytest.mark.parametrize("seed", range(5))
def test_a_fit_in_strong_noise_settles_within_a_fraction_of_its_error(seed: int) -> None:
    """Voxels that enter and leave the model's reach make the last thousandths of a nanometre jump."""
    noisy = shell_of(noise=6.0, seed=seed)
    start = np.array([*(CENTRE + 0.8), RADIUS + 0.8])
    fit = fit_sphere(noisy, start, PROFILE)
    assert fit.converged
    on = fit_sphere(noisy, fit.sphere, PROFILE, 40)
    assert np.abs(on.sphere - fit.sphere).max() < 0.25 * np.abs(fit.sphere - [*CENTRE, RADIUS]).max() + 0.05


def test_a_fixed_radius_stays() -> None:
    fit = fit_sphere(CLEAN, np.array([*(CENTRE + 1.0), RADIUS + 1.0]), PROFILE, 30, fixed_radius=True)
    assert fit.sphere[3] == RADIUS + 1.0
    np.testing.assert_allclose(fit.sphere[:3], CENTRE, atol=0.05)


def test_the_start_is_not_changed() -> None:
    start = np.array([*CENTRE, RADIUS]) + 0.7
    fit_sphere(CLEAN, start, PROFILE)
    np.testing.assert_array_equal(start, np.array([*CENTRE, RADIUS]) + 0.7)


def test_derivatives_are_those_of_the_model() -> None:
    at = np.array([*CENTRE, RADIUS]) + np.array([0.4, -0.3, 0.2, -0.5])
    model = linearise(CLEAN, at, PROFILE)
    assert model is not None
    inside = model.weight > 0
    for row in range(4):
        step = np.zeros(4)
        step[row] = 0.2
        plus, minus = (linearise(CLEAN, at + s * step, PROFILE) for s in (1, -1))
        assert plus is not None
        assert minus is not None
        both = inside & (plus.weight > 0) & (minus.weight > 0)
        scaled = [model.scale * m.jacobian[4] for m in (plus, minus)]  # row 4 is the bare model
        numeric = ((scaled[0] - scaled[1]) / 0.4)[both]
        analytic = model.jacobian[row][both]
        off = np.abs(numeric - analytic)
        assert np.median(off) < 0.05 * np.abs(analytic).max()
        assert np.corrcoef(numeric, analytic)[0, 1] > 0.97


def test_the_error_matches_the_noise() -> None:
    """White noise of one sixth of the membrane's depth: the error is what the normal matrix says."""
    errors, expected = [], []
    for seed in range(25):
        shell = shell_of(noise=0.35, seed=seed)
        fit = fit_sphere(shell, np.array([*CENTRE, RADIUS]), PROFILE, 20)
        model = linearise(shell, fit.sphere, PROFILE)
        assert model is not None
        errors.append(fit.sphere - [*CENTRE, RADIUS])
        expected.append(0.35 * np.sqrt(np.diag(np.linalg.inv(model.normal_matrix))[:4]))
    ratio = np.std(errors, axis=0) / np.mean(expected, axis=0)
    assert ((ratio > 0.65) & (ratio < 1.45)).all()


def test_a_profile_collected_from_the_fit_is_the_profile() -> None:
    collected = ProfileSum()
    add_to_profile(collected, CLEAN, np.array([*CENTRE, RADIUS]), 2.0, 0.5)
    near = np.abs(POSITIONS_NM) < 8
    np.testing.assert_allclose(collected.mean()[near], PROFILE.values[near], atol=0.05)


def test_too_few_voxels_leave_the_start() -> None:
    names = ("z_nm", "y_nm", "x_nm", "grey", "weight", "index")
    few = replace(CLEAN, **{name: getattr(CLEAN, name)[:40] for name in names})
    start = np.array([*CENTRE, RADIUS])
    fit = fit_sphere(few, start, PROFILE)
    assert not fit.converged
    np.testing.assert_array_equal(fit.sphere, start)


def test_a_profile_without_structure_leaves_the_start() -> None:
    fit = fit_sphere(CLEAN, np.array([*CENTRE, RADIUS]), Profile(np.zeros_like(POSITIONS_NM)))
    assert (fit.converged, fit.scale) == (False, 0.0)


def test_bright_membranes_have_a_negative_scale() -> None:
    assert fit_sphere(shell_of(scale=-2.0), np.array([*CENTRE, RADIUS]), PROFILE).scale < 0
