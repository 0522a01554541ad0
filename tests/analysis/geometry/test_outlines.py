import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from cryoves_app.analysis.geometry.outlines import ball_outlines, outlines, smooth_outlines
from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.region import Region, RegionKind


def back(contours, shape) -> np.ndarray:
    return rasterise(Region("r", RegionKind.CYTOPLASM, contours), shape, 1.0)


@given(seed=st.integers(0, 10**6), share=st.floats(0.05, 0.95), smooth=st.booleans())
def test_mask_to_contours_to_mask_is_identity(seed: int, share: float, smooth: bool) -> None:
    noise = np.random.default_rng(seed).random((3, 12, 14))
    if smooth:
        noise = ndimage.gaussian_filter(noise, (0, 1.5, 1.5))
    mask = (noise < np.quantile(noise, share)).astype(np.uint8)
    np.testing.assert_array_equal(back(outlines(mask), mask.shape), mask)


def test_holes_and_islands_within_them() -> None:
    mask = np.zeros((2, 20, 20), np.uint8)
    mask[0, 2:18, 2:18] = 1
    mask[0, 4:16, 4:16] = 0
    mask[0, 7:12, 7:12] = 1
    mask[0, 9, 9] = 0
    contours = outlines(mask)
    assert len(contours) == 4
    assert {point[0] for c in contours for point in c.points_px} == {0.0}
    np.testing.assert_array_equal(back(contours, mask.shape), mask)


@pytest.mark.parametrize("sphere", [(6.2, 10.4, 11.5, 4.7), (0.5, 1.0, 2.0, 5.0), (5.0, 5.0, 5.0, 0.2)])
def test_ball_outlines_are_the_painted_voxels(sphere: tuple[float, float, float, float]) -> None:
    shape = (14, 20, 22)
    painted = paint_spheres(np.array([sphere]), shape)
    np.testing.assert_array_equal(back(ball_outlines(sphere, shape), shape), painted)


def test_straight_borders_need_only_their_corners() -> None:
    mask = np.zeros((1, 40, 40), np.uint8)
    mask[0, 5:35, 8:30] = 1
    (contour,) = outlines(mask)
    assert len(contour.points_px) == 8


def test_nothing_gives_nothing() -> None:
    assert outlines(np.zeros((2, 3, 4))) == ()
    assert ball_outlines((50, 50, 50, 3), (5, 5, 5)) == ()


def test_smooth_outlines_have_few_points_and_keep_to_the_mask() -> None:
    y, x = np.ogrid[:60, :70]
    ball = (y - 28.0) ** 2 + (x - 33.0) ** 2 <= 20.0**2
    mask = np.broadcast_to(ball, (3, 60, 70)).copy()
    mask[1] = 0
    mask[2] = x < 30  # up to a face
    contours = smooth_outlines(mask)
    assert [c.slice_index for c in contours] == [0, 2]
    assert all(c.closed and 3 < len(c.points_px) < 40 for c in contours)
    region = Region("r", RegionKind.CYTOPLASM, contours)
    drawn = rasterise(region, (3, 60, 70), 2.2) > 0
    for plane, true in ((drawn[0], mask[0]), (drawn[2], mask[2])):
        assert 2 * (plane & true).sum() / (plane.sum() + true.sum()) > 0.98
    assert not drawn[1].any()
    assert smooth_outlines(np.zeros((2, 9, 9))) == ()
