"""A slice in any direction as a figure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.workflow.overview.oblique_figure import oblique_figure
from cryoves_app.workflow.overview.project_figure import FigureOptions, figure_of
from cryoves_app.workflow.overview.slice_figure import render_figure

NM, SHAPE = 2.0, (20, 30, 50)


@pytest.fixture
def volume() -> Volume:
    data = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    return Volume(VolumeInfo(SHAPE, data.dtype, NM), data)


@pytest.fixture
def project() -> Project:
    found = [
        Vesicle(1, z_nm=20.0, y_nm=30.0, x_nm=40.0, radius_nm=10.0),
        Vesicle(2, z_nm=26.0, y_nm=30.0, x_nm=70.0, radius_nm=10.0),
    ]
    return Project(TomogramReference("t.mrc", "t.mrc", 0, "", SHAPE, NM), vesicles=VesicleSet.of(found))


def test_without_a_turn_it_is_the_figure_of_the_slice(project: Project, volume: Volume) -> None:
    options = FigureOptions(position_nm=20.0, levels=(-2.0, 2.0))
    flat, slice_ = (
        oblique_figure(project, volume, options, (0.0, 0.0, 0.0), (20.0, 0.0, 0.0)),
        figure_of(project, volume, options),
    )
    np.testing.assert_allclose(flat.image, slice_.image, atol=1e-5)
    places = [[(c.horizontal_nm, c.vertical_nm, c.radius_nm) for c in f.circles] for f in (flat, slice_)]
    np.testing.assert_allclose(*places, atol=1e-9)


def test_circles_lie_where_the_plane_cuts_the_spheres(project: Project, volume: Volume) -> None:
    figure = oblique_figure(project, volume, FigureOptions(), (0.0, 45.0, 0.0), (20.0, 30.0, 40.0))
    (circle,) = figure.circles
    assert circle.radius_nm == pytest.approx(10.0)
    assert render_figure(figure, 200).any()


def test_a_window_is_measured_from_the_centre(project: Project, volume: Volume) -> None:
    options = FigureOptions(window_nm=(-20.0, 20.0, -10.0, 10.0))
    figure = oblique_figure(project, volume, options, (10.0, 20.0, 30.0), (20.0, 30.0, 40.0))
    assert figure.image.shape == (10, 20)
    assert [(c.horizontal_nm, c.vertical_nm) for c in figure.circles] == [pytest.approx((19.0, 9.0))]


def test_regions_are_outlined_where_the_plane_cuts_them(project: Project, volume: Volume) -> None:
    square = Contour(tuple((10.0, float(y), float(x)) for y, x in ((5, 5), (5, 45), (25, 45), (25, 5))))
    project = replace(project, regions=(Region("cell", RegionKind.CYTOPLASM, (square,)),))
    flat = oblique_figure(project, volume, FigureOptions(), (0.0, 0.0, 0.0), (20.0, 30.0, 40.0))
    (expected,) = figure_of(project, volume, FigureOptions(position_nm=20.0)).outlines
    (outline,) = flat.outlines
    np.testing.assert_allclose(outline.points_nm, expected.points_nm, atol=1e-9)
    assert not oblique_figure(
        project, volume, FigureOptions(regions=False), (0, 0, 0), (20.0, 30.0, 40.0)
    ).outlines
