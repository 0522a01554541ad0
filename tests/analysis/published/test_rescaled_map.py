"""Boxes and components of a map on the tomogram's grid, against the whole map rescaled at once."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.network_input.preprocess import axis_weights
from cryoves_app.analysis.published.network_input import edge_aligned_weights
from cryoves_app.analysis.published.rescaled_map import RescaledMap

SHAPES = [((12, 14, 16), (12, 14, 16)), ((12, 14, 16), (18, 21, 23)), ((18, 21, 23), (7, 8, 9))]


def some_map(shape: tuple[int, ...]) -> np.ndarray:
    noise = ndimage.gaussian_filter(np.random.default_rng(1).normal(size=shape), 1.2)
    return (1 / (1 + np.exp(-12 * noise / noise.std()))).astype(np.float32)


def rescaled(network: tuple[int, ...], tomogram: tuple[int, ...]) -> RescaledMap:
    weights = [edge_aligned_weights(n, m) for n, m in zip(network, tomogram, strict=True)]
    return RescaledMap(some_map(network), weights, 2.2)


@pytest.mark.parametrize(("network", "tomogram"), SHAPES)
def test_a_box_is_a_part_of_the_whole(network: tuple[int, ...], tomogram: tuple[int, ...]) -> None:
    found = rescaled(network, tomogram)
    whole = found.box(np.zeros(3, int), np.array(tomogram))
    assert found.shape == whole.shape == tomogram
    low, high = np.array([2, 3, 1]), np.array([5, 7, 8])
    np.testing.assert_allclose(found.box(low, high), whole[2:5, 3:7, 1:8], atol=1e-6)
    np.testing.assert_allclose(found[4], whole[4], atol=1e-6)


@pytest.mark.parametrize(("network", "tomogram"), SHAPES)
@pytest.mark.parametrize("threshold", [0.6, 0.99])
def test_components_are_those_of_the_whole_in_their_order(
    network: tuple[int, ...], tomogram: tuple[int, ...], threshold: float
) -> None:
    found = rescaled(network, tomogram)
    labels, count = ndimage.label(found.box(np.zeros(3, int), np.array(tomogram)) > threshold)
    parts = found.components(threshold)
    assert len(parts) == count > 1
    for number, part in enumerate(parts, 1):
        np.testing.assert_array_equal(part, np.argwhere(labels == number))


def test_weights_of_a_grid_with_a_common_first_voxel_do_as_well() -> None:
    network, tomogram = (12, 14, 16), (17, 20, 23)
    weights = [axis_weights(n, m, 0.67, 0.0) for n, m in zip(network, tomogram, strict=True)]
    found = RescaledMap(some_map(network), weights, 1.474)
    assert found[0][0, 0] == some_map(network)[0, 0, 0]
    labels, count = ndimage.label(found.box(np.zeros(3, int), np.array(tomogram)) > 0.9)
    assert [len(p) for p in found.components(0.9)] == np.bincount(labels.ravel())[1:].tolist()
    assert count > 3


def test_a_map_below_the_threshold_has_no_components() -> None:
    assert rescaled((12, 14, 16), (18, 21, 23)).components(1.0) == []
