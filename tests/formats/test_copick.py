"""copick projects: what they hold, and picks with ids and radii."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.copick.picks import PickNames, read_picks, write_picks
from cryoves_app.formats.copick.project import copick_name, read_copick_project
from tests.formats.copick_projects import make_project
from tests.formats.vesicle_strategies import vesicle_lists
from tests.formats.zarr_images import grey, write_image

NAMES = PickNames("cryoves", "1", "vesicle", "TS_001")


def test_runs_and_tomograms_are_listed(tmp_path: Path) -> None:
    config = make_project(tmp_path)
    overlay = tmp_path / "overlay" / "ExperimentRuns" / "TS_001" / "VoxelSpacing7.345"
    write_image(overlay / "denoised.zarr", grey(), version=2)
    write_image(overlay / "denoised_edges_features.zarr", grey(), version=2)
    project = read_copick_project(config)
    assert project.runs() == ["TS_001", "TS_002"]
    assert [t.words for t in project.tomograms("TS_001")] == [
        "TS_001, 7.345 Å, denoised",
        "TS_001, 14.69 Å, wbp",
    ]
    assert project.run_of(project.tomograms("TS_002")[0].path) == "TS_002"
    assert project.run_of(tmp_path / "elsewhere.mrc") is None
    assert project.vesicle is not None
    assert (project.vesicle.name, project.vesicle.radius_angstrom) == ("vesicle", 200)


@pytest.mark.parametrize("root", ["s3://bucket/data", "ssh:///a", "", None, 7, "https://x/y"])
def test_data_elsewhere_are_not_reached_for(tmp_path: Path, root: object) -> None:
    config = make_project(tmp_path, overlay_root=root)
    with pytest.raises(CryoVesError, match="no folder of this computer"):
        read_copick_project(config)


@pytest.mark.parametrize("text", ["{}", "[]", '{"runs": []}', "", "not json"])
def test_other_files_are_no_projects(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(CryoVesError):
        read_copick_project(tmp_path / "a.json")


@given(vesicle_lists(), st.none() | st.floats(10, 1000))
def test_picks_come_back_with_place_radius_and_id(
    tmp_path_factory: pytest.TempPathFactory, vesicles: list[Vesicle], radius: float | None
) -> None:
    path = tmp_path_factory.mktemp("picks") / NAMES.file
    write_picks(path, vesicles, NAMES, radius)
    found = read_picks(path, radius)
    assert [p.id for p in found] == [v.id for v in vesicles]
    for pick, vesicle in zip(found, vesicles, strict=True):
        assert pick.centre_nm == pytest.approx(vesicle.sphere.centre_nm, abs=1e-6)
        assert pick.radius_nm == pytest.approx(vesicle.radius_nm)


def test_without_our_field_the_transformation_tells_the_radius(tmp_path: Path) -> None:
    vesicles = [Vesicle(5, 10.0, 20.0, 30.0, 21.0), Vesicle(9, 11.0, 21.0, 31.0, 18.0)]
    write_picks(tmp_path / NAMES.file, vesicles, NAMES, 200.0)
    found = json.loads((tmp_path / NAMES.file).read_text())
    for point in found["points"]:
        del point["radius_angstrom"]
    (tmp_path / NAMES.file).write_text(json.dumps(found))
    assert [p.radius_nm for p in read_picks(tmp_path / NAMES.file, 200.0)] == pytest.approx([21.0, 18.0])
    assert [p.radius_nm for p in read_picks(tmp_path / NAMES.file)] == [None, None]


def test_the_shift_of_a_point_counts_and_ids_that_are_none_are_numbered(tmp_path: Path) -> None:
    turned = [[0, -1, 0, 10.0], [1, 0, 0, -20.0], [0, 0, 1, 30.0], [0, 0, 0, 1]]
    points = [
        {
            "location": {"x": 100, "y": 200, "z": 300},
            "transformation_": turned,
            "instance_id": 0,
            "score": 0.25,
        },
        {"location": {"x": 1, "y": 2, "z": 3}},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"points": points}))
    first, second = read_picks(tmp_path / "a.json", 150.0)
    assert first.centre_nm == pytest.approx((33.0, 18.0, 11.0))
    assert (first.id, first.score, first.radius_nm) == (1, 0.25, 15.0)
    assert (second.id, second.score, second.centre_nm) == (2, 1.0, pytest.approx((0.3, 0.2, 0.1)))


@pytest.mark.parametrize(
    "points",
    [None, 5, [3], [{}], [{"location": {"x": 1, "y": 2}}], [{"location": {"x": 1e400, "y": 2, "z": 3}}]],
)
def test_what_is_no_pick_is_refused(tmp_path: Path, points: object) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"points": points}))
    with pytest.raises(CryoVesError):
        read_picks(tmp_path / "a.json")


def test_names_are_made_as_copick_allows_them() -> None:
    assert copick_name("synaptic vesicle_1/2") == "synaptic-vesicle-1-2"
    for bad in ("", "__", "/", "..", "."):
        with pytest.raises(CryoVesError):
            copick_name(bad)
