"""What holds no data, how the background runs, and which voxels are wild: on noise with all kinds of damage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from cryoves_app.analysis.grey.model import GreyModel
from cryoves_app.analysis.grey.survey import survey_grey

SHAPE = (40, 72, 80)
VOXEL = 2.2
RADIUS = 20.0


def specimen(shape: tuple[int, int, int] = SHAPE, seed: int = 1) -> np.ndarray:
    """Structure with noise as tomograms have it: mean 0, standard deviation 30."""
    random = np.random.default_rng(seed)
    soft = ndimage.gaussian_filter(random.normal(size=shape), 2.0)
    values = soft / soft.std() + random.normal(size=shape)
    return (30 * values / values.std()).astype(np.float32)


def surveyed(data: np.ndarray) -> GreyModel:
    model = survey_grey(data, VOXEL, RADIUS)
    assert model is not None
    return model


def seen(data: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """All voxels as the model gives them, and which hold no data."""
    values, empty = surveyed(data).box(data, (0, 0, 0))
    return values, np.zeros(data.shape, bool) if empty is None else empty


def corner(shape: tuple[int, int, int] = SHAPE) -> np.ndarray:
    """Where a wedge lies that is cut obliquely through all three axes."""
    z, y, x = np.ogrid[tuple(slice(n) for n in shape)]
    return np.asarray(y + x + z / 2 < 40) | np.asarray(y + x > 130)


def border(shape: tuple[int, int, int] = SHAPE, width: int = 9) -> np.ndarray:
    mask = np.ones(shape, bool)
    mask[:, width:-width, width:-width] = False
    return mask


Where = Callable[[], np.ndarray]


@pytest.mark.parametrize("dtype", [np.int8, np.int16, np.uint16, np.float32, np.float64])
def test_a_tomogram_without_damage_is_not_touched(dtype: type[np.generic]) -> None:
    offset = 1000 if np.dtype(dtype) == np.uint16 else 0
    model = surveyed((np.clip(specimen(), -120, 120) + offset).astype(dtype))
    assert not model.touched
    assert model.facts.empty_share == 0
    assert model.facts.deviation == pytest.approx(30, rel=0.05)
    assert model.facts.median == pytest.approx(offset, abs=3)


@pytest.mark.parametrize("where", [corner, border])
@pytest.mark.parametrize("fill", [0.0, -1000.0, -32768.0, 1e30, -1e30, np.nan, np.inf, 1000.0])
def test_fills_of_any_value_are_left_out(where: Where, fill: float) -> None:
    """Also where the value is the specimen's own mean."""
    mask = where()
    data = specimen() + 1000
    clean = data.copy()
    data[mask] = fill
    values, empty = seen(data)
    if fill == 1000.0:  # voxels at the rim that happen to have the fill's value may go
        assert (empty & mask).sum() > 0.95 * mask.sum()
        assert (empty & ~mask).sum() < 0.02 * data.size
    else:
        assert (empty & mask).sum() > 0.999 * mask.sum()
        assert (empty & ~mask).sum() < 1e-3 * data.size
    inner = ~ndimage.binary_dilation(mask, iterations=2)
    expected = (clean[inner] - np.median(clean[~mask])) / clean[~mask].std()
    assert np.mean(np.abs(values[inner] - expected) > 0.25) < 1e-4  # an extreme voxel beside a fill may go
    assert np.abs(values[empty]).max() < 1e-3


def test_several_fills_in_one_tomogram() -> None:
    data, one, other = specimen() + 1000, border(width=6), corner()
    data[other], data[one] = -32768, 0
    _, empty = seen(data)
    assert (empty & (one | other)).sum() > 0.999 * (one | other).sum()
    assert (empty & ~(one | other)).sum() < 1e-3 * data.size


@pytest.mark.parametrize("noise", [0.05, 1.0, 3.0])
def test_fills_that_are_only_nearly_constant(noise: float) -> None:
    """As dithering and interpolation leave them."""
    data, mask = specimen() + 1000, corner()
    data[mask] = np.random.default_rng(2).normal(0, noise, int(mask.sum()))
    _, empty = seen(data)
    assert (empty & mask).sum() > 0.99 * mask.sum()
    assert (empty & ~mask).sum() < 1e-3 * data.size


def test_a_fill_as_noisy_as_the_specimen_is_cut_off_by_its_step() -> None:
    data, mask = specimen() + 1000, border(width=12)  # more than half of all
    data[mask] = specimen(seed=5)[mask]
    _, empty = seen(data)
    assert (empty & mask).sum() > 0.98 * mask.sum()
    assert (empty & ~mask).sum() < 0.01 * data.size


@pytest.mark.parametrize("angle", [7.0, 30.0])
def test_a_rotated_volume(angle: float) -> None:
    data, mask = (
        ndimage.rotate(a, angle, (1, 2), reshape=False, order=1, cval=0.0)
        for a in (specimen() + 1000, np.ones(SHAPE, np.float32))
    )
    values, empty = seen(data)
    assert (empty & (mask < 0.001)).sum() > 0.99 * (mask < 0.001).sum()
    assert (empty & (mask > 0.999)).sum() < 0.01 * data.size
    assert np.abs(values[mask > 0.999]).max() < 8


