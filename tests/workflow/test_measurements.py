from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.analysis.pools import Band
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.actions import regions, reshape
from cryoves_app.workflow.measurements import measures_of, pool_volumes_nm3
from cryoves_app.workflow.session import Session
from tests.workflow.pyto_example import RADIUS_NM, SHAPE, VOXEL_NM, active_zone, box, cytoplasm, vesicles

TOMOGRAM = TomogramReference("a.mrc", "/a.mrc", 1, "00", SHAPE, VOXEL_NM)


def project(*drawn: Region) -> Project:
    return Project(TOMOGRAM, vesicles=VesicleSet.of(vesicles()), regions=drawn)


def test_without_regions_only_neighbours_are_known() -> None:
    found = measures_of(project())
    assert found[1] == {
        "inside_region": None, "az_centre_nm": None, "az_rim_nm": None,
        "nn_distance_nm": pytest.approx(26.0), "pool": "",
    }  # fmt: skip


def test_region_zone_and_pools() -> None:
    left = Region("cell", RegionKind.CYTOPLASM, tuple(box(z, 1.5, 56.5, 30.5) for z in range(26)))
    bands = (Band("near", 0.0, 10.0), Band("far", 10.0, 100.0))
    found = measures_of(project(left, active_zone()), bands)
    assert [found[i]["inside_region"] for i in (1, 4, 7, 10)] == [True, True, False, False]
    # the zone's tube of 8 nm begins at y 56; the last row of vesicles lies at y 48
    assert found[37]["az_centre_nm"] == pytest.approx(16.0)
    assert found[37]["az_rim_nm"] == pytest.approx(16.0 - RADIUS_NM)
    assert [found[i]["pool"] for i in (37, 25, 1)] == ["near", "far", "far"]
    assert found[7]["nn_distance_nm"] is None
    volumes = pool_volumes_nm3(project(left, active_zone()), bands)
    assert volumes["near"] == pytest.approx(26 * 29 * 4 * VOXEL_NM**3, rel=0.03)
    assert pool_volumes_nm3(project(left)) == {}


def test_excluded_places_are_outside() -> None:
    hole = Region("x", RegionKind.EXCLUDE, (box(13, 4.5, 14.5, 14.5),))
    assert [measures_of(project(hole))[i]["inside_region"] for i in (1, 4)] == [False, True]
    both = measures_of(project(cytoplasm(), hole))
    assert [both[i]["inside_region"] for i in (1, 4)] == [False, True]


def test_rejected_vesicles_are_nobodys_neighbours() -> None:
    others = [v.but(status=Status.REJECTED) if v.id == 1 else v for v in vesicles()]
    found = measures_of(Project(TOMOGRAM, vesicles=VesicleSet.of(others)))
    assert found[1]["nn_distance_nm"] is None
    assert found[4]["nn_distance_nm"] == pytest.approx(26.0)
    alone = measures_of(Project(TOMOGRAM, vesicles=VesicleSet.of(vesicles()[:1])))
    assert alone[1]["nn_distance_nm"] is None


def test_session_takes_them_over_without_a_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path))
    session = Session.create(project())
    session.do(regions.add_region(session.project, cytoplasm()))
    session.do(reshape.move(session.project, [1], (0.0, -60.0, 0.0)))
    session.refresh(measures_of(session.project))
    assert [v.inside_region for v in session.project.vesicles][:2] == [False, True]
    assert len(session.steps) == 2
    session.undo()
    session.refresh(measures_of(session.project))
    assert session.project.vesicles.vesicles[0].inside_region is True
    session.discard()
