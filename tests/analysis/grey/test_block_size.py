"""How large the blocks of a tomogram are, so that what is held of them has a bound."""

from __future__ import annotations

import math

import pytest

from cryoves_app.analysis.grey.blocks import MOST_BLOCKS, block_edge_px


@pytest.mark.parametrize(("voxel_size_nm", "edge_px"), [(0.5, 18), (1.469, 6), (2.2, 4), (4.4, 4)])
def test_blocks_are_some_nanometres_wide(voxel_size_nm: float, edge_px: int) -> None:
    assert block_edge_px(voxel_size_nm, (261, 1024, 1024)) == edge_px


@pytest.mark.parametrize("shape", [(1000, 1024, 1024), (1000, 4096, 4096), (2000, 8192, 8192)])
def test_a_large_tomogram_has_no_more_of_them_but_larger_ones(shape: tuple[int, int, int]) -> None:
    edge = block_edge_px(1.469, shape)
    assert edge > 6
    assert math.prod(shape) / edge**3 <= MOST_BLOCKS
    assert math.prod(shape) / (edge - 1) ** 3 > MOST_BLOCKS
