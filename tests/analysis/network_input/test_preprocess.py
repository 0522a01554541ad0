"""The network's input: rescaled, smoothed, normalised, slice by slice."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cryoves_app.analysis.network_input.preprocess import (
    NetworkGrid,
    axis_weights,
    finite_median,
    network_grid,
    network_voxel_nm,
    prepare_input,
)
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import CancelToken, Progress

RNG = np.random.default_rng(3)


def prepared(data: np.ndarray, voxel_nm: float, target_nm: float, **more: object) -> np.ndarray:
    grid = network_grid(data.shape, voxel_nm, target_nm)
    out = np.empty(grid.shape, np.float32)
    prepare_input(data, grid, voxel_nm, out, **more)
    return out


@given(st.integers(1, 40), st.floats(0.2, 3.0), st.sampled_from([0.0, 0.7, 1.0, 2.5]))
def test_each_output_is_a_weighted_mean_of_inputs(length: int, step: float, smoothing: float) -> None:
    grid = network_grid((length, length, length), 1.0, step)
    weights = axis_weights(length, grid.shape[0], grid.voxel_size_nm, smoothing).toarray()
    assert weights.shape == (grid.shape[0], length)
    np.testing.assert_allclose(weights.sum(axis=1), 1, atol=1e-5)
    assert weights.min() >= 0


@given(st.integers(2, 300), st.floats(0.4, 5.0), st.floats(0.4, 12.0))
def test_the_grid_covers_the_tomogram_and_no_more(length: int, voxel: float, target: float) -> None:
    grid = network_grid((length, length, length), voxel, target)
    last = (grid.shape[0] - 1) * grid.voxel_size_nm
    end = (length - 1) * voxel
    assert last <= end * (1 + 2e-3) + 1e-5
    assert last + grid.voxel_size_nm > end * (1 - 2e-3) - 1e-5


@pytest.mark.parametrize("voxel_nm", [2.2, 3.3])
def test_the_interior_is_what_scipy_makes_of_it(voxel_nm: float) -> None:
    """Same grid or growing: linear interpolation, then the Gaussian, then one z-score."""
    data = RNG.normal(0, 800, (24, 26, 28)).astype(np.int16)
    got = prepared(data, voxel_nm, 2.2)
    at = np.meshgrid(*(np.arange(n) * 2.2 / voxel_nm for n in got.shape), indexing="ij")
    zoomed = ndimage.map_coordinates(data.astype(float), at, order=1)
    expected = ndimage.gaussian_filter(zoomed, 1.0)
    expected = (expected - expected.mean()) / expected.std()
    inner = (slice(6, -6),) * 3
    np.testing.assert_allclose(got[inner], expected[inner], atol=0.02)
    assert np.corrcoef(got[inner].ravel(), expected[inner].ravel())[0, 1] > 0.9999


def test_zero_mean_and_unit_variance_whatever_the_grey_range() -> None:
    tiny = RNG.normal(1e4, 0.01, (12, 14, 16))  # int16 in between would leave nothing of it
    got = prepared(tiny, 2.2, 2.2, smoothing_px=0.0)
    assert abs(got.mean()) < 1e-4
    assert got.std() == pytest.approx(1, abs=1e-4)
    assert np.corrcoef(got.ravel(), tiny.ravel())[0, 1] > 0.99


def test_shrinking_is_anti_aliased() -> None:
    """A wave that the coarse grid cannot hold must vanish, not come back as a slow one."""
    wave = np.sin(2 * np.pi * np.arange(120) * 0.45)[None, None, :] + np.zeros((8, 8, 120))
    slow = np.sin(2 * np.pi * np.arange(120) * 0.02)[None, None, :] + np.zeros((8, 8, 120))
    weights = axis_weights(120, 40, 3.0, 0.0).toarray()
    plain = np.arange(40) * 3
    assert np.abs(weights @ wave[0, 0])[3:-3].max() < 0.15 < np.abs(wave[0, 0][plain]).max()
    assert np.abs(weights @ slow[0, 0]).max() > 0.9


def test_smoothing_off_leaves_the_voxels() -> None:
    data = RNG.normal(size=(8, 9, 10)).astype(np.float32)
    rough, soft = (prepared(data, 2.2, 2.2, smoothing_px=s) for s in (0.0, 1.0))
    np.testing.assert_allclose(rough, (data - data.mean()) / data.std(), atol=1e-4)
    assert np.abs(np.diff(soft, axis=0)).mean() < 0.5 * np.abs(np.diff(rough, axis=0)).mean()


def test_invert_changes_the_sign() -> None:
    data = RNG.normal(size=(8, 9, 10)).astype(np.float32)
    np.testing.assert_allclose(prepared(data, 2.2, 2.2, invert=True), -prepared(data, 2.2, 2.2), atol=1e-5)


def test_bad_voxels_are_counted_and_take_the_median() -> None:
    data = RNG.normal(50, 1, (10, 12, 14)).astype(np.float32)
    data[2, 3, 4], data[5, 6, 7], data[9, 11, 13] = np.nan, np.inf, -np.inf
    out = np.empty(data.shape, np.float32)
    assert prepare_input(data, NetworkGrid(data.shape, 2.2), 2.2, out, smoothing_px=0.0) == 3
    assert np.isfinite(out).all()
    assert abs(out[2, 3, 4]) < 0.2


def test_a_constant_volume_becomes_zeros() -> None:
    assert not prepared(np.full((6, 7, 8), 1234.5, np.float32), 2.2, 2.2).any()


def test_nothing_finite_is_one_sentence() -> None:
    with pytest.raises(CryoVesError, match="no finite value"):
        finite_median(np.full((4, 4, 4), np.nan, np.float32))


def test_cancel_stops_between_slices() -> None:
    token = CancelToken()
    token.cancel()
    data = np.zeros((4, 4, 4), np.float32)
    with pytest.raises(Cancelled):
        prepare_input(
            data, NetworkGrid(data.shape, 2.2), 2.2, np.empty_like(data), progress=Progress(token=token)
        )


def test_small_vesicles_are_looked_at_with_small_voxels() -> None:
    assert network_voxel_nm(20.0) == pytest.approx(2.2)
    assert network_voxel_nm(100.0) == pytest.approx(11.0)
    assert network_voxel_nm(20.0, 1.1) == pytest.approx(1.1)
