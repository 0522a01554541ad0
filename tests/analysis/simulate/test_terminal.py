"""Simulated terminals: exact truth, and the traces of the microscope in their spectrum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage as ndi

from cryoves_app.analysis.simulate.microscope import WAVELENGTH_NM
from cryoves_app.analysis.simulate.spec import Denoising, ImagingSpec, SceneSpec, TerminalSpec
from cryoves_app.analysis.simulate.terminal import simulate_terminal
from cryoves_app.analysis.simulate.tomogram import SimulatedTomogram

CROWDED = TerminalSpec(
    (64, 100, 110),
    2.2,
    SceneSpec(n_vesicles=12, gold_beads=1, ice_crystals=1),
    ImagingSpec(tilt_step_deg=5.0),
)
#: Nothing but vesicles, nearly without noise, wedge or blur.
ALONE = SceneSpec(
    n_vesicles=9, ellipticity=1.0, tight_share=0.0, large_share=0.0, filled_share=0.0, dense_core_share=0.0,
    membrane_proteins=0.0, connectors=0.0, plasma_membrane=False, mitochondria=0, endosomes=0, tubules=0,
    microtubules=0, actin=0, ribosomes=0, aggregates=0, crowding=0.0,
)  # fmt: skip
CLEAR = ImagingSpec(
    tilt_range_deg=80.0, tilt_step_deg=4.0, defocus_nm=300.0, phase_shift_rad=np.pi / 2, ctf_corrected=True,
    resolution_nm=2.0, misalignment_nm=0.0, snr=1000.0,
)  # fmt: skip


@pytest.fixture(scope="module")
def crowded() -> SimulatedTomogram:
    return simulate_terminal(CROWDED, 5)


@pytest.fixture(scope="module")
def clean() -> SimulatedTomogram:
    """The same scene without noise."""
    return simulate_terminal(replace(CROWDED, imaging=replace(CROWDED.imaging, snr=1e6)), 5)


def test_same_seed_same_tomogram(crowded: SimulatedTomogram) -> None:
    again = simulate_terminal(CROWDED, 5)
    np.testing.assert_array_equal(again.grey, crowded.grey)
    np.testing.assert_array_equal(again.labels, crowded.labels)
    assert again.spheres == crowded.spheres
    assert simulate_terminal(CROWDED, 6).spheres != crowded.spheres


def test_labels_have_the_spheres_volumes_and_centres(crowded: SimulatedTomogram) -> None:
    extent = np.array(CROWDED.shape) - 1
    whole = 0
    for number, sphere in enumerate(crowded.spheres, 1):
        *centre, radius = sphere.to_px(2.2)
        if np.any(np.minimum(centre, extent - centre) < radius * 1.1):
            continue
        whole += 1
        inside = crowded.labels == number
        assert inside.sum() * 2.2**3 == pytest.approx(sphere.volume_nm3, rel=0.05)
        assert np.linalg.norm(np.subtract(ndi.center_of_mass(inside), centre)) < 0.15
    assert whole >= 4


@pytest.mark.parametrize("tilt_axis_deg", [0.0, 35.0, 90.0])
def test_truth_is_centred_on_the_drawn_vesicles(tilt_axis_deg: float) -> None:
    spec = TerminalSpec((60, 150, 170), 1.5, ALONE, replace(CLEAR, tilt_axis_deg=tilt_axis_deg))
    tomogram = simulate_terminal(spec, 3)
    offsets, edges = [], []
    for sphere in tomogram.spheres:
        *centre, radius = sphere.to_px(1.5)
        others = [sphere.gap_nm(s) for s in tomogram.spheres if s is not sphere]
        if min(others) > 6 and _clear_of_sides(centre, radius, spec):
            offset, mid_plane = _dark_ring(tomogram.grey[round(centre[0])], centre[1:], radius)
            offsets.append(offset)
            edges.append(radius - mid_plane)
    assert len(offsets) >= 3
    assert np.abs(offsets).max() < 0.3
    assert np.mean(edges) == pytest.approx(2.25 / 1.5, abs=0.4)


def _clear_of_sides(centre: list[float], radius: float, spec: TerminalSpec) -> bool:
    return bool(np.all(np.minimum(centre, np.array(spec.shape) - 1 - centre)[1:] > radius + 3))


def _dark_ring(plane: np.ndarray, centre: list[float], radius: float) -> tuple[np.ndarray, float]:
    """Centre offset and mean radius of the membrane in a slice, by the darkest place of each direction."""
    angles = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    radii = np.arange(radius - 5, radius + 2, 0.1)
    y = centre[0] + np.outer(np.sin(angles), radii)
    x = centre[1] + np.outer(np.cos(angles), radii)
    darkest = radii[ndi.map_coordinates(plane.astype(float), [y, x], order=3).argmin(axis=1)]
    sides = 2 * np.column_stack([np.sin(angles) * darkest, np.cos(angles) * darkest])
    return sides.mean(axis=0), float(darkest.mean())


def test_the_wedge_holds_almost_nothing() -> None:
    spec = replace(CROWDED, imaging=replace(CROWDED.imaging, tilt_range_deg=50.0, snr=0.2))
    power = _power(simulate_terminal(spec, 5).grey)
    kz = np.abs(np.fft.fftfreq(spec.shape[0]))[:, None, None]
    kx = np.fft.rfftfreq(spec.shape[2])[None, None, :]
    ring = (kz > 0.1) & (kz < 0.3) & (kx < 0.25)
    missing = np.broadcast_to(ring & (kz > np.tan(np.deg2rad(58)) * kx), power.shape)
    measured = np.broadcast_to(ring & (kz < np.tan(np.deg2rad(42)) * kx), power.shape)
    assert power[missing].mean() < 0.1 * power[measured].mean()


def test_a_turned_tilt_axis_turns_the_wedge() -> None:
    spec = replace(CROWDED, imaging=replace(CROWDED.imaging, tilt_range_deg=50.0, tilt_axis_deg=90.0))
    power = _power(simulate_terminal(spec, 5).grey)
    kz = np.abs(np.fft.fftfreq(spec.shape[0]))[:, None, None]
    ky = np.abs(np.fft.fftfreq(spec.shape[1]))[None, :, None]
    ring = (kz > 0.1) & (kz < 0.3) & (ky < 0.25)
    missing = np.broadcast_to(ring & (kz > np.tan(np.deg2rad(58)) * ky), power.shape)
    measured = np.broadcast_to(ring & (kz < np.tan(np.deg2rad(42)) * ky), power.shape)
    assert power[missing].mean() < 0.1 * power[measured].mean()


def test_contrast_transfer_leaves_its_zeros() -> None:
    imaging = ImagingSpec(
        tilt_step_deg=6.0, defocus_nm=9000.0, snr=1e4, resolution_nm=1.0, misalignment_nm=0.0
    )
    scene = replace(ALONE, n_vesicles=0, crowding=0.5)
    spec = TerminalSpec((80, 128, 128), 1.3, scene, imaging)
    power = _power(simulate_terminal(spec, 2).grey)[0]
    ky, kx = np.fft.fftfreq(128, 1.3)[:, None], np.fft.rfftfreq(128, 1.3)[None, :]
    k = np.hypot(ky, kx)
    zero, peak = (np.sqrt((np.pi * n - 0.1) / (np.pi * WAVELENGTH_NM * 9000.0)) for n in (1.0, 1.5))
    at_zero = power[np.abs(k - zero) < 0.006].mean()
    at_peak = power[np.abs(k - peak) < 0.006].mean()
    assert at_zero < 0.2 * at_peak


@pytest.mark.parametrize("snr", [0.1, 1.0])
def test_noise_has_the_asked_strength(clean: SimulatedTomogram, snr: float) -> None:
    """The same scene with and without noise, in grey values scaled to one deviation each."""
    noisy = simulate_terminal(replace(CROWDED, imaging=replace(CROWDED.imaging, snr=snr)), 5)
    correlation = np.corrcoef(noisy.grey.ravel(), clean.grey.ravel())[0, 1]
    assert correlation**2 == pytest.approx(snr / (1 + snr), rel=0.25)


@pytest.mark.parametrize("look", [Denoising.GAUSSIAN, Denoising.DIFFUSION])
def test_denoising_brings_out_the_signal(
    crowded: SimulatedTomogram, clean: SimulatedTomogram, look: Denoising
) -> None:
    denoised = simulate_terminal(replace(CROWDED, imaging=replace(CROWDED.imaging, denoising=look)), 5)

    def likeness(tomogram: SimulatedTomogram) -> float:
        return float(np.corrcoef(tomogram.grey.ravel(), clean.grey.ravel())[0, 1])

    assert likeness(denoised) > likeness(crowded) + 0.05


def test_shading_is_slow(crowded: SimulatedTomogram) -> None:
    shaded = simulate_terminal(replace(CROWDED, imaging=replace(CROWDED.imaging, shading=1.0)), 5).grey
    slow = [ndi.uniform_filter(g.astype(np.float32), 15).std() for g in (shaded, crowded.grey)]
    assert slow[0] > 1.5 * slow[1]


def _power(grey: np.ndarray) -> np.ndarray:
    window = [np.hanning(n) for n in grey.shape]
    shaped = grey * window[0][:, None, None] * window[1][None, :, None] * window[2]
    return np.abs(np.fft.rfftn(shaped)) ** 2