@pytest.mark.parametrize("width", [3, 8, 12])
def test_soft_edges_go_with_what_they_belong_to(width: int) -> None:
    """A mask that falls off smoothly: what is left of the fill is no darker than the specimen's noise."""
    wide = (24, 140, 140)
    hard = border(wide, width=10)
    share = np.clip(ndimage.distance_transform_edt(~hard) / width, 0, 1).astype(np.float32)
    values, _ = seen((specimen(wide) + 1000) * share)
    assert values.min() > -9
    assert abs(values[share == 1].mean()) < 0.1


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_planes_of_one_value(axis: int) -> None:
    data = np.moveaxis(specimen(), axis, 0).copy()
    data[17:20], data[30:36] = 5.0, np.nan
    values, empty = seen(np.moveaxis(data, 0, axis))
    planes = np.moveaxis(empty, axis, 0)
    assert planes[17:20].all()
    assert planes[30:36].mean() > 0.5 or not np.moveaxis(values, axis, 0)[30:36].any()
    assert planes.mean() < 10 / len(planes)


def test_a_row_that_is_repeated_to_the_face() -> None:
    data = specimen()
    data[:, :, :14] = data[:, :, 14:15]
    _, empty = seen(data)
    assert empty[:, :, :12].all()
    assert not empty[:, :, 20:].any()


