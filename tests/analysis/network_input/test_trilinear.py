"""Maps taken to another grid."""

import numpy as np
import pytest

from cryoves_app.analysis.network_input.trilinear import trilinear_slices


def test_a_linear_map_stays_linear_on_a_finer_grid() -> None:
    z, y, x = np.mgrid[:10, :12, :14] * 2.2
    fine = np.stack(list(trilinear_slices(z + 2 * y - x, 2.2, (19, 22, 28), 1.1)))
    fz, fy, fx = np.mgrid[:19, :22, :28] * 1.1
    inside = np.s_[:19, :22, :27]  # the last column lies beyond the coarse grid
    np.testing.assert_allclose(fine[inside], (fz + 2 * fy - fx)[inside], atol=1e-4)


@pytest.mark.parametrize("shape", [(1, 4, 4), (3, 1, 1)])
def test_thin_maps_and_places_beyond_the_end_take_the_last_value(shape: tuple[int, int, int]) -> None:
    values = np.random.default_rng(1).random(shape).astype(np.float32)
    fine = np.stack(list(trilinear_slices(values, 2.0, (8, 9, 10), 1.0)))
    assert fine.shape == (8, 9, 10)
    assert fine[-1, -1, -1] == pytest.approx(values[-1, -1, -1])
