"""Regions drawn as contours become voxels."""

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import distance_transform_edt
from skimage.draw import polygon2mask

from cryoves_app.analysis.geometry.regions import (
    RegionPlanes,
    rasterise,
    signed_distance,
    with_usual_interpolation,
)
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


def _some_contours(seed: int) -> tuple[Contour, ...]:
    """Blobs, rings within rings and lines on a few slices."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(rng.integers(1, 6)):
        z, (y, x) = float(rng.integers(0, SHAPE[0])), rng.uniform(5, 25, 2)
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        for size in (1.0, 0.6)[: rng.integers(1, 3)]:
            radii = size * rng.uniform(4, 12, len(angles))
            ring = zip(y + radii * np.sin(angles), x + radii * np.cos(angles), strict=True)
            found.append(Contour(tuple((z, float(a), float(b)) for a, b in ring), bool(rng.random() < 0.8)))
    return tuple(found)


@given(seed=st.integers(0, 10**6), interpolate=st.booleans(), kind=st.sampled_from(list(RegionKind)))
def test_slices_one_by_one_are_those_of_the_whole(seed: int, interpolate: bool, kind: RegionKind) -> None:
    region = Region("r", kind, _some_contours(seed), interpolate, tube_nm=9.0)
    planes = RegionPlanes(region, SHAPE, 2.0)
    whole = rasterise(region, SHAPE, 2.0)
    for z in reversed(range(SHAPE[0])):
        np.testing.assert_array_equal(planes.plane(z), whole[z])


@given(seed=st.integers(0, 10**6))
def test_slices_between_have_the_mean_of_signed_distances(seed: int) -> None:
    contours = [c for c in _some_contours(seed) if c.closed]
    whole = rasterise(_cell(*contours, interpolate=True), SHAPE, 1.0)
    drawn = _cell(*contours).drawn_slices
    for z in range(SHAPE[0]):
        below, above = (
            max((d for d in drawn if d < z), default=None),
            min((d for d in drawn if d > z), default=None),
        )
        if z not in drawn and below is not None and above is not None:
            share = (z - below) / (above - below)
            blend = (1 - share) * _distance(whole[below]) + share * _distance(whole[above])
            np.testing.assert_array_equal(whole[z], blend > 0)


def _distance(plane: np.ndarray) -> np.ndarray:
    if not plane.any():
        return np.full(plane.shape, -40.0)
    return distance_transform_edt(plane) - distance_transform_edt(plane == 0)


@given(seed=st.integers(0, 10**6))
def test_one_contour_is_filled_by_imods_rule(seed: int) -> None:
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-3, 30, (rng.integers(3, 8), 2))
    contour = Contour(tuple((4.3, float(y), float(x)) for y, x in corners))
    mask = rasterise(_cell(contour), SHAPE, 1.0)
    np.testing.assert_array_equal(mask[4], polygon2mask(SHAPE[1:], corners))
    assert mask.sum() == mask[4].sum()


def test_signed_distances_are_those_of_scipy_in_less_memory() -> None:
    some = np.random.default_rng(3).random((37, 51)) > 0.6
    expected = distance_transform_edt(some) - distance_transform_edt(~some)
    np.testing.assert_array_equal(signed_distance(some, 51.0), expected)
    disc = np.hypot(*np.ogrid[-300:300:1.0, -300:300:1.0]) < 200
    tracemalloc.start()
    signed_distance(disc, 600.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 26 * disc.size  # bytes, where its distances alone take 8
