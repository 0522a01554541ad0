"""A region on the network's grid, written slice by slice, is that of the whole array."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.analysis.network_input.preprocess import nearest_on, network_grid
from cryoves_app.workflow.pipeline.pipeline_inputs import mask_key, write_mask_on_grid


@pytest.mark.parametrize("voxel_nm", [1.3, 2.2, 3.1])
@pytest.mark.parametrize("has_gaps", [True, False])
def test_a_mask_reaches_the_grid_slice_by_slice(voxel_nm: float, has_gaps: bool) -> None:
    rng = np.random.default_rng(3)
    whole = (rng.random((19, 23, 31)) < 0.4).astype(np.uint8)
    grid = network_grid((19, 23, 31), voxel_nm, 2.2)
    with_data = (rng.random(grid.shape) < 0.5).astype(np.uint8) if has_gaps else None
    out = np.full(grid.shape, 9, np.uint8)
    write_mask_on_grid(out, RunMask.of_array(whole), grid, voxel_nm, with_data)
    expected = nearest_on(grid, whole, voxel_nm)
    np.testing.assert_array_equal(out, expected if with_data is None else expected & with_data)


def test_a_mask_is_known_by_its_voxels() -> None:
    mask = np.zeros((4, 5, 6), np.uint8)
    mask[1, 2:4, 3] = 1
    other = mask.copy()
    other[1, 2, 4] = 1
    keys = [mask_key(RunMask.of_array(m)) for m in (mask, mask * 7, other, mask.reshape(4, 6, 5))]
    assert keys[0] == keys[1]
    assert len({*keys, mask_key(None)}) == 4
