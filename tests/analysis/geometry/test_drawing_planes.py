from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from cryoves_app.analysis.geometry.drawing_planes import (
    DrawingPlane,
    contours_on_slices,
    drawing_plane_of,
    lines_in_between,
)
from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.region import Contour, Region, RegionKind

SHAPE = (24, 40, 50)
Box = tuple[tuple[float, float], tuple[float, float]]


def rectangle(axis: int, height: float, sides: Box) -> Contour:
    """Across an axis; ``sides`` are low and high along the other two."""
    (a, b), (c, d) = sides
    corners = np.array([(a, c), (a, d), (b, d), (b, c)])
    points = np.insert(corners, axis, height, axis=1)
    return Contour(tuple((float(z), float(y), float(x)) for z, y, x in points))


def voxels(contours: tuple[Contour, ...]) -> np.ndarray:
    return rasterise(Region("", RegionKind.CYTOPLASM, contours), SHAPE, 1.0)


def box_mask(*ranges: tuple[int, int]) -> np.ndarray:
    mask = np.zeros(SHAPE, np.uint8)
    mask[tuple(slice(low, high) for low, high in ranges)] = 1
    return mask


@pytest.mark.parametrize("step", [1, 4])
@pytest.mark.parametrize("axis", [1, 2])
def test_side_views_are_filled_where_they_were_drawn(axis: int, step: int) -> None:
    sides = {1: ((4.5, 18.5), (9.5, 30.5)), 2: ((4.5, 18.5), (9.5, 30.5))}[axis]
    drawn = [rectangle(axis, height, sides) for height in range(8, 29, step)]
    filled = voxels(contours_on_slices(drawn, SHAPE))
    expected = box_mask((5, 19), (8, 29), (10, 31)) if axis == 1 else box_mask((5, 19), (10, 31), (8, 29))
    np.testing.assert_array_equal(filled, expected)


def test_holes_of_side_views_stay_open() -> None:
    drawn = [
        rectangle(1, y, sides)
        for y in range(8, 20)
        for sides in (((2.5, 20.5), (5.5, 30.5)), ((8.5, 12.5), (10.5, 20.5)))
    ]
    expected = box_mask((3, 21), (8, 20), (6, 31)) - box_mask((9, 13), (8, 20), (11, 21))
    np.testing.assert_array_equal(voxels(contours_on_slices(drawn, SHAPE)), expected)


def test_what_lies_outside_is_left_out() -> None:
    assert contours_on_slices([rectangle(1, 60.0, ((2.5, 20.5), (5.5, 30.5)))], SHAPE) == ()
    drawn = [rectangle(1, y, ((-9.5, 20.5), (5.5, 300.5))) for y in range(30, 60)]
    np.testing.assert_array_equal(
        voxels(contours_on_slices(drawn, SHAPE)), box_mask((0, 21), (30, 40), (6, 50))
    )


def test_several_views_are_joined() -> None:
    drawn = [
        *(rectangle(0, z, ((5.5, 15.5), (5.5, 15.5))) for z in range(3, 8)),
        *(rectangle(1, y, ((5.5, 20.5), (5.5, 15.5))) for y in range(10, 16)),
    ]
    expected = box_mask((3, 8), (6, 16), (6, 16)) | box_mask((6, 21), (10, 16), (6, 16))
    np.testing.assert_array_equal(voxels(contours_on_slices(drawn, SHAPE)), expected)


@pytest.mark.parametrize("angle_deg", [15.0, 30.0, 45.0, -60.0])
def test_tilted_outlines_are_filled_along_their_planes(angle_deg: float) -> None:
    """Circles of a ball on tilted planes: within a rim of half a voxel the ball comes out."""
    centre, radius = np.array([12.0, 20.0, 25.0]), 9.0
    angle = np.deg2rad(angle_deg)
    normal, across = np.array([np.cos(angle), np.sin(angle), 0]), np.array([-np.sin(angle), np.cos(angle), 0])
    turns = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    drawn = []
    for height in np.arange(-8.5, 8.6, 1.0):
        wide = np.sqrt(radius**2 - height**2)
        points = (
            centre
            + height * normal
            + wide * (np.outer(np.sin(turns), across) + np.outer(np.cos(turns), [0, 0, 1]))
        )
        drawn.append(Contour(tuple((z, y, x) for z, y, x in points.tolist())))
    assert DrawingPlane.TILTED in {drawing_plane_of(contour) for contour in drawn}
    filled = voxels(contours_on_slices(drawn, SHAPE))
    distance = np.sqrt(sum((g - c) ** 2 for g, c in zip(np.ogrid[:24, :40, :50], centre, strict=True)))
    assert filled[distance < radius - 1].all()
    assert not filled[distance > radius + 1].any()


@pytest.mark.parametrize("reach", [60.0, 1e6, 1e9])
def test_tilted_outlines_that_reach_far_out_of_the_volume_are_sampled_inside_it(reach: float) -> None:
    """A damaged model asked for gigabytes; and all of the volume lies within so large outlines."""
    direction = np.array([1.0, 1.0, 0.0]) / np.sqrt(2)
    drawn = [
        Contour(tuple(tuple(20 * direction + h * np.array([1, -1, 0]) / np.sqrt(2) + u * direction + (0, 0, v))
                      for u, v in ((-reach, -reach), (-reach, reach), (reach, reach), (reach, -reach))))
        for h in np.arange(-30.0, 31.0, 1.0)
    ]  # fmt: skip
    tracemalloc.start()
    filled = voxels(contours_on_slices(drawn, SHAPE))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert filled.mean() > 0.95
    assert peak < 200e6


def test_the_view_of_a_line() -> None:
    assert drawing_plane_of(rectangle(0, 3.0, ((1, 9), (1, 9)))) is DrawingPlane.SLICE
    assert drawing_plane_of(rectangle(1, 3.0, ((1, 9), (1, 9)))) is DrawingPlane.SIDE_Y
    assert drawing_plane_of(rectangle(2, 3.0, ((1, 9), (1, 9)))) is DrawingPlane.SIDE_X
    assert (
        drawing_plane_of(Contour(((3.0, 1.0, 1.0), (4.5, 9.0, 9.0), (3.0, 9.0, 1.0)))) is DrawingPlane.SLICE
    )  # it wavers


def test_lines_in_side_view_are_continued_between_their_planes() -> None:
    def line(y: float) -> Contour:
        return Contour(((2.0, y, 5.0), (20.0, y, 15.0)), closed=False)

    between = lines_in_between([line(4.0), line(7.0)])
    assert [{point[1] for point in contour.points_px} for contour in between] == [{5.0}, {6.0}]
    assert all(not contour.closed for contour in between)
    ends = np.array([(c.points_px[0], c.points_px[-1]) for c in between])
    np.testing.assert_allclose(ends[:, :, [0, 2]], [[(2, 5), (20, 15)]] * 2)
    assert lines_in_between([line(4.0), line(5.0)]) == ()
