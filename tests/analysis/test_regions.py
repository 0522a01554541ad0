"""Regions drawn as contours become voxels."""

import numpy as np
import pytest

from cryoves_app.analysis.regions import rasterise, with_usual_interpolation
from cryoves_app.domain.region import Contour, Region, RegionKind

SHAPE = (9, 30, 40)


def _square(z: float, low: float, high: float) -> Contour:
    return Contour(((z, low, low), (z, low, high), (z, high, high), (z, high, low)))


def _cell(*contours: Contour, interpolate: bool = False) -> Region:
    return Region("cell", RegionKind.CYTOPLASM, contours, interpolate)


def test_a_voxel_is_inside_if_its_centre_is() -> None:
    mask = rasterise(_cell(_square(2.0, 4.6, 9.4)), SHAPE, 1.0)
    assert mask.sum() == 25
    assert mask[2, 5:10, 5:10].all()


@pytest.mark.parametrize(("z", "slice_index"), [(2.49, 2), (2.5, 3), (-0.4, 0)])
def test_a_contour_belongs_to_the_slice_nearest_to_its_mean(z: float, slice_index: int) -> None:
    assert rasterise(_cell(_square(z, 4.5, 9.5)), SHAPE, 1.0)[slice_index].any()


def test_contours_within_others_cut_holes_and_islands() -> None:
    mask = rasterise(_cell(_square(2, 1.5, 25.5), _square(2, 5.5, 20.5), _square(2, 10.5, 12.5)), SHAPE, 1.0)
    assert [int(mask[2, i, i]) for i in (3, 8, 11, 15, 23)] == [1, 0, 1, 0, 1]


def test_contours_that_cross_are_united_and_a_copy_changes_nothing() -> None:
    crossing = _cell(_square(2, 1.5, 10.5), _square(2, 6.5, 15.5), _square(2, 1.5, 10.5))
    mask = rasterise(crossing, SHAPE, 1.0)
    assert [int(mask[2, i, i]) for i in (4, 8, 13)] == [1, 1, 1]


def test_slices_between_drawn_ones_are_filled_when_asked_to() -> None:
    region = _cell(_square(1, 5.5, 15.5), _square(7, 9.5, 19.5))
    assert not rasterise(region, SHAPE, 1.0)[4].any()
    usual = with_usual_interpolation(region)
    assert usual.interpolate
    middle = rasterise(usual, SHAPE, 1.0)[4]
    y, x = np.nonzero(middle)
    assert (y.mean(), x.mean()) == pytest.approx((12.5, 12.5), abs=0.6)
    assert not with_usual_interpolation(_cell(_square(1, 5, 9), _square(2, 5, 9))).interpolate


def test_an_active_zone_is_a_tube_also_where_it_was_drawn_closed() -> None:
    line = Contour(((3.0, 10.0, 5.0), (3.0, 10.0, 30.0)), closed=False)
    tube = rasterise(Region("az", RegionKind.ACTIVE_ZONE, (line,), tube_nm=8.0), SHAPE, 2.0)
    assert tube[3, 8:13, 15].tolist() == [1] * 5
    assert tube[3, [7, 13], 15].tolist() == [0, 0]
    assert tube[1:6, 10, 15].tolist() == [1] * 5
    assert not tube[[0, 6]].any()
    ring = rasterise(Region("az", RegionKind.ACTIVE_ZONE, (_square(3, 5, 25),), tube_nm=8.0), SHAPE, 2.0)
    assert ring[3, 5, 15] == 1
    assert ring[3, 15, 15] == 0


def test_points_and_lines_outside_the_volume_paint_nothing() -> None:
    point = Contour(((3.0, 10.0, 5.0),), closed=False)
    far = Contour(((3.0, 100.0, 5.0), (3.0, 120.0, 9.0)), closed=False)
    assert not rasterise(_cell(point, far, _square(50, 5, 9)), SHAPE, 1.0).any()


def test_lines_between_slices_follow_those_drawn() -> None:
    first = Contour(((1.0, 5.0, 5.0), (1.0, 5.0, 35.0)), closed=False)
    second = Contour(((7.0, 23.0, 35.0), (7.0, 23.0, 5.0)), closed=False)  # drawn the other way round
    region = Region("az", RegionKind.ACTIVE_ZONE, (first, second), tube_nm=3.0)
    assert not rasterise(region, SHAPE, 1.0)[4].any()
    usual = with_usual_interpolation(region)
    assert usual.interpolate
    y, x = np.nonzero(rasterise(usual, SHAPE, 1.0)[4])
    assert {13, 14, 15} <= set(y)
    assert y.mean() == pytest.approx(14)
    assert (x.min(), x.max()) == (4, 36)
