from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.workflow.overview.project_figure import FigureOptions, figure_of, sweep
from cryoves_app.workflow.overview.slice_figure import render_figure, write_figure
from cryoves_app.workflow.overview.vesicle_colours import VesicleColours

NM = 2.0
SHAPE = (20, 30, 50)


@pytest.fixture
def volume() -> Volume:
    data = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)
    return Volume(VolumeInfo(SHAPE, data.dtype, NM), data)


@pytest.fixture
def project() -> Project:
    found = [
        Vesicle(1, z_nm=20.0, y_nm=30.0, x_nm=40.0, radius_nm=10.0, p_value=1e-6),
        Vesicle(2, z_nm=26.0, y_nm=30.0, x_nm=70.0, radius_nm=10.0, status=Status.OUTLIER, p_value=1.0),
        Vesicle(3, z_nm=20.0, y_nm=10.0, x_nm=70.0, radius_nm=8.0, status=Status.REJECTED),
    ]
    square = Contour(tuple((10.0, float(y), float(x)) for y, x in ((5, 5), (5, 45), (25, 45), (25, 5))))
    region = Region("cell", RegionKind.CYTOPLASM, (square,))
    reference = TomogramReference("t.mrc", "t.mrc", 0, "", SHAPE, NM)
    return Project(reference, vesicles=VesicleSet.of(found), regions=(region,))


def test_circles_are_the_exact_cuts_of_the_spheres(project: Project, volume: Volume) -> None:
    figure = figure_of(project, volume, FigureOptions(position_nm=20.0))
    assert [(c.horizontal_nm, c.vertical_nm) for c in figure.circles] == [(40, 30), (70, 30)]
    assert [c.radius_nm for c in figure.circles] == pytest.approx([10.0, 8.0])
    assert [c.dashes for c in figure.circles] == ["solid", "dashdot"]


@pytest.mark.parametrize(("plane", "places"), [("XZ", [(40, 20), (70, 26)]), ("YZ", [(20, 30)])])
def test_other_planes_have_their_own_axes(
    project: Project, volume: Volume, plane: str, places: list[object]
) -> None:
    at = 30.0 if plane == "XZ" else 40.0
    figure = figure_of(project, volume, FigureOptions(plane=plane, position_nm=at))
    assert [(c.horizontal_nm, c.vertical_nm) for c in figure.circles] == places


def test_rejected_ones_are_drawn_when_asked_for(project: Project, volume: Volume) -> None:
    figure = figure_of(project, volume, FigureOptions(position_nm=20.0, rejected=True))
    assert len(figure.circles) == 3


def test_a_regions_outline_lies_where_it_was_drawn(project: Project, volume: Volume) -> None:
    (outline,) = figure_of(project, volume, FigureOptions(position_nm=20.0)).outlines
    low, high = outline.points_nm.min(axis=0), outline.points_nm.max(axis=0)
    assert low == pytest.approx([5 * NM, 5 * NM], abs=NM)
    assert high == pytest.approx([45 * NM, 25 * NM], abs=NM)
    assert not figure_of(project, volume, FigureOptions(position_nm=2.0)).outlines


def test_p_values_span_six_powers_of_ten(project: Project, volume: Volume) -> None:
    figure = figure_of(project, volume, FigureOptions(position_nm=20.0, colour_by="p_value"))
    assert figure.bar is not None
    assert [figure.circles[0].colour, figure.circles[1].colour] == [
        figure.bar.colours[0],
        figure.bar.colours[-1],
    ]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (FigureOptions(plane="ZZ"), "no plane"),
        (FigureOptions(colour_by="taste"), "coloured by"),
        (FigureOptions(position_nm=40.0), "outside the tomogram"),
    ],
)
def test_what_cannot_be_drawn_is_told(
    project: Project, volume: Volume, options: FigureOptions, words: str
) -> None:
    with pytest.raises(CryoVesError, match=words):
        figure_of(project, volume, options)


def test_pixels_follow_width_and_resolution(project: Project, volume: Volume, tmp_path: Path) -> None:
    write_figure(figure_of(project, volume, FigureOptions()), tmp_path / "a.png", width_cm=5.08, dpi=200)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (400, 240)


