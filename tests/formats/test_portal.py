"""Annotations of the CryoET Data Portal: points, metadata, and paths that lead elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.portal import (
    INSTANCES,
    ORIENTED,
    POINT,
    AnnotationFacts,
    PortalPoints,
    files_of_annotation,
    parse_author,
    read_portal_points,
    write_metadata,
    write_portal_points,
)

PLACES = np.array([[1.5, 2.25, 3.0], [10.0, 20.0, 30.125]])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.floats(-100, 6000)] * 3, st.integers(0, (1 << 31) - 1)), min_size=1, max_size=9
    ).map(np.array)
)
def test_any_points_come_back(tmp_path_factory: pytest.TempPathFactory, rows: NDArray[Any]) -> None:
    path = tmp_path_factory.getbasetemp() / "any.ndjson"
    write_portal_points(path, PortalPoints(rows[:, :3], rows[:, 3].astype(int)), INSTANCES)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [[line["location"][a] for a in "zyx"] for line in lines] == rows[:, :3].tolist()
    assert [line["instance_id"] for line in lines] == rows[:, 3].astype(int).tolist()
    back = read_portal_points(path)
    assert back.places_px.tolist() == rows[:, :3].tolist()
    assert back.instances is not None
    assert back.instances.tolist() == rows[:, 3].astype(int).tolist()


def test_lines_are_the_portals(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    write_portal_points(path, PortalPoints(PLACES), POINT)
    assert json.loads(path.read_text().splitlines()[0]) == {
        "type": "point",
        "location": {"x": 3.0, "y": 2.25, "z": 1.5},
    }
    write_portal_points(path, PortalPoints(PLACES, matrices=np.stack([np.eye(3)] * 2)), ORIENTED)
    line = json.loads(path.read_text().splitlines()[1])
    assert (line["type"], line["xyz_rotation_matrix"]) == ("orientedPoint", np.eye(3).tolist())
    write_portal_points(path, PortalPoints(PLACES, np.array([4, 9])), INSTANCES)
    assert [json.loads(row)["instance_id"] for row in path.read_text().splitlines()] == [4, 9]
    back = read_portal_points(path)
    assert np.array_equal(back.places_px, PLACES)
    assert back.instances is not None
    assert list(back.instances) == [4, 9]


@pytest.mark.parametrize(
    "content",
    [
        "{}",
        "[1]",
        "x",
        '{"location": {"x": 1, "y": 2}}',
        '{"location": {"x": 1, "y": 2, "z": 1e999}}',
        '{"location": {"x": 1, "y": 2, "z": 3}, "instance_id": 1}\n{"location": {"x": 1, "y": 2, "z": 3}}',
        '{"location": {"x": 1, "y": 2, "z": 3}, "instance_id": -1}',
        '{"location": {"x": 1, "y": 2, "z": 3}, "instance_id": true}',
    ],
)
def test_what_is_no_point_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "a.ndjson").write_text(content)
    with pytest.raises(CryoVesError):
        read_portal_points(tmp_path / "a.ndjson")


def test_metadata_name_object_people_and_files(tmp_path: Path) -> None:
    author = parse_author("Ada Lovelace: 0000-0002-1825-0097")
    facts = AnnotationFacts("found", "hybrid", "CryoVes 1", [author], "2026-11-29", 2)
    (tmp_path / "a_point.ndjson").write_text("")
    write_metadata(tmp_path / "a.json", facts, [(POINT, "a_point.ndjson")])
    found = json.loads((tmp_path / "a.json").read_text())
    assert found["annotation_object"]["id"] == "GO:0008021"
    assert found["authors"][0]["ORCID"] == "0000-0002-1825-0097"
    assert (found["method_type"], found["object_count"]) == ("hybrid", 2)
    assert files_of_annotation(tmp_path / "a.json") == [(POINT, tmp_path / "a_point.ndjson")]


@pytest.mark.parametrize(
    "said", ["", "Ada", "Ada:", ":0000-0002-1825-0097", "Ada:0000-0002-1825-0098", "Ada:1"]
)
def test_an_orcid_that_cannot_be_one_is_refused(said: str) -> None:
    with pytest.raises(CryoVesError, match="no author with an ORCID"):
        parse_author(said)


@pytest.mark.parametrize(
    "path", ["../a.ndjson", "/etc/passwd", "x/../a.ndjson", "c:\\a.ndjson", "", "x/", 3, None]
)
def test_paths_that_lead_elsewhere_are_not_followed(tmp_path: Path, path: object) -> None:
    (tmp_path / "a.ndjson").write_text("")
    told = {"annotation_object": {}, "files": [{"shape": POINT, "format": "ndjson", "path": path}]}
    (tmp_path / "a.json").write_text(json.dumps(told))
    with pytest.raises(CryoVesError, match="leads elsewhere"):
        files_of_annotation(tmp_path / "a.json")


def test_files_lie_beside_wherever_the_portal_has_them(tmp_path: Path) -> None:
    told = {"annotation_object": {}, "files": [{"shape": POINT, "path": "10443/TS/Annotations/a.ndjson"}]}
    (tmp_path / "a.json").write_text(json.dumps(told))
    with pytest.raises(CryoVesError, match=r"a\.ndjson, which does not lie beside it"):
        files_of_annotation(tmp_path / "a.json")
    (tmp_path / "a.ndjson").write_text("")
    assert files_of_annotation(tmp_path / "a.json") == [(POINT, tmp_path / "a.ndjson")]
