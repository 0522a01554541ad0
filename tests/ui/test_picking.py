"""Lines of sight and lassos."""

from __future__ import annotations

import numpy as np

from cryoves_app.ui.viewers.picking import first_sphere_hit, in_polygon


def test_the_nearer_of_two_spheres_in_line_is_hit() -> None:
    centres, radii = np.array([[0, 0, 10.0], [0, 0, 30.0], [50, 0, 0]]), np.array([2.0, 5.0, 1.0])
    eye, target = np.array([0, 0, 100.0]), np.array([0, 0, -100.0])
    assert first_sphere_hit(eye, target, centres, radii) == 1
    assert first_sphere_hit(target, eye, centres, radii) == 0
    beside, far_off = np.array([3.0, 0, 0]), np.array([20.0, 0, 0])
    assert first_sphere_hit(eye + beside, target + beside, centres, radii) == 1
    assert first_sphere_hit(eye + far_off, target + far_off, centres, radii) is None
    assert first_sphere_hit(eye, target, np.zeros((0, 3)), np.zeros(0)) is None


def test_a_polygon_with_a_bay_holds_what_is_inside_only() -> None:
    bay = np.array([[0, 0], [10, 0], [10, 10], [5, 2], [0, 10]], dtype=float)
    points = np.array([[1, 1], [5, 1], [5, 8], [9, 5], [20, 1], [-1, 5]], dtype=float)
    assert in_polygon(points, bay).tolist() == [True, True, False, True, False, False]
