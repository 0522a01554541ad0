"""An active zone from two clicks as a region and as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import ProjectFile, read_project, write_project
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.workflow.project.history import History
from cryoves_app.workflow.surfaces.active_zone import find_active_zone
from cryoves_app.workflow.surfaces.order import Rim, ZoneOrder
from cryoves_app.workflow.surfaces.zone_files import write_zone, zone_of_project, zone_of_tomogram
from tests.analysis.surfaces.wavy_membrane import WavyMembrane

PHANTOM = WavyMembrane(fringe=0.5)
Z = 16


def click(x: float) -> tuple[float, float, float]:
    y, x = PHANTOM.click(Z, x)
    return float(Z), y, x


CLICKS = ZoneOrder((click(18), click(92)))
#: On the terminal's side, near the middle of the membrane.
VESICLES = [
    Vesicle(n, 30.0 + 3 * n, (PHANTOM.surface(np.array(16), np.array(55)) - 14) * 2.2, 121.0 + 4 * n, 20.0)
    for n in range(1, 6)
]


def volume(grey: np.ndarray | None = None) -> Volume:
    data = PHANTOM.grey if grey is None else grey
    return Volume(VolumeInfo(PHANTOM.shape, data.dtype, PHANTOM.voxel_nm), data)


def on_the_membrane(region: Region) -> None:
    z, y, x = np.array([point for contour in region.contours for point in contour.points_px]).T
    away_nm = np.abs(y - PHANTOM.surface(z, x)) * 2.2
    assert away_nm.mean() < 1.2
    assert away_nm.max() < 4.0


def test_the_outlined_cytoplasm_tells_the_side_where_no_vesicle_is_known() -> None:
    """The outline comes before the vesicles; it tells the same side as they do."""
    x = np.arange(0.0, PHANTOM.shape[2])
    edge = PHANTOM.surface(np.array(Z), x) - 3
    ring = [(float(Z), float(y), float(x)) for y, x in zip(edge, x, strict=True)]
    corners = ((float(Z), 0.0, x[-1]), (float(Z), 0.0, 0.0))
    cytoplasm = Region("cytoplasm", RegionKind.CYTOPLASM, (Contour((*ring, *corners)),))
    by_vesicles = find_active_zone(volume(), VESICLES, CLICKS)
    by_outline = find_active_zone(volume(), [], CLICKS, regions=(cytoplasm,))
    assert by_outline.sentence == by_vesicles.sentence
    assert by_outline.inner_edge_nm == by_vesicles.inner_edge_nm is not None
    assert by_outline.fringe == pytest.approx(by_vesicles.fringe)
    other = Region("organelle", RegionKind.ORGANELLE, cytoplasm.contours)
    assert find_active_zone(volume(), [], CLICKS, regions=(other,)).inner_edge_nm is None


def test_two_clicks_make_a_region_to_edit_and_say_from_where_distances_go() -> None:
    zone = find_active_zone(volume(), VESICLES, CLICKS)
    region = zone.region
    assert (region.kind, region.interpolate) == (RegionKind.ACTIVE_ZONE, True)
    assert zone.slices == (0, PHANTOM.shape[0] - 1) == (region.drawn_slices[0], region.drawn_slices[-1])
    assert not any(contour.closed for contour in region.contours)
    on_the_membrane(region)
    assert zone.inner_edge_nm == pytest.approx(region.tube_nm / 2)
    assert f"band {region.tube_nm:.1f} nm wide" in zone.sentence
    assert "on the terminal's side" in zone.sentence
    assert ["fringe" in note for note in zone.notes] == [True]
    assert zone.area_nm2 == pytest.approx(36 * 2.2 * 74 * 2.2, rel=0.15)
    mask = rasterise(region, PHANTOM.shape, 2.2)
    assert mask.any(axis=(1, 2)).all()


def test_without_vesicles_the_side_is_not_known() -> None:
    zone = find_active_zone(volume(), [], CLICKS)
    assert zone.inner_edge_nm is None
    assert "on either side" in zone.sentence
    assert "not known on which side" in zone.notes[-1]
    with pytest.raises(CryoVesError, match="No accepted vesicle lies within 60 nm"):
        find_active_zone(volume(), [], ZoneOrder(CLICKS.clicks_px, Rim.PROPOSED))


def test_a_proposed_rim_is_smaller_and_lies_at_the_vesicles() -> None:
    whole = find_active_zone(volume(), VESICLES, CLICKS)
    zone = find_active_zone(volume(), VESICLES, ZoneOrder(CLICKS.clicks_px, Rim.PROPOSED))
    assert zone.area_nm2 < 0.7 * whole.area_nm2
    x = np.concatenate([np.array(c.points_px)[:, 2] for c in zone.region.contours])
    assert x.min() < 60 < x.max()
    on_the_membrane(zone.region)


def test_bright_membranes_are_turned() -> None:
    zone = find_active_zone(volume(-PHANTOM.grey), VESICLES, CLICKS, is_bright=True)
    on_the_membrane(zone.region)


def test_wrong_points_are_refused() -> None:
    with pytest.raises(CryoVesError, match="needs two points"):
        find_active_zone(volume(), [], ZoneOrder((click(18),)))
    high = (20.0, *click(92)[1:])
    with pytest.raises(CryoVesError, match="slices 16 to 20"):
        find_active_zone(volume(), [], ZoneOrder((click(18), high)))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    tomogram = tmp_path / "t.mrc"
    write_map(tomogram, PHANTOM.grey, volume().info)
    size, digest = fingerprint(tomogram)
    reference = TomogramReference("t.mrc", str(tomogram), size, digest, PHANTOM.shape, PHANTOM.voxel_nm)
    drawn = Region("active zone", RegionKind.ACTIVE_ZONE)
    write_project(
        tmp_path / "t.cryoves", Project(reference, vesicles=VesicleSet.of(VESICLES), regions=(drawn,))
    )
    return tmp_path / "t.cryoves"


def test_a_project_gets_it_beside_what_was_drawn_in_a_step_that_can_be_undone(project: Path) -> None:
    model = project.with_name("zone.mod")
    zone = write_zone(zone_of_project(project), CLICKS, model, project)
    assert zone.inner_edge_nm is not None
    drawn, added = read_project(project).regions
    assert (drawn.name, drawn.contours, added.name) == ("active zone", (), "active zone 2")
    on_the_membrane(added)
    assert len(read_model(model).objects) == 1
    with ProjectFile.open(project) as file:
        history = History(file)
        history.undo()
        assert history.project.regions == (drawn,)
    with pytest.raises(CryoVesError, match="exists already"):
        write_zone(zone_of_project(project), CLICKS, model, None)


def test_a_tomogram_alone_needs_its_voxel_size(project: Path) -> None:
    zone = write_zone(
        zone_of_tomogram(project.with_name("t.mrc"), 2.2), CLICKS, project.with_name("a.mod"), None
    )
    on_the_membrane(zone.region)
    sizeless = project.with_name("sizeless.mrc")
    write_map(sizeless, PHANTOM.grey, VolumeInfo(PHANTOM.shape, np.dtype(np.float32), None))
    with pytest.raises(CryoVesError, match="Give it with --voxel-size"):
        zone_of_tomogram(sizeless, None)
