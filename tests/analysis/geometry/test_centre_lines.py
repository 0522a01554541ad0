import numpy as np
import pytest

from cryoves_app.analysis.geometry.centre_lines import centre_lines
from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.region import Contour, Region, RegionKind

SHAPE = (12, 60, 80)


def test_a_tube_comes_back_as_its_line() -> None:
    line = tuple(
        Contour(((z, 10.0, 20.0), (z, 25.0, 24.0), (z, 45.0, 22.0)), closed=False) for z in range(3, 9)
    )
    mask = rasterise(Region("az", RegionKind.ACTIVE_ZONE, line, tube_nm=5.0), SHAPE, 1.0)
    lines, half_width = centre_lines(mask)
    assert half_width == pytest.approx(2.5, abs=0.5)
    assert {c.slice_index for c in lines} >= set(range(3, 9))
    assert not any(c.closed for c in lines)
    assert max(len(c.points_px) for c in lines) < 20
    again = rasterise(Region("az", RegionKind.ACTIVE_ZONE, lines, tube_nm=2 * half_width), SHAPE, 1.0)
    assert (again & mask).sum() > 0.85 * mask.sum()


def test_single_voxels_and_nothing_have_no_line() -> None:
    mask = np.zeros(SHAPE, np.uint8)
    assert centre_lines(mask) == ((), 0.5)
    mask[4, 5, 6] = 1
    assert centre_lines(mask)[0] == ()