def test_an_svg_keeps_text_circles_and_a_true_scale_bar(
    project: Project, volume: Volume, tmp_path: Path
) -> None:
    write_figure(figure_of(project, volume, FigureOptions(position_nm=20.0)), tmp_path / "a.svg", width_cm=10)
    root = ElementTree.parse(tmp_path / "a.svg").getroot()
    texts = [t.text for t in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["20 nm"]
    (bar,) = [g for g in root.iter("{http://www.w3.org/2000/svg}g") if g.get("id") == "scale-bar"]
    corners = [float(x) for x in re.findall(r"[ML] ([\d.]+)", bar[0].get("d", ""))]
    width_of_all = float(root.get("viewBox", "").split()[2])
    assert (max(corners) - min(corners)) / width_of_all == pytest.approx(20 / (SHAPE[2] * NM), rel=1e-3)


def test_another_suffix_is_refused_and_leaves_nothing(
    project: Project, volume: Volume, tmp_path: Path
) -> None:
    with pytest.raises(CryoVesError, match=r"\.svg"):
        write_figure(figure_of(project, volume, FigureOptions()), tmp_path / "a.docx")
    assert not list(tmp_path.iterdir())


def test_row_zero_is_at_the_bottom_unless_told(project: Project, volume: Volume) -> None:
    bright = volume.data.copy()
    bright[:] = 0
    bright[:, :5] = 9
    figure = figure_of(
        project, Volume(volume.info, bright), FigureOptions(vesicles=False, regions=False, scale_bar=False)
    )
    assert render_figure(figure, 100)[[2, -3], 50, 0].tolist() == [0, 255]
    assert render_figure(replace(figure, row_zero_at_bottom=False), 100)[[2, -3], 50, 0].tolist() == [255, 0]


def test_a_sweep_has_a_picture_for_each_slice_with_the_same_levels(project: Project, volume: Volume) -> None:
    told: list[float] = []
    progress = Progress(lambda _step, share, _message: told.append(share))
    pictures = list(sweep(project, volume, FigureOptions(), step=4, width_px=121, progress=progress))
    assert len(pictures) == 5
    assert told == pytest.approx([0.0, 0.0, 0.2, 0.4, 0.6, 0.8])
    assert {p.shape for p in pictures} == {(72, 120, 3)}


def test_given_colours_say_what_is_drawn_and_how(project: Project, volume: Volume) -> None:
    colours = VesicleColours({2: "#123456"}, legend=(("docked", "#123456"),), dashes={2: "dot"})
    figure = figure_of(project, volume, FigureOptions(position_nm=20.0, colours=colours))
    assert [(c.colour, c.dashes, c.radius_nm) for c in figure.circles] == [("#123456", "dot", 8.0)]
    assert figure.legend == (("docked", "#123456"),)
    assert render_figure(figure, 300).any()


def test_measured_shapes_take_the_place_of_circles(project: Project, volume: Volume) -> None:
    terms = (2.0, *[0.0] * 11)
    shaped = [replace(v, shape_terms_nm=terms) if v.id == 1 else v for v in project.vesicles]
    project = replace(project, vesicles=VesicleSet.of(shaped), regions=())
    figure = figure_of(project, volume, FigureOptions(position_nm=20.0, shapes=True))
    assert len(figure.circles) == 1
    (outline,) = figure.outlines
    distance = np.linalg.norm(outline.points_nm - (40.0, 30.0), axis=1)
    assert np.ptp(distance) > 0.3  # not round
    assert distance.mean() == pytest.approx(10.0, abs=1.0)


def test_levels_and_window_are_those_asked_for(project: Project, volume: Volume) -> None:
    options = FigureOptions(position_nm=20.0, levels=(-1.0, 3.0), window_nm=(10.0, 30.0, 5.0, 15.0))
    figure = figure_of(project, volume, options)
    assert (figure.levels, figure.window_nm) == ((-1.0, 3.0), (10.0, 30.0, 5.0, 15.0))
    assert render_figure(figure, 200).shape == (100, 200, 3)
