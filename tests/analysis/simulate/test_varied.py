"""Looks beyond the ordinary terminal: uneven walls, bright lumina, ramps, borders, and scenes without vesicles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage as ndi

from cryoves_app.analysis.simulate.bodies import Bump, Ellipsoid
from cryoves_app.analysis.simulate.conditions import training_spec
from cryoves_app.analysis.simulate.held_out import crowded_spec, no_vesicles_spec
from cryoves_app.analysis.simulate.microscope import contrast_transfer
from cryoves_app.analysis.simulate.spec import ImagingSpec, SceneSpec, TerminalSpec
from cryoves_app.analysis.simulate.terminal import paint_bodies, simulate_terminal
from cryoves_app.analysis.simulate.varied import varied_spec

SMALL = TerminalSpec((40, 80, 90), 2.2, SceneSpec(n_vesicles=4), ImagingSpec(tilt_step_deg=6.0))


@pytest.mark.parametrize("degree", [2, 3])
def test_a_bump_is_as_high_as_it_says_along_its_axis(degree: int) -> None:
    axis = np.array([0.6, 0.0, 0.8])
    body = replace(Ellipsoid.ball((50, 50, 50), 20.0), bumps=(Bump(axis, degree, 3.0),))
    end = body.centre_nm + 23.0 * axis
    assert body.distance(*end) == pytest.approx(0, abs=1e-3)
    assert body.support_nm(axis) == pytest.approx(23.0)
    other_end = body.centre_nm - (23.0 if degree == 2 else 17.0) * axis
    assert body.distance(*other_end) == pytest.approx(0, abs=1e-3)
    assert body.reach_nm == 23.0


def test_bumps_turn_with_their_body_and_keep_its_volume() -> None:
    bumps = (Bump(np.array([1.0, 0, 0]), 2, 1.2), Bump(np.array([0, 1.0, 0]), 3, 1.2))
    body = replace(Ellipsoid.ball((60, 60, 60), 20.0), bumps=bumps)
    turn = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])
    plain, turned = (paint_bodies([b], (60, 60, 60), 2.0) for b in (body, body.turned(turn)))
    expected = np.rot90(plain[: 59 + 1], 1, axes=(1, 2))
    middle = [ndi.center_of_mass(labels) for labels in (turned, expected)]
    moved = ndi.shift(expected.astype(float), np.subtract(*middle), order=1) > 0.5
    assert np.mean(moved != (turned > 0)) < 0.01
    assert plain.sum() * 8.0 == pytest.approx(body.sphere.volume_nm3, rel=0.03)


def test_a_deconvolved_transfer_is_whole_beyond_its_first_maximum() -> None:
    k_squared = np.linspace(0, 0.3, 400)
    transfer = contrast_transfer(k_squared, ImagingSpec(deconvolved=True))
    assert np.all(np.diff(transfer) >= -1e-6)
    assert transfer[-1] == 1.0
    assert transfer[0] == pytest.approx(np.sin(0.1), abs=1e-6)


def test_a_border_holds_one_value_and_nothing_else_does() -> None:
    spec = replace(SMALL, imaging=replace(SMALL.imaging, border_nm=22.0, border_grey=-6000))
    grey = simulate_terminal(spec, 3).grey
    assert np.all(grey[:, :10] == -6000)
    assert np.all(grey[..., -10:] == -6000)
    assert np.array_equal(grey[:, 10:-10, 10:-10], simulate_terminal(SMALL, 3).grey[:, 10:-10, 10:-10])


def test_a_ramp_runs_through_the_planes() -> None:
    plain = simulate_terminal(SMALL, 3).grey.astype(float)
    ramped = simulate_terminal(replace(SMALL, imaging=replace(SMALL.imaging, ramp=1.0)), 3).grey.astype(float)
    corners = [
        (slice(None), slice(*y), slice(*x)) for y in ((0, 15), (-15, None)) for x in ((0, 15), (-15, None))
    ]
    spread = [np.ptp([volume[c].mean() for c in corners]) / volume.std() for volume in (plain, ramped)]
    assert spread[1] > spread[0] + 0.5


def test_a_bright_lumen_is_brighter_than_the_cytosol() -> None:
    scene = replace(SMALL.scene, lumen=-0.4, filled_share=0.0, dense_core_share=0.0)
    wide = replace(SMALL.imaging, deconvolved=True, phase_shift_rad=1.2, snr=100.0)
    spec = replace(SMALL, scene=scene, imaging=wide)
    tomogram = simulate_terminal(spec, 4)
    inside = ndi.binary_erosion(tomogram.labels > 0, iterations=4)
    assert inside.sum() > 100
    assert np.median(tomogram.grey[inside]) > np.median(tomogram.grey[tomogram.labels == 0]) + 300


def test_varied_conditions_contain_the_real_look_and_leave_the_old_ones_alone() -> None:
    specs = [varied_spec(seed) for seed in range(200)]
    lumens = np.array([s.scene.lumen for s in specs])
    blurs = np.array([s.imaging.resolution_nm for s in specs])
    assert lumens.min() < -0.4 < 0.0 < lumens.max()
    assert blurs.min() < 3 < 8.5 < blurs.max()
    assert 0.05 < np.mean([s.scene.n_vesicles == 0 for s in specs]) < 0.25
    assert any(s.imaging.border_nm for s in specs)
    assert all(s.scene.bumps == 0 and s.imaging.ramp == 0 for s in map(training_spec, range(20)))
    assert varied_spec(7) == varied_spec(7)


def test_twelve_crowded_tomograms_differ_in_voxel_size_and_noise() -> None:
    specs = [crowded_spec(41_000 + k) for k in range(12)]
    assert len({(s.voxel_size_nm, s.imaging.snr) for s in specs}) == 12


def test_the_scene_without_vesicles_has_none_and_is_as_large_as_it_says() -> None:
    spec = no_vesicles_spec(42_000)
    assert np.prod(spec.shape) * spec.voxel_size_nm**3 * 1e-9 == pytest.approx(0.3, rel=0.01)
    small = simulate_terminal(replace(spec, shape=(50, 90, 90)), 42_000)
    assert small.spheres == ()
    assert not small.labels.any()
