"""What is measured of one tomogram, against figures by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.pools import zones_between
from cryoves_app.domain.project import Project
from cryoves_app.workflow.study.measures import (
    Division,
    StudyPlan,
    TomogramMeasures,
    VolumeKind,
    measure_tomogram,
)
from cryoves_app.workflow.study.sources import StudySource

from .projects import SHAPE, VOXEL_NM, active_zone, cytoplasm, make_project

PLACES = [(50.0, 100.0, x, r) for x, r in ((40.0, 18.0), (80.0, 20.0), (200.0, 22.0), (380.0, 24.0))]
WHOLE_UM3 = math.prod(SHAPE) * VOXEL_NM**3 / 1e9


def measured(project: Project, folder: Path, plan: StudyPlan | None = None) -> TomogramMeasures:
    source = StudySource(folder / "b1.cryoves", project, "control")
    return measure_tomogram(source, plan or StudyPlan(simulations=19))


def test_what_lies_above_and_below_the_specimen_is_no_room(tmp_path: Path) -> None:
    project = make_project(PLACES, empty_share=0.25)
    facts = {"facts": {"empty_share": 0.25, "outside_share": 0.3}}
    found = measured(replace(project, run={**project.run, "grey": facts}), tmp_path)
    assert found.density_um3 == pytest.approx(4 / (WHOLE_UM3 * 0.45))


def test_counts_radii_and_the_density_of_the_tomogram(tmp_path: Path) -> None:
    found = measured(make_project(PLACES, outliers=1, reviewed=2, empty_share=0.25), tmp_path)
    assert (found.accepted, found.outlier, found.rejected, found.outside_region, found.checked) == (
        4,
        1,
        0,
        0,
        2,
    )
    assert found.outlier_share == pytest.approx(1 / 5)
    assert found.volume_of is VolumeKind.TOMOGRAM
    assert found.density_um3 == pytest.approx(4 / (WHOLE_UM3 * 0.75))
    assert found.mean_radius_nm == pytest.approx(21)
    assert found.sd_radius_nm == pytest.approx(math.sqrt((9 + 1 + 1 + 9) / 3))
    assert found.mean_neighbour_nm == pytest.approx((40 + 40 + 120 + 180) / 4)
    assert found.bands == ()
    assert found.neighbours is not None
    assert found.neighbours.measured_nm == pytest.approx(found.mean_neighbour_nm)


def test_a_region_is_what_the_density_is_of(tmp_path: Path) -> None:
    found = measured(make_project(PLACES, regions=[cytoplasm(2, 60)]), tmp_path)
    assert (found.accepted, found.outside_region) == (3, 1)
    assert found.volume_of is VolumeKind.REGION
    inside = found.volume_um3 * 1e9 / VOXEL_NM**3
    assert inside == pytest.approx(20 * 38 * 59, rel=0.06)  # voxels on the outline count to one side
    assert found.density_um3 == pytest.approx(3 / found.volume_um3)


def test_a_box_is_what_was_searched(tmp_path: Path) -> None:
    found = measured(make_project(PLACES, box_px=(-3, 0, 0, 10, 40, 40)), tmp_path)
    assert found.volume_of is VolumeKind.BOX
    assert found.volume_um3 == pytest.approx(10 * 40 * 40 * VOXEL_NM**3 / 1e9)


def test_zones_are_by_the_distance_of_the_centre(tmp_path: Path) -> None:
    """The active zone's voxels are centred at x = 10 nm: distances 30, 70, 190 and 370 nm."""
    found = measured(make_project(PLACES, regions=[active_zone()]), tmp_path)
    zones = {b.name: b for b in found.bands if b.division is Division.ZONES}
    assert {name: zone.count for name, zone in zones.items()} == {
        "0-45": 1,
        "45-75": 1,
        "75-150": 0,
        "150-250": 1,
    }
    assert [zone.share for zone in zones.values()] == [0.25, 0.25, 0.0, 0.25]
    # layers of voxels: x from 3 to 10 and 0, 1 on the other side; then 11 to 16
    layer_um3 = 20 * 40 * VOXEL_NM**3 / 1e9
    assert zones["0-45"].volume_um3 == pytest.approx(10 * layer_um3)
    assert zones["45-75"].volume_um3 == pytest.approx(6 * layer_um3)
    assert zones["45-75"].density_um3 == pytest.approx(1 / (6 * layer_um3))
    assert zones["45-75"].mean_radius_nm == 20.0
    assert zones["75-150"].mean_radius_nm is None
    ball_um3 = 4 / 3 * math.pi * 22**3 / 1e9
    zone = zones["150-250"]
    assert zone.volume_um3 is not None
    assert zone.occupancy == pytest.approx(ball_um3 / zone.volume_um3, rel=0.05)
    pools = {b.name: b.count for b in found.bands if b.division is Division.POOLS}
    assert pools == {"proximal": 1, "intermediate": 1, "distal": 1}  # by the rim: 12, 50, 168, 346 nm


def test_no_vesicle_is_a_number_and_no_simulation_is_none(tmp_path: Path) -> None:
    found = measured(make_project([], regions=[active_zone()]), tmp_path)
    assert (found.accepted, found.density_um3, found.mean_radius_nm, found.outlier_share) == (
        0,
        0.0,
        None,
        None,
    )
    assert found.neighbours is None
    assert all((b.count, b.share) == (0, None) for b in found.bands)
    assert measured(make_project(PLACES), tmp_path, StudyPlan(simulations=0)).neighbours is None


def test_links_of_a_table_beside_the_project(tmp_path: Path) -> None:
    (tmp_path / "links.csv").write_text("id,n_connectors,n_tethers\n1,2,1\n2,0,0\n3,4,0\n9,7,7\n")
    links = measured(make_project(PLACES), tmp_path).links
    assert (links.known, links.connected, links.tethered) == (3, 2, 1)
    assert (links.mean_connectors, links.tethered_share) == (2.0, pytest.approx(1 / 3))


@pytest.mark.parametrize("text", ["id,x_nm\n1,2\n", "id,n_tethers\none,1\n", "", "n_tethers\n1\n"])
def test_tables_without_links_say_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "links.csv").write_text(text)
    links = measured(make_project(PLACES), tmp_path).links
    assert (links.known, links.connected, links.connected_share) == (0, None, None)


def test_zones_of_ones_own(tmp_path: Path) -> None:
    """Distances of 30, 70, 190 and 370 nm."""
    plan = StudyPlan(zones_between((20.0, 70.0, 380.0)), simulations=0)
    found = measured(make_project(PLACES, regions=[active_zone()]), tmp_path, plan)
    assert {b.name: b.count for b in found.bands if b.division is Division.ZONES} == {"20-70": 1, "70-380": 3}
