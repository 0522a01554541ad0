"""A tomogram's own vesicles as a template."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.segmentation import own_profile
from cryoves_app.analysis.segmentation.own_profile import OwnProfile, outside_of, search_by_profile
from cryoves_app.domain.arrays import Grey, SpheresPx

SHAPE = (40, 64, 72)
BALLS = np.array(
    [[18, 16, 18, 8.0], [20, 44, 20, 8.5], [19, 20, 48, 9.0], [21, 46, 52, 8.0], [3, 30, 34, 8.0]], float
)


def shells(spheres: SpheresPx, noise: float, seed: int = 1) -> Grey:
    """Dark shells in noise."""
    z, y, x = np.ogrid[tuple(slice(0, n) for n in SHAPE)]
    image = np.zeros(SHAPE)
    for cz, cy, cx, radius in spheres:
        away = np.sqrt((z - cz) ** 2 + (y - cy) ** 2 + (x - cx) ** 2) - radius
        image -= np.exp(-0.5 * ((away + 1.0) / 0.8) ** 2)
    return (image + noise * np.random.default_rng(seed).standard_normal(SHAPE)).astype(np.float32)


def test_the_profile_is_the_mean_by_distance_from_the_edge() -> None:
    profile = OwnProfile.of(shells(BALLS[:4], 0.0), BALLS[:4])
    assert profile.distances_px[profile.grey.argmin()] == pytest.approx(-1.0, abs=0.3)
    assert profile.grey.min() == pytest.approx(-1.0, abs=0.1)
    assert profile.grey[profile.distances_px > 2.5] == pytest.approx(0.0, abs=0.05)
    assert profile.radii_px == pytest.approx((8.0, 8.0, 8.25, 8.625, 8.925)[1:], abs=0.01)


@pytest.mark.parametrize("block", [128, 32])
def test_what_noise_hides_is_found_whatever_the_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A shell half as deep as the noise, which no voxel shows; one is cut by a face."""
    monkeypatch.setattr(own_profile, "_BLOCK_PX", block)
    image = shells(BALLS, 2.0)
    places = search_by_profile(image, OwnProfile.of(image, BALLS[:2]), 4.5)
    for ball in BALLS[2:]:
        away = np.linalg.norm(places[:, :3] - ball[:3], axis=1)
        assert away.min() <= 2.5
        assert places[away.argmin(), 3] == pytest.approx(ball[3], abs=1.0)
    assert (np.diff(places[:, 4]) <= 0).all()


def test_noise_alone_hardly_looks_like_it() -> None:
    profile = OwnProfile.of(shells(BALLS, 2.0), BALLS)
    noise = np.random.default_rng(3).standard_normal(SHAPE).astype(np.float32)
    assert len(search_by_profile(noise, profile, 5.0)) <= 1
    assert search_by_profile(np.zeros(SHAPE, np.float32), profile, 4.0).shape == (0, 5)


@given(st.floats(6, 14))
def test_a_template_answers_to_shape_and_not_to_brightness(radius: float) -> None:
    cube = OwnProfile.of(shells(BALLS, 0.0), BALLS).template(radius)
    assert len(set(cube.shape)) == 1
    assert cube.shape[0] % 2 == 1
    assert float(cube.sum()) == pytest.approx(0.0, abs=1e-3)
    assert float((cube**2).sum()) == pytest.approx(1.0, abs=1e-4)
    assert np.array_equal(cube, cube[::-1, ::-1, ::-1])


def test_places_within_known_vesicles_are_none() -> None:
    places = np.array([[10, 10, 10, 8, 9.0], [10, 10, 30, 8, 8.0]])
    known = np.array([[10, 10, 12, 8.0]])
    assert outside_of(places, known)[:, 2].tolist() == [30]
    assert outside_of(places, known[:0]).tolist() == places.tolist()
    assert outside_of(places[:0], known).shape == (0, 5)
