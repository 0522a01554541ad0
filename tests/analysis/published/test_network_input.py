"""The published program's grid and whole numbers."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.filters import gaussian
from skimage.transform import rescale, resize

from cryoves_app.analysis.published.network_input import (
    edge_aligned_weights,
    prepare_input_as_published,
    published_grid,
)
from cryoves_app.domain.errors import CryoVesError

RNG = np.random.default_rng(3)


def prepared(data: np.ndarray, voxel_nm: float, **options: float) -> np.ndarray:
    grid = published_grid(data.shape, voxel_nm, 2.2)
    out = np.zeros(grid.shape, np.float32)
    prepare_input_as_published(data, grid, voxel_nm, out, **options)
    return out


@pytest.mark.parametrize("voxel_nm", [1.1, 1.469, 2.2, 3.0])
def test_whole_numbers_go_through_the_steps_of_the_published_program(voxel_nm: float) -> None:
    data = (RNG.normal(size=(21, 30, 34)) * 1500).astype(np.int16)
    scaled = data.astype(float)
    if voxel_nm != 2.2:
        scaled = rescale(scaled, voxel_nm / 2.2, order=1, anti_aliasing=voxel_nm < 2.2, preserve_range=True)
    smooth = gaussian(scaled.astype(np.int16).astype(float), 1, mode="nearest").astype(np.int16)
    expected = (smooth - smooth.mean()) / smooth.std()
    np.testing.assert_allclose(prepared(data, voxel_nm), expected, atol=0.01)


def test_fractions_are_kept_where_the_tomogram_has_them() -> None:
    data = RNG.normal(size=(12, 14, 16)).astype(np.float32)
    found = prepared(data / 10, 2.2)
    np.testing.assert_allclose(found, prepared(data, 2.2), atol=1e-5)
    assert found.std() == pytest.approx(1, abs=1e-4)


def test_bright_membranes_are_turned_and_bad_voxels_counted() -> None:
    data = RNG.normal(size=(12, 14, 16)).astype(np.float32)
    np.testing.assert_allclose(prepared(data, 2.2, invert=True), -prepared(data, 2.2))
    data[3, 4, 5], data[0, 0, 0] = np.nan, np.inf
    out = np.zeros(data.shape, np.float32)
    assert prepare_input_as_published(data, published_grid(data.shape, 2.2, 2.2), 2.2, out) == 2
    assert np.isfinite(out).all()


def test_without_a_number_there_is_no_input() -> None:
    with pytest.raises(CryoVesError, match="no finite value"):
        prepared(np.full((8, 8, 8), np.nan, np.float32), 2.2)


@pytest.mark.parametrize(("n_in", "n_out"), [(18, 27), (27, 18), (5, 5), (1, 3), (1, 1), (2, 1)])
def test_edges_stay_where_they_are(n_in: int, n_out: int) -> None:
    values = RNG.normal(size=n_in)
    expected = (
        resize(values, (n_out,), order=1, anti_aliasing=n_out < n_in) if n_in > 1 else values.repeat(n_out)
    )
    np.testing.assert_allclose(edge_aligned_weights(n_in, n_out) @ values, expected, atol=1e-5)
