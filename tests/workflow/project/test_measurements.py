from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.pools import Band, FilterPool, PoolPlan, PoolRule
from cryoves_app.domain.project import Project, TomogramReference
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.project.actions import regions, reshape
from cryoves_app.workflow.project.measurements import measures_of, pool_summary, pool_volumes_nm3, pools_of
from cryoves_app.workflow.project.session import Session
from tests.workflow.pyto_example import RADIUS_NM, SHAPE, VOXEL_NM, active_zone, box, cytoplasm, vesicles

TOMOGRAM = TomogramReference("a.mrc", "/a.mrc", 1, "00", SHAPE, VOXEL_NM)


def project(*drawn: Region, pools: PoolPlan | None = None) -> Project:
    return Project(TOMOGRAM, vesicles=VesicleSet.of(vesicles()), regions=drawn, pools=pools or PoolPlan())


def test_without_regions_only_neighbours_are_known() -> None:
    found = measures_of(project())
    assert found[1] == {
        "inside_region": None, "az_centre_nm": None, "az_rim_nm": None,
        "nn_distance_nm": pytest.approx(26.0), "pool": "",
    }  # fmt: skip


def test_region_zone_and_pools() -> None:
    left = Region("cell", RegionKind.CYTOPLASM, tuple(box(z, 1.5, 56.5, 30.5) for z in range(26)))
    bands = PoolPlan(bands=(Band("near", 0.0, 10.0), Band("far", 10.0, 100.0)))
    found = measures_of(project(left, active_zone(), pools=bands))
    assert [found[i]["inside_region"] for i in (1, 4, 7, 10)] == [True, True, False, False]
    # the zone's tube of 8 nm begins at y 56; the last row of vesicles lies at y 48
    assert found[37]["az_centre_nm"] == pytest.approx(16.0)
    assert found[37]["az_rim_nm"] == pytest.approx(16.0 - RADIUS_NM)
    assert [found[i]["pool"] for i in (37, 25, 1)] == ["near", "far", "far"]
    assert found[7]["nn_distance_nm"] is None
    volumes = pool_volumes_nm3(project(left, active_zone(), pools=bands))
    assert volumes["near"] == pytest.approx(26 * 29 * 4 * VOXEL_NM**3, rel=0.03)
    # the region's 55 × 29 voxels of a slice, less the tube's at y 56, from x 5 to 30
    assert volumes["all"] == 26 * (55 * 29 - 26) * VOXEL_NM**3


def test_without_a_zone_only_the_whole_has_a_volume_and_without_a_region_nothing_has() -> None:
    assert list(pool_volumes_nm3(project(cytoplasm()))) == ["all"]
    assert pool_volumes_nm3(project(active_zone())) == {}


def test_pools_by_filters_share_the_regions_volume() -> None:
    filters = (FilterPool("left", "x_px < 20"), FilterPool("right", "x_px >= 20"))
    by_filter = PoolPlan(PoolRule.FILTER, filters=filters)
    now = project(cytoplasm(), pools=by_filter)
    found = pools_of(now)
    assert [found[i]["pool"] for i in (1, 4, 7)] == ["left", "right", "right"]
    now = replace(now, vesicles=VesicleSet.of(v.but(**found[v.id]) for v in now.vesicles))
    assert pools_of(now) == {}
    volumes = pool_volumes_nm3(now)
    assert volumes["left"] == volumes["right"] == volumes["all"] > 0
    left, right, every = pool_summary(now, volumes)
    assert (left.name, left.count, right.count, every.count) == ("left", 4, 12, 16)
    assert left.density_um3 == pytest.approx(4e9 / volumes["all"])


def test_only_exported_vesicles_are_counted() -> None:
    now = project()
    others = [
        v.but(status=Status.OUTLIER) if v.id == 1 else v.but(inside_region=v.id != 4) for v in vesicles()
    ]
    assert pool_summary(replace(now, vesicles=VesicleSet.of(others)), {})[-1].count == 14


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
