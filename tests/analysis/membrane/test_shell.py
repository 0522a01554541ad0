"""The voxels around one membrane."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from cryoves_app.analysis.grey.survey import survey_grey
from cryoves_app.analysis.membrane.radial import INSIDE_NM, OUTSIDE_NM, membrane_template
from cryoves_app.analysis.membrane.shell import (
    NEIGHBOUR_GAP_NM,
    SLACK_NM,
    GreySource,
    View,
    collect,
    neighbour_lists,
    wedge_weight,
)
from cryoves_app.analysis.membrane.starts import best_radius
from cryoves_app.analysis.membrane.whitening import measure_power

VOXEL = 2.0
NONE = np.zeros((0, 4))


def source(shape: tuple[int, int, int] = (50, 52, 54)) -> GreySource:
    """Grey that says where it is: 10 000 z + 100 y + x."""
    z, y, x = np.ogrid[tuple(slice(n) for n in shape)]
    return GreySource((1e4 * z + 100 * y + x).astype(np.float32), VOXEL, 0.0, 1.0)


def shell(sphere: list[float], neighbours: np.ndarray = NONE, view: View | None = None, **more: float):
    options = {"tilt_range_deg": 90.0, "edge_nm": 2.25, **more}
    return collect(source(), np.array(sphere), neighbours, view or View(), **options)


def test_voxels_near_the_membrane_and_no_others() -> None:
    sphere = [50.0, 51.0, 52.5, 20.0]
    found = shell(sphere)
    z, y, x = np.mgrid[:50, :52, :54] * VOXEL
    rho = np.sqrt((z - 50) ** 2 + (y - 51) ** 2 + (x - 52.5) ** 2)
    near = (rho > 20 + INSIDE_NM - SLACK_NM) & (rho < 20 + OUTSIDE_NM + SLACK_NM)
    assert len(found.grey) == near.sum()
    np.testing.assert_allclose(
        found.grey, 1e4 * found.z_nm / VOXEL + 100 * found.y_nm / VOXEL + found.x_nm / VOXEL
    )
    assert not found.cut


def test_a_neighbours_voxels_are_left_out() -> None:
    other = np.array([50.0, 51.0, 95.0, 20.0])
    with_it = shell([50.0, 51.0, 52.5, 20.0], other[None])
    away = np.sqrt((with_it.z_nm - 50) ** 2 + (with_it.y_nm - 51) ** 2 + (with_it.x_nm - 95) ** 2)
    assert away.min() > 20 + 2.25 + NEIGHBOUR_GAP_NM
    assert len(with_it.grey) < len(shell([50.0, 51.0, 52.5, 20.0]).grey)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("at_end", [False, True])
def test_a_face_cuts(axis: int, at_end: bool) -> None:
    sphere = [50.0, 51.0, 53.0, 18.0]
    edge = (source().data.shape[axis] - 1) * VOXEL
    reach = 18 + 2.25
    sphere[axis] = edge - reach + 1 if at_end else reach - 1
    assert shell(sphere).cut
    sphere[axis] += -2 if at_end else 2
    assert not shell(sphere).cut


def test_a_sphere_outside_the_tomogram_has_no_voxels() -> None:
    for view in (View(), View(1.5)):
        assert not len(shell([-200.0, 50.0, 50.0, 20.0], view=view).grey)


def test_around_a_place_outside_a_surveyed_tomogram_there_is_nothing() -> None:
    """A candidate that a face cuts may have its centre outside."""
    data = np.random.default_rng(0).standard_normal((48, 64, 64)).astype(np.float32)
    model = survey_grey(data, VOXEL, 10.0)
    assert model is not None
    known = GreySource(data, VOXEL, 0.0, 1.0, grey=model)
    low, high = np.array([48, 10, 10]), np.array([48, 20, 20])
    assert known.box(low, high).shape == (0, 10, 10)
    assert known.read(low, high).empty is None
    far = np.array([48 * VOXEL + 90, 50.0, 50.0])
    radius, gain = best_radius(known, far, (8.0, 14.0), membrane_template(), View(), 60.0)
    assert gain == 0.0
    assert 8.0 <= radius <= 14.0


def test_the_wedge_weighs_less_along_the_beam() -> None:
    beam, across = np.array([1.0, 1.0, 0.0, 1.0]), np.array([0.0, np.tan(np.deg2rad(15)), 1.0, 1.0])
    np.testing.assert_allclose(wedge_weight(beam, across, 60.0), [0.05, 0.25, 1, 1], atol=1e-6)
    np.testing.assert_allclose(wedge_weight(beam, across, 90.0), 1)
    found = shell([50.0, 51.0, 53.0, 20.0], tilt_range_deg=60.0)
    top = np.hypot(found.y_nm - 51, found.x_nm - 53) < 2
    assert found.weight[top].max() < 0.2
    assert found.weight.max() == 1


def test_normalised_grey_with_bad_voxels_at_the_median() -> None:
    data = np.full((6, 6, 6), 30.0)
    data[2, 2, 2] = np.nan
    box = GreySource(data, VOXEL, 10.0, 4.0, sign=-1.0).box(np.array([1, 1, 1]), np.array([4, 4, 4]))
    assert box[1, 1, 1] == 0
    assert box[0, 0, 0] == -5


def test_a_blurred_view_is_a_gaussian_of_so_many_nm() -> None:
    noise = np.random.default_rng(1).normal(size=(20, 21, 22)).astype(np.float32)
    np.testing.assert_allclose(View(3.0).apply(noise, VOXEL), ndimage.gaussian_filter(noise, 1.5), atol=0.01)
    assert View().apply(noise, VOXEL) is noise


def test_a_filtered_view_sees_no_jump_at_a_face() -> None:
    flat = GreySource(np.full((40, 40, 40), 7.0, np.float32), VOXEL, 0.0, 1.0)
    noise = np.random.default_rng(0).normal(size=(40, 40, 40)).astype(np.float32)
    spectrum = measure_power(noise, VOXEL, 0.0, 1.0)
    assert spectrum is not None
    for view in (View(2.0), View(whitening=spectrum.whitening())):
        cut, whole = (
            collect(flat, np.array([z, 40.0, 40.0, 15.0]), NONE, view, tilt_range_deg=90, edge_nm=2.25)
            for z in (5.0, 40.0)
        )
        assert cut.cut
        np.testing.assert_allclose(cut.grey, whole.grey.mean(), rtol=1e-3)


def test_neighbours_are_those_within_reach() -> None:
    spheres = np.array([[50, 50, 50, 20], [50, 50, 95, 20], [50, 50, 160, 20], [50, 50, 300, 60]], float)
    assert [n.tolist() for n in neighbour_lists(spheres, 2.25)] == [[1], [0], [], []]
    assert [n.tolist() for n in neighbour_lists(spheres[:1], 2.25)] == [[]]
    assert neighbour_lists(NONE, 2.25) == []
    wide = neighbour_lists(np.array([[0, 0, 0, 10], [0, 0, 85, 60.0]]), 2.25)
    assert [n.tolist() for n in wide] == [[1], [0]]
