"""What lies above and below the specimen: found where it is clear, and of no weight in statistics."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.grey.slab import outside_of_slab
from cryoves_app.analysis.grey.survey import survey_grey

VOXEL, RADIUS = 2.2, 20.0
SHAPE = (120, 128, 136)
EDGE = 4


def scene(
    top: float, bottom: float, tilt: float = 0.0, noise: float = 1.0, seed: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Grey of a specimen as coarse as membranes between two planes, noise everywhere, and where the specimen is."""
    rng = np.random.default_rng(seed)
    z, y, x = np.indices(SHAPE, np.float32)
    texture = ndimage.gaussian_filter(rng.normal(size=SHAPE), 3.0)
    shift = tilt * (x - SHAPE[2] / 2) + tilt / 2 * (y - SHAPE[1] / 2)
    inside = (z >= top + shift) & (z < bottom + shift)
    grey = texture / texture.std() * inside + noise * rng.normal(size=SHAPE)
    return grey.astype(np.float32), inside


def blocks(values: np.ndarray) -> np.ndarray:
    """Means of blocks."""
    z, y, x = (n // EDGE for n in SHAPE)
    return values.reshape(z, EDGE, y, EDGE, x, EDGE).mean(axis=(1, 3, 5))


def found(grey: np.ndarray) -> np.ndarray:
    mean, steps = (
        blocks(part).astype(np.float32)
        for part in (grey, np.abs(np.diff(grey, axis=2, prepend=grey[..., :1])))
    )
    return outside_of_slab(mean, steps, np.ones(mean.shape, bool))


@pytest.mark.parametrize(
    ("top", "bottom", "tilt", "noise"),
    [
        (24, 96, 0, 1),
        (24, 96, 0, 3),
        (30, 90, 0.12, 1),
        (-40, 90, 0.05, 1),
        (30, 200, -0.1, 2),
        (20, 112, 0, 0.3),
    ],
)
def test_layers_of_noise_are_outside(top: float, bottom: float, tilt: float, noise: float) -> None:
    grey, inside = scene(top, bottom, tilt, noise)
    share = blocks(inside.astype(float))
    outside = found(grey)
    assert outside[share == 0].mean() > 0.9
    assert outside[share == 1].mean() < 0.03


@pytest.mark.parametrize("noise", [0.3, 1, 3, 10])
def test_a_specimen_from_face_to_face_has_no_outside(noise: float) -> None:
    assert not found(scene(-50, 500, noise=noise)[0]).any()


def test_noise_alone_has_none() -> None:
    assert not found(scene(500, 500)[0]).any()


@pytest.mark.parametrize("ramp", [0, 1, 10])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_contrast_that_fades_on_a_ramp_of_grey_is_no_outside(ramp: float, axis: int) -> None:
    grey, _ = scene(-50, 500)
    fading = np.interp(np.arange(SHAPE[0]), [0, 40, 80, 119], [1, 1, 0.2, 0.2])[:, None, None]
    slope = np.moveaxis(np.linspace(-ramp, ramp, SHAPE[axis])[:, None, None], 0, axis)
    assert not found((slope * grey.std() + grey * fading).astype(np.float32)).any()


def test_layers_of_noise_are_found_on_a_ramp_and_beside_missing_data() -> None:
    grey, inside = scene(24, 96)
    grey += 100 + np.linspace(-5, 5, SHAPE[2], dtype=np.float32)
    share = blocks(inside.astype(float))
    mean, steps = (
        blocks(part).astype(np.float32)
        for part in (grey, np.abs(np.diff(grey, axis=2, prepend=grey[..., :1])))
    )
    usable = np.ones(mean.shape, bool)
    usable[:, :, :8] = False
    outside = outside_of_slab(mean, steps, usable)
    assert outside[(share == 0) & usable].mean() > 0.9
    assert outside[(share == 1) & usable].mean() < 0.03


def test_calm_places_within_the_specimen_are_specimen() -> None:
    """As a large organelle, or a vesicle cut open; also where it touches a face."""
    grey, _ = scene(-50, 500)
    rng = np.random.default_rng(3)
    grey[40:80, 30:90, 30:90] = rng.normal(size=(40, 60, 60))
    assert not found(grey).any()
    grey[:50, :60, :60] = rng.normal(size=(50, 60, 60))
    assert not found(grey).any()


def test_a_border_that_is_no_plane_is_not_taken() -> None:
    grey, _ = scene(-50, 500)
    rng = np.random.default_rng(3)
    z, y, x = np.indices(SHAPE)
    hollow = z < 60 - 0.02 * ((y - 64) ** 2 + (x - 68) ** 2)
    grey[hollow] = rng.normal(size=int(hollow.sum()))
    outside = found(grey)
    assert outside.mean() < 0.3
    assert not outside[blocks(hollow.astype(float)) == 0].sum() > 0.1 * outside.size


def test_small_volumes_are_left_as_they_are() -> None:
    for shape in ((4, 30, 30), (30, 6, 6), (1, 1, 1)):
        mean = np.zeros(shape, np.float32)
        assert not outside_of_slab(mean, mean, np.ones(shape, bool)).any()
    nothing = np.zeros((30, 30, 30), np.float32)
    assert not outside_of_slab(nothing, nothing, np.zeros((30, 30, 30), bool)).any()


@pytest.mark.parametrize("weakest", [0.5, 0.1, 0.01])
def test_contrast_that_fades_is_no_outside(weakest: float) -> None:
    grey, _ = scene(-50, 500)
    fading = np.interp(np.arange(SHAPE[0]), [0, 30, 60, 119], [weakest, weakest, 1, 1])
    assert not found((grey * fading[:, None, None]).astype(np.float32)).any()


def test_statistics_are_those_of_the_specimen() -> None:
    """As if the layers had been cut away: median, deviation, and what a network and a fit see of the specimen."""
    grey, _ = scene(40, 80, noise=1.0)
    grey[:] += 100
    whole = survey_grey(grey, VOXEL, RADIUS)
    part = survey_grey(grey[40:80], VOXEL, RADIUS)
    assert whole is not None
    assert part is not None
    assert whole.facts.outside_share == pytest.approx(2 / 3, abs=0.05)
    assert part.facts.outside_share == 0
    assert whole.facts.deviation == pytest.approx(part.facts.deviation, rel=0.03)
    assert whole.facts.deviation == pytest.approx(grey[44:76].std(), rel=0.03)
    assert grey.std() < 0.9 * whole.facts.deviation
    seen, empty = whole.box(grey[50:60], (50, 0, 0))
    alone, _ = part.box(grey[50:60], (10, 0, 0))
    assert empty is None
    assert np.corrcoef(seen.ravel(), alone.ravel())[0, 1] > 0.999
    assert seen.std() == pytest.approx(alone.std(), rel=0.05)


def test_the_share_is_kept_with_the_model() -> None:
    from cryoves_app.analysis.grey.model import GreyModel

    model = survey_grey(scene(30, 90)[0], VOXEL, RADIUS)
    assert model is not None
    arrays = model.to_arrays()
    assert GreyModel.from_arrays(arrays).facts == model.facts
    arrays["numbers"] = arrays["numbers"][:-1]  # as an earlier version kept it
    assert GreyModel.from_arrays(arrays).facts.outside_share == 0
