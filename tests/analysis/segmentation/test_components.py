"""Components found slab by slab are those of the whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cryoves_app.analysis.segmentation.components import Slabs, find_components, find_parents
from cryoves_app.domain.arrays import BoolMask


def slabs_of(volume: BoolMask, depth: int) -> Slabs:
    def read() -> Iterator[tuple[int, BoolMask]]:
        return ((z, volume[z : z + depth]) for z in range(0, len(volume), depth))

    return read


@st.composite
def volumes(draw: st.DrawFn) -> BoolMask:
    shape = draw(st.tuples(st.integers(1, 9), st.integers(1, 6), st.integers(1, 6)))
    share = draw(st.sampled_from([0.0, 0.2, 0.4, 0.6, 0.9, 1.0]))
    return np.random.default_rng(draw(st.integers(0, 999))).random(shape) < share


@given(volumes(), st.integers(1, 5))
def test_slabs_give_the_components_of_the_whole(volume: BoolMask, depth: int) -> None:
    labels, count = ndimage.label(volume)
    found = find_components(slabs_of(volume, depth))
    assert len(found) == count
    numbers = labels[tuple(found.first.T)] if count else np.zeros(0, int)
    assert sorted(numbers) == list(range(1, count + 1))
    boxes = ndimage.find_objects(labels)
    for i, number in enumerate(numbers):
        assert found.window(i) == boxes[number - 1]
        assert found.box_volume(i) == labels[boxes[number - 1]].size
    order = np.ravel_multi_index(tuple(found.first.T), volume.shape) if count else np.zeros(0)
    assert list(order) == sorted(order)
    assert all(np.flatnonzero(labels == n)[0] == at for n, at in zip(numbers, order, strict=True))


@given(st.integers(0, 999), st.integers(1, 5))
def test_each_finer_component_lies_in_one_coarser_one(seed: int, depth: int) -> None:
    values = ndimage.gaussian_filter(np.random.default_rng(seed).random((9, 8, 7)), 0.7)
    coarse, fine = values > np.median(values), values > np.quantile(values, 0.8)
    outer = find_components(slabs_of(coarse, depth))
    inner = find_components(slabs_of(fine, depth))
    labels, _ = ndimage.label(coarse)
    parents = find_parents(slabs_of(coarse, depth), outer, inner)
    for child, parent in zip(inner.first, parents, strict=True):
        assert labels[tuple(child)] == labels[tuple(outer.first[parent])] > 0