def test_no_lumen_is_taken_for_missing() -> None:
    """Clipped grey values leave balls of one value."""
    data = specimen()
    z, y, x = np.ogrid[tuple(slice(n) for n in SHAPE)]
    for centre in ((20, 20, 20), (20, 50, 60), (15, 40, 0)):
        data[(z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2 < 8**2] = 40.0
    _, empty = seen(data)
    assert not empty.any()


@pytest.mark.parametrize(("value", "count"), [(32767.0, 40), (1e30, 40), (-1e6, 400)])
def test_hot_voxels_come_back_to_the_median(value: float, count: int) -> None:
    data, random = specimen(), np.random.default_rng(3)
    hot = random.choice(data.size, count, replace=False)
    data.reshape(-1)[hot] = value
    values, empty = seen(data)
    assert not empty.any()
    assert np.abs(values.reshape(-1)[hot]).max() < 14.1
    assert np.median(np.abs(values.reshape(-1)[hot])) < 1e-3


def test_gold_is_limited() -> None:
    data = specimen()
    data[10:16, 20:26, 20:26] -= 60 * 30
    values, _ = seen(data)
    assert -16 < values.min() < -8
    assert abs(values.std() - 1) < 0.1


@pytest.mark.parametrize("strength", [3.0, 13.0, 60.0])
def test_ramps_are_taken_off(strength: float) -> None:
    clean = specimen((40, 120, 120))
    y, x = np.meshgrid(*(np.linspace(-1, 1, 120),) * 2, indexing="ij")
    data = clean + (strength * 30 * (x + 0.7 * y)).astype(np.float32)
    values, empty = seen(data)
    assert not empty.any()
    rest = ndimage.gaussian_filter(values - clean / 30, 8)
    assert np.ptp(rest) < 1.0
    assert np.corrcoef(values.ravel(), clean.ravel())[0, 1] > 0.98


def test_contrast_that_fades_over_the_tomogram_is_evened() -> None:
    clean = specimen((40, 120, 120))
    fading = np.exp(np.linspace(-1.2, 1.2, 120)).astype(np.float32)
    values, _ = seen(clean * fading)
    ends = [values[..., :30].std(), values[..., -30:].std()]
    assert max(ends) / min(ends) < 1.3


@pytest.mark.parametrize("weakest", [0.1, 0.03])
@pytest.mark.parametrize("axis", [0, 2])
def test_contrast_that_fades_within_few_slices_is_data(weakest: float, axis: int) -> None:
    clean = specimen((96, 80, 96))
    fading = np.interp(np.arange(96), [0, 33, 63, 95], [1, 1, weakest, weakest]).astype(np.float32)
    values, empty = seen(clean * np.moveaxis(fading[:, None, None], 0, axis))
    assert not empty.any()
    slices = np.moveaxis(values, axis, 0).std(axis=(1, 2))
    low, high = np.percentile(slices, (10, 90))  # where it bends most it is off by more
    assert high / low < 3


def test_what_fades_to_the_corners_is_evened() -> None:
    clean = specimen((40, 140, 140))
    y, x = np.ogrid[-1:1:140j, -1:1:140j]
    fading = np.exp(-2.0 * (x**2 + y**2)).astype(np.float32)
    values, empty = seen(clean * fading)
    assert not empty.any()
    spread = [values[:, a : a + 35, b : b + 35].std() for a in (0, 52, 105) for b in (0, 52, 105)]
    assert max(spread) / min(spread) < 1.5


@pytest.mark.parametrize("periods", [1.0, 1.5])
def test_backgrounds_that_bend_are_taken_off(periods: float) -> None:
    clean = specimen((40, 256, 256))
    y, x = np.ogrid[0 : 2 * np.pi : 256j, 0 : 2 * np.pi : 256j]
    values, empty = seen(clean + (8 * 30 * np.sin(periods * x) * np.cos(y)).astype(np.float32))
    assert not empty.any()
    rest = ndimage.gaussian_filter(values - clean / 30, 8)
    low, high = np.percentile(rest, (5, 95))  # of a range of 16
    assert high - low < 2.4
    assert surveyed(clean).facts.background_range < 1.0


def test_the_range_that_is_told_is_that_of_all_that_was_taken_off() -> None:
    clean = specimen((40, 256, 256))
    x = np.linspace(-1, 1, 256, dtype=np.float32)
    facts = surveyed(clean + 13 * 30 * x).facts
    assert facts.background_range == pytest.approx(26, rel=0.12)
    fading = surveyed(clean * np.exp(x)).facts
    assert fading.strength_ratio == pytest.approx(np.exp(1.92), rel=0.15)


def test_slow_structure_of_the_specimen_stays() -> None:
    """A cell beside its surroundings differs by about one standard deviation: no ramp."""
    data = specimen()
    data[..., 40:] += 20
    assert not surveyed(data).touched


@pytest.mark.parametrize("factor", [1e-25, 1e-9, 1e9, 1e25])
@pytest.mark.parametrize("wedge", [False, True])
def test_units_do_not_matter(factor: float, wedge: bool) -> None:
    data = (specimen() + 1000).astype(np.float64)
    if wedge:
        data[corner()] = 0
    plain, empty = seen(data)
    scaled, same = seen((data * factor).astype(np.float32))
    np.testing.assert_allclose(scaled, plain, atol=2e-3)
    assert (empty != same).mean() < 1e-3


def test_a_small_grey_range_far_from_zero() -> None:
    data = specimen() / 100 + 30000
    model = surveyed(data)
    assert not model.touched
    assert model.facts.deviation == pytest.approx(0.3, rel=0.05)


def test_nothing_varies() -> None:
    assert survey_grey(np.full(SHAPE, 7, np.int16), VOXEL, RADIUS) is None
    assert survey_grey(np.full(SHAPE, np.nan, np.float32), VOXEL, RADIUS) is None


def test_noise_free_images_are_taken_as_they_are() -> None:
    z, y, x = np.ogrid[tuple(slice(n) for n in SHAPE)]
    ring = np.sqrt((z - 20) ** 2 + (y - 36) ** 2 + (x - 40) ** 2) - 9
    data = (1000 - 100 * np.exp(-0.5 * (ring / 1.4) ** 2)).astype(np.float32)
    values, empty = seen(data)
    assert not empty[np.abs(ring) < 2].any()
    assert np.isfinite(values).all()
    assert values[np.abs(ring) < 0.5].max() < values[ring > 8].min()


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(*(st.integers(1, 14),) * 3),
    st.sampled_from([np.int8, np.uint16, np.float32, np.float64]),
    st.integers(0, 2**31),
)
def test_any_small_volume_gives_finite_values(
    shape: tuple[int, int, int], dtype: type[np.generic], seed: int
) -> None:
    random = np.random.default_rng(seed)
    data = random.choice([0, 1, 7, 100], shape).astype(dtype)
    model = survey_grey(data, VOXEL, RADIUS)
    assert model is None or data.min() < data.max()
    if model is not None:
        values, empty = model.box(data, (0, 0, 0))
        assert np.isfinite(values).all()
        assert empty is None or empty.shape == data.shape


def test_a_box_is_a_part_of_the_whole() -> None:
    data = specimen() + np.linspace(0, 900, SHAPE[2]).astype(np.float32)
    data[corner()] = -5000
    model = surveyed(data)
    whole, empty = model.box(data, (0, 0, 0))
    part, missing = model.box(data[3:9, 10:50, 5:60], (3, 10, 5))
    assert empty is not None
    assert missing is not None
    np.testing.assert_allclose(part, whole[3:9, 10:50, 5:60], atol=1e-5)
    np.testing.assert_array_equal(missing, empty[3:9, 10:50, 5:60])


def test_a_model_is_kept_as_it_was() -> None:
    data = specimen() + np.linspace(0, 900, SHAPE[2]).astype(np.float32)
    data[corner()] = -5000
    model = surveyed(data)
    again = GreyModel.from_arrays(model.to_arrays())
    assert (again.facts, again.limits, again.touched) == (model.facts, model.limits, model.touched)
    for one, other in zip(model.box(data, (0, 0, 0)), again.box(data, (0, 0, 0)), strict=True):
        np.testing.assert_array_equal(one, other)
