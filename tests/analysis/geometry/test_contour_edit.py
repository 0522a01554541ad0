import numpy as np
import pytest

from cryoves_app.analysis.geometry.contour_edit import paint_stroke, simplify_line


def test_points_on_the_way_are_left_out() -> None:
    line = [(4.0, 1.0, float(x)) for x in range(10)] + [(4.0, float(y), 9.0) for y in range(2, 8)]
    assert simplify_line(line, 0.2) == ((4.0, 1.0, 0.0), (4.0, 1.0, 9.0), (4.0, 7.0, 9.0))
    wavy = [(4.0, np.sin(x), float(x)) for x in np.arange(0, 12, 0.1)]
    assert 5 < len(simplify_line(wavy, 0.2)) < 40


@pytest.mark.parametrize("erase", [False, True])
def test_the_brush_covers_all_pixels_within_its_radius(erase: bool) -> None:
    plane = np.full((20, 30), erase)
    paint_stroke(plane, (5.0, 5.0), (5.0, 22.0), 3.0, erase=erase)
    y, x = np.indices(plane.shape)
    near = np.hypot(y - 5.0, x - np.clip(x, 5.0, 22.0)) <= 3.0
    np.testing.assert_array_equal(plane, near != erase)


def test_a_click_paints_a_disc() -> None:
    plane = np.zeros((20, 30), bool)
    paint_stroke(plane, (8.0, 9.0), (8.0, 9.0), 2.0, erase=False)
    assert plane.sum() == 13
