"""The benchmark phantom: equal to the reference, reproducible, and what its description says."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.simulate.benchmark import simulate_benchmark
from cryoves_app.analysis.simulate.tomogram import SimulatedTomogram
from cryoves_app.domain.errors import CryoVesError

REFERENCE = Path(__file__).resolve().parents[4] / "shared" / "tools" / "benchmark_phantom.py"
SHAPE = (60, 120, 130)


@pytest.fixture(scope="module")
def easy() -> SimulatedTomogram:
    return simulate_benchmark(SHAPE, 2.2, 3, "benchmark-easy", n_vesicles=12)


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    if not REFERENCE.exists():
        pytest.skip("the reference script is not here")
    spec = importlib.util.spec_from_file_location("benchmark_phantom", REFERENCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("preset", "voxel_nm", "seed"), [("easy", 2.2, 3), ("hard", 1.469, 4)])
def test_equals_the_reference(reference: ModuleType, preset: str, voxel_nm: float, seed: int) -> None:
    options = {**reference.PRESETS[preset], "n_vesicles": 12}
    grey, labels, centres, radii = reference.make(SHAPE, voxel_nm, seed, **options)

    ours = simulate_benchmark(SHAPE, voxel_nm, seed, f"benchmark-{preset}", n_vesicles=12)

    expected = np.column_stack([centres, radii])
    np.testing.assert_allclose([s.to_px(voxel_nm) for s in ours.spheres], expected, atol=1e-9)
    np.testing.assert_array_equal(ours.labels, labels)
    assert np.abs(ours.grey.astype(int) - grey).max() <= 1


def test_same_seed_same_tomogram(easy: SimulatedTomogram) -> None:
    again = simulate_benchmark(SHAPE, 2.2, 3, "benchmark-easy", n_vesicles=12)
    other = simulate_benchmark(SHAPE, 2.2, 4, "benchmark-easy", n_vesicles=12)
    np.testing.assert_array_equal(again.grey, easy.grey)
    assert other.spheres != easy.spheres


def test_vesicles_keep_their_distance(easy: SimulatedTomogram) -> None:
    gaps = [a.gap_nm(b) for i, a in enumerate(easy.spheres) for b in easy.spheres[:i]]
    assert min(gaps) >= 2.2 - 1e-9
    assert all(15 <= s.radius_nm <= 25 for s in easy.spheres)


def test_labels_fill_the_spheres(easy: SimulatedTomogram) -> None:
    volumes = np.bincount(easy.labels.ravel())[1:] * 2.2**3
    np.testing.assert_allclose(volumes, [s.volume_nm3 for s in easy.spheres], rtol=0.05)


def test_membranes_are_dark(easy: SimulatedTomogram) -> None:
    z, y, x = np.ogrid[: SHAPE[0], : SHAPE[1], : SHAPE[2]]
    for sphere in easy.spheres:
        zc, yc, xc, radius = sphere.to_px(2.2)
        distance = np.sqrt((z - zc) ** 2 + (y - yc) ** 2 + (x - xc) ** 2)
        membrane = easy.grey[np.abs(distance - radius + 1) < 1].mean()
        assert membrane < easy.grey.mean()


def test_missing_wedge_holds_no_signal() -> None:
    tomogram = simulate_benchmark(SHAPE, 2.2, 3, "benchmark-easy", n_vesicles=12, denoise_nm=0.0)
    power = np.abs(np.fft.rfftn(tomogram.grey)) ** 2
    kz = np.abs(np.fft.fftfreq(SHAPE[0]))[:, None, None]
    kx = np.fft.rfftfreq(SHAPE[2])[None, None, :]
    outside = np.broadcast_to(kz > np.tan(np.deg2rad(60)) * kx + 0.01, power.shape)
    assert power[outside].mean() < 1e-4 * power[~outside].mean()


def test_without_distractors_only_vesicles_absorb() -> None:
    plain = simulate_benchmark((40, 60, 60), 2.2, 1, n_vesicles=1, distractors=False, grain=0.0, snr=1e6)
    z, y, x, radius = plain.spheres[0].to_px(2.2)
    darkest = np.unravel_index(plain.grey.argmin(), plain.grey.shape)
    assert abs(np.linalg.norm(np.subtract(darkest, (z, y, x))) - (radius - 2.25 / 2.2)) < 2


def test_wide_vesicles_differ_in_size_are_not_round_and_fill_their_labels() -> None:
    wide = simulate_benchmark((90, 150, 160), 2.2, 3, "benchmark-wide", n_vesicles=16)
    radii = [s.radius_nm for s in wide.spheres]
    assert 12 <= min(radii) < 20
    assert 45 < max(radii) <= 60
    volumes = np.bincount(wide.labels.ravel())[1:] * 2.2**3
    np.testing.assert_allclose(volumes, [s.volume_nm3 for s in wide.spheres], rtol=0.06)
    ratios = [_axis_ratio(wide.labels == label) for label in range(1, len(radii) + 1)]
    assert max(ratios) <= 1.17  # voxels blur small ones
    assert np.median(ratios) > 1.03


def _axis_ratio(mask: np.ndarray) -> float:
    """Longest to shortest axis, from the second moments."""
    moments = np.linalg.eigvalsh(np.cov(np.argwhere(mask).T))
    return float(np.sqrt(moments[-1] / moments[0]))


def test_the_real_look_is_one_broad_dip_with_a_bright_lumen() -> None:
    """Of six real vesicles the dip is 1.6 to 1.8 times as wide as the easy phantom's, the lumen brighter by half."""
    steps = np.arange(-40, 41) * 0.25
    width, lumen = {}, {}
    for preset in ("benchmark-easy", "benchmark-real-look"):
        made = simulate_benchmark((100, 140, 140), 1.469, 3, preset, n_vesicles=8)
        profiles = [_radial_profile(made, sphere.to_px(1.469), steps / 1.469) for sphere in made.spheres]
        mean = np.mean(profiles, axis=0)
        dip = int(np.argmin(mean))
        level = mean[(steps > steps[dip] + 5) & (steps < steps[dip] + 9)].mean()
        depth = level - mean[dip]
        width[preset] = np.count_nonzero(np.abs(mean - mean[dip]) < 0.5 * depth)
        lumen[preset] = (mean[(steps < steps[dip] - 6) & (steps > steps[dip] - 9)].mean() - level) / depth
    assert 1.4 < width["benchmark-real-look"] / width["benchmark-easy"] < 2.2
    assert lumen["benchmark-real-look"] > lumen["benchmark-easy"] + 0.2


def _radial_profile(made: SimulatedTomogram, ball: tuple[float, ...], at_px: np.ndarray) -> np.ndarray:
    """Mean grey by distance from the mid-plane, along directions that the wedge does not hide."""
    rng = np.random.default_rng(0)
    ways = rng.normal(size=(4000, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    ways = ways[np.abs(ways[:, 0]) < 0.5]
    radius = ball[3] - 2.25 / 1.469 + at_px
    places = np.array(ball[:3])[:, None, None] + ways.T[:, :, None] * radius
    values = ndimage.map_coordinates(made.grey.astype(np.float32), places, order=1, mode="nearest")
    return np.asarray(values.mean(axis=0))


def test_unknown_preset_is_named() -> None:
    with pytest.raises(CryoVesError, match="no preset"):
        simulate_benchmark((20, 20, 20), 2.2, 1, "medium")
