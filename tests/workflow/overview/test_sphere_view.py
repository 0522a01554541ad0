"""The picture of lit spheres."""

import numpy as np
import pytest

from cryoves_app.workflow.overview.sphere_view import Camera, box_edges, render


def test_the_nearer_sphere_hides_the_farther_one() -> None:
    centres = np.array([[5.0, 5.0, 0.0], [5.0, 5.0, 8.0]])
    picture = render(centres, np.array([4.0, 2.0]), np.array([[1.0, 0, 0], [0, 0, 1.0]]), (0, 10, 0, 10), 100)
    assert picture.shape == (100, 100, 4)
    assert picture[50, 50, 2] > 0 == picture[50, 50, 0]  # the small blue one, in front
    assert picture[50, 20, 0] > 0 == picture[50, 20, 2]  # the large red one beside it
    assert picture[2, 2, 3] == 0


def test_a_sphere_covers_its_disc() -> None:
    picture = render(np.array([[5.0, 5.0, 0.0]]), np.array([3.0]), np.ones((1, 3)), (0, 10, 0, 10), 200)
    assert (picture[..., 3] > 0).mean() == pytest.approx(np.pi * 9 / 100, rel=0.01)


def test_spheres_beyond_the_picture_and_none_at_all_are_fine() -> None:
    empty = render(np.zeros((0, 3)), np.zeros(0), np.zeros((0, 3)), (0, 10, 0, 5), 20)
    assert empty.shape == (10, 20, 4)
    outside = render(np.array([[50.0, 50.0, 0.0]]), np.array([3.0]), np.ones((1, 3)), (0, 10, 0, 10), 20)
    assert not outside.any()


def test_the_camera_keeps_lengths_and_handedness() -> None:
    rotation = Camera(25.0, 40.0).rotation()
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1.0)


def test_a_box_has_twelve_edges() -> None:
    edges = box_edges((3.0, 4.0, 5.0))
    assert sorted(np.linalg.norm(b - a) for a, b in edges) == [3.0] * 4 + [4.0] * 4 + [5.0] * 4
