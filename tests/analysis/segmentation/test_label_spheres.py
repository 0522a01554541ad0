"""Spheres from labels."""

import numpy as np
import pytest

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.segmentation.label_spheres import spheres_of_labels


def test_painted_spheres_come_back() -> None:
    spheres = np.array([[12.3, 14.1, 13.0, 8.4], [14.0, 36.5, 20.2, 6.0]])
    found = spheres_of_labels(paint_spheres(spheres, (30, 50, 40), np.array([3, 11])))
    assert list(found) == [3, 11]
    np.testing.assert_allclose(np.array(list(found.values())), spheres, atol=0.15)


def test_an_empty_volume_holds_none() -> None:
    assert spheres_of_labels(np.zeros((3, 4, 5), np.uint16)) == {}


def test_a_single_voxel_is_a_ball_of_its_volume() -> None:
    labels = np.zeros((3, 4, 5), np.uint16)
    labels[1, 2, 3] = 7
    (z, y, x, radius) = spheres_of_labels(labels)[7]
    assert (z, y, x) == (1, 2, 3)
    assert 4 / 3 * np.pi * radius**3 == pytest.approx(1.0)
