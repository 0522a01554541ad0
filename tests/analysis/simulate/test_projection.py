"""Projection and back-projection: adjoint to each other, and a point comes back to its place."""

from __future__ import annotations

import numpy as np
import pytest

from cryoves_app.analysis.simulate.microscope import weight_views
from cryoves_app.analysis.simulate.projection import back_project, project, tilt_angles_deg
from cryoves_app.analysis.simulate.spec import ImagingSpec


def test_angles_are_symmetric_and_within_the_range() -> None:
    angles = tilt_angles_deg(60, 3)
    assert len(angles) == 41
    np.testing.assert_allclose(angles, -angles[::-1])
    assert tilt_angles_deg(50, 4).max() == 48


def test_the_untilted_view_is_the_sum_along_z() -> None:
    volume = np.random.default_rng(1).random((7, 5, 9), dtype=np.float32)
    np.testing.assert_allclose(project(volume, np.array([0.0]))[0], volume.sum(axis=0), rtol=1e-5)


def test_a_point_moves_with_the_tilt() -> None:
    volume = np.zeros((21, 3, 41), np.float32)
    volume[15, 1, 12] = 1
    view = project(volume, np.array([30.0]))[0, 1]
    centroid = (np.arange(41) * view).sum() / view.sum()
    expected = 20 + (12 - 20) * np.cos(np.pi / 6) + (15 - 10) * np.sin(np.pi / 6)
    assert centroid == pytest.approx(expected, abs=1e-5)
    assert view.sum() == pytest.approx(1, abs=1e-6)


def test_smearing_back_is_the_adjoint_of_projecting() -> None:
    rng = np.random.default_rng(2)
    volume = rng.normal(size=(9, 4, 15)).astype(np.float32)
    angles = np.array([-40.0, 0.0, 25.0])
    views = rng.normal(size=(3, 4, 15)).astype(np.float32)
    there = float((project(volume, angles) * views).sum())
    back = float((volume * back_project(views, angles, 9, 15)).sum())
    assert there == pytest.approx(back, rel=1e-4)


def test_rows_can_be_chosen() -> None:
    views = np.random.default_rng(3).normal(size=(3, 6, 11)).astype(np.float32)
    angles = np.array([-20.0, 0.0, 20.0])
    whole = back_project(views, angles, 5, 11)
    np.testing.assert_allclose(back_project(views, angles, 5, 11, np.array([1, 4])), whole[:, [1, 4]])


@pytest.mark.parametrize("place", [(12, 10, 24), (7, 15, 33), (19, 3, 15)])
def test_a_point_is_reconstructed_at_its_place(place: tuple[int, int, int]) -> None:
    volume = np.zeros((25, 20, 49), np.float32)
    volume[place] = 1
    angles = tilt_angles_deg(60, 2)
    views = weight_views(project(volume, angles), ImagingSpec())
    found = back_project(views, angles, 25, 49)
    assert np.unravel_index(found.argmax(), found.shape) == place
