"""Which voxels, grey levels and circles a slice shows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.formats.ome_zarr.chunks import ChunkedArray
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.viewers import slicing
from cryoves_app.ui.viewers.slicing import Look, Plane, percentile_levels, sample_grey
from tests.formats.zarr_images import write_image

Z, Y, X = 7, 11, 13
DATA = (
    10_000 * np.indices((20, 30, 40))[0] + 100 * np.indices((20, 30, 40))[1] + np.indices((20, 30, 40))[2]
).astype(np.int32)


@pytest.mark.parametrize("plane", list(Plane))
def test_slice_shows_each_voxel_at_its_position(plane: Plane) -> None:
    at = (Z, Y, X)
    image = slicing.read_slice(DATA, plane, at[plane.normal])
    assert image.shape == (DATA.shape[plane.vertical], DATA.shape[plane.horizontal])
    assert image[at[plane.vertical], at[plane.horizontal]] == DATA[at]


def test_slab_is_the_mean_of_its_slices_and_stays_inside() -> None:
    image = slicing.read_slice(DATA, Plane.XY, Z, Look(slab=3))
    np.testing.assert_allclose(image, DATA[Z - 1 : Z + 2].mean(axis=0), rtol=1e-6)
    assert slicing.slab_range(0, 5, 20) == (0, 3)
    assert slicing.slab_range(19, 5, 20) == (17, 20)


def test_smoothing_keeps_the_mean_and_lowers_the_spread() -> None:
    noise = np.random.default_rng(0).normal(size=(3, 64, 64)).astype(np.float32)
    plain = slicing.read_slice(noise, Plane.XY, 1)
    smooth = slicing.read_slice(noise, Plane.XY, 1, Look(smoothing_px=2))
    assert smooth.std() < plain.std() / 3
    assert smooth.mean() == pytest.approx(plain.mean(), abs=0.05)


def test_percentiles_ignore_what_is_not_finite_and_never_coincide() -> None:
    values = np.array([np.nan, np.inf, *range(101)], dtype=np.float32)
    assert slicing.percentile_levels(values, 10, 90) == pytest.approx((10, 90))
    black, white = slicing.percentile_levels(np.full(9, 3.0, np.float32), 1, 99)
    assert white > black


@given(
    centre=st.tuples(*[st.floats(-5, 30)] * 3),
    radius=st.floats(0.5, 12),
    at=st.floats(0, 20),
    plane=st.sampled_from(list(Plane)),
    angle=st.floats(0, 6.28),
)
def test_every_point_of_a_circle_lies_on_its_sphere(
    centre: tuple[float, float, float], radius: float, at: float, plane: Plane, angle: float
) -> None:
    circles = slicing.circles_in_slice(np.array([[*centre, radius]]), plane, at)
    assert bool(len(circles.rows)) == (abs(at - centre[plane.normal]) < radius)
    if len(circles.rows):
        horizontal = circles.horizontal[0] + circles.radius[0] * np.cos(angle)
        vertical = circles.vertical[0] + circles.radius[0] * np.sin(angle)
        point = plane.position(horizontal, vertical, at)
        assert np.linalg.norm(np.subtract(point, centre)) == pytest.approx(radius, abs=1e-6)


def test_of_two_circles_the_one_with_the_nearer_centre_for_its_size_is_picked() -> None:
    circles = slicing.circles_in_slice(np.array([[0, 10, 10, 9.0], [0, 10, 15, 2.0]]), Plane.XY, 0)
    assert slicing.circle_at(circles, 15, 10) == 1
    assert slicing.circle_at(circles, 8, 10) == 0
    assert slicing.circle_at(circles, 40, 40) is None


@given(st.floats(0.01, 1e5))
def test_scale_bar_is_round_and_fills_two_fifths_at_least(available: float) -> None:
    length = slicing.nice_length_nm(available)
    assert 0.4 * available <= length * (1 + 1e-9)
    assert length <= available * (1 + 1e-9)
    assert f"{length:e}"[0] in "125"


def test_contrast_drag_widens_and_shifts_the_window() -> None:
    assert slicing.drag_levels((0, 10), 0.5, 0) == pytest.approx((-5, 5))
    black, white = slicing.drag_levels((0, 10), 0, 1)
    assert (white - black, (white + black) / 2) == pytest.approx((10 / np.e, 5))


def test_outlines_stand_for_circles_where_shapes_are_known() -> None:
    spheres = np.array([[10.0, 20, 30, 8], [10.0, 50, 30, 8], [90.0, 20, 30, 8]])
    terms = np.zeros((3, 12))
    terms[0, 3] = 1.0
    found = slicing.outlines_in_slice(spheres, terms, terms.any(axis=1), Plane.XY, 10.0)
    assert list(found.rows) == [0, 1]
    np.testing.assert_allclose([found.horizontal[0], found.vertical[0]], [30, 20], atol=0.05)
    assert found.radius.tolist() == pytest.approx([8.0, 8.0], abs=0.1)
    assert found.outlines is not None
    assert np.isnan(found.outlines[1]).all()
    wide, high = np.ptp(found.outlines[0], axis=0)
    assert wide == pytest.approx(16 + np.sqrt(15), abs=0.05)
    assert high < 12.5
    assert slicing.circle_at(found, 30.0, 50.0) == 1


def test_the_greys_of_a_large_one_come_from_a_few_chunks(tmp_path: Path) -> None:
    """Slices across 3 600 chunks would unpack 720 of them before anything is shown."""
    shape, chunks = (128, 480, 480), (8, 32, 32)
    data = np.random.default_rng(5).normal(100, 9, shape).astype("f4")
    data += np.linspace(0, 40, shape[2], dtype="f4")
    whole = open_volume(write_image(tmp_path / "a.zarr", data, chunks=chunks)).data
    assert isinstance(whole, ChunkedArray)
    found = sample_grey(whole)
    assert whole.chunks_read <= 24
    assert found.mean() == pytest.approx(data.mean(), abs=3)
    low, high = percentile_levels(found, 0.5, 99.5)
    assert (low, high) == pytest.approx(percentile_levels(data, 0.5, 99.5), abs=6)


def test_chunks_that_are_missing_tell_no_greys_where_others_are_there(tmp_path: Path) -> None:
    array = zarr.create_array(
        tmp_path / "0", shape=(256, 512, 512), chunks=(16, 32, 32), dtype="f4", fill_value=0
    )
    array[96:160, 128:384, 128:384] = np.random.default_rng(5).normal(100, 9, (64, 256, 256))
    found = sample_grey(open_volume(tmp_path / "0").data)
    assert found.min() > 0
