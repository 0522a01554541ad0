"""Blocks with margins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.analysis.network_input.padded_blocks import padded_blocks

_LENGTHS = st.tuples(*[st.integers(1, 23)] * 3)


@given(_LENGTHS, st.integers(1, 9), st.integers(0, 5))
def test_each_voxel_lies_in_one_block_and_is_read_with_its_surroundings(
    shape: tuple[int, int, int], edge: int, margin: int
) -> None:
    numbers, taken = np.arange(np.prod(shape)).reshape(shape), np.zeros(shape, int)
    for block, box, crop in padded_blocks(shape, edge, margin):
        taken[block] += 1
        assert np.array_equal(numbers[box][crop], numbers[block])
        for inner, outer, length in zip(block, box, shape, strict=True):
            assert outer.start == max(inner.start - margin, 0)
            assert outer.stop == min(inner.stop + margin, length)
    assert (taken == 1).all()
