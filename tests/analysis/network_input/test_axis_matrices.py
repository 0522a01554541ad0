"""Smoothing and interpolation along one axis as sparse matrices."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.network_input.axis_matrices import (
    interpolation_matrix,
    smoothing_matrix,
    weights_of,
)


@pytest.mark.parametrize("length", [1, 2, 7, 300])
@pytest.mark.parametrize("mode", ["reflect", "mirror"])
def test_smoothing_is_that_of_scipy(length: int, mode: str) -> None:
    values = np.random.default_rng(5).normal(size=length)
    expected = ndimage.gaussian_filter1d(values, 1.3, mode=mode)
    np.testing.assert_allclose(smoothing_matrix(length, 1.3, mode) @ values, expected, atol=1e-12)  # type: ignore[arg-type]


def test_interpolation_is_that_of_numpy() -> None:
    values, at = np.random.default_rng(6).normal(size=40), np.linspace(0, 39, 77)
    expected = np.interp(at, np.arange(40), values)
    np.testing.assert_allclose(interpolation_matrix(at, 40) @ values, expected, atol=1e-12)


def test_one_voxel_is_read_everywhere() -> None:
    np.testing.assert_array_equal(interpolation_matrix(np.zeros(3), 1).toarray(), np.ones((3, 1)))


def test_a_long_axis_takes_no_memory_by_its_square() -> None:
    tracemalloc.start()
    weights_of(smoothing_matrix(2700, 1.0, "reflect"), interpolation_matrix(np.linspace(0, 4095, 2700), 4096))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 40e6  # 4096 × 2700 numbers are 88 MB
