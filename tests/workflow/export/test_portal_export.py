"""Vesicles as an annotation of the CryoET Data Portal, and from one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Flag, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.portal import PortalPoints, write_portal_points
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export.export import export_material
from cryoves_app.workflow.export.export_material import ExportOptions, Material, material_of
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, tomogram, vesicles

ADA, BEN = "Ada Lovelace:0000-0002-1825-0097", "Ben X:0000-0001-5109-3700"


def material(folder: Path, *authors: str) -> Material:
    volume = open_volume(write_mrc_bytes(folder / "tomo.mrc", tomogram().data, mode=1), VOXEL_NM)
    now = Project(reference_to(volume, None), vesicles=VesicleSet.of(vesicles()))
    return material_of(now, volume, "tomo", ExportOptions(authors=authors))


def test_instances_come_back_as_the_spheres_they_are(tmp_path: Path) -> None:
    there = material(tmp_path, ADA, BEN)
    export_material(there, tmp_path / "out", ["portal"], force=False)
    folder = tmp_path / "out" / "tomo_portal" / "Annotations"
    name = "100-synaptic_vesicle-1.0"
    assert sorted(p.name for p in folder.iterdir()) == [
        f"{name}.json",
        f"{name}_instancesegmentation.ndjson",
        f"{name}_orientedpoint.ndjson",
        f"{name}_point.ndjson",
    ]
    told = json.loads((folder / f"{name}.json").read_text())
    assert [a["name"] for a in told["authors"]] == ["Ada Lovelace", "Ben X"]
    assert [a["primary_author_status"] for a in told["authors"]] == [True, False]
    assert (told["object_count"], told["method_type"]) == (16, "manual")
    assert told["annotation_software"].startswith("CryoVes ")
    for found in (
        import_vesicle_file(folder / f"{name}.json", there.volume.info).vesicles,
        load_vesicles(folder / f"{name}_instancesegmentation.ndjson", VOXEL_NM).vesicles,
    ):
        back = {v.id: v for v in found}
        assert set(back) == {v.id for v in vesicles()}
        for vesicle in vesicles():
            assert back[vesicle.id].sphere.distance_nm(vesicle.sphere) < 1e-6
            assert back[vesicle.id].radius_nm == pytest.approx(vesicle.radius_nm)
    points = import_vesicle_file(folder / f"{name}_point.ndjson", there.volume.info, 18.0)
    assert {v.radius_nm for v in points.vesicles} == {18.0}
    assert all(Flag.NOT_FITTED in v.flags for v in points.vesicles)
    assert "16 points without a radius got 18 nm" in points.notes[0]


def test_vesicles_of_any_size_come_back(tmp_path: Path) -> None:
    """Points 8 nm apart on a small one were too few to tell a sphere."""
    there = material(tmp_path, ADA)
    sizes = {3: 25.0, 5: 7.9, 9: 4.0, 12: 2.0, 20: 0.3, 21: 8.0}
    found = [Vesicle(i, 20.0, 40.0, 50.0 + i, radius) for i, radius in sizes.items()]
    project = replace(there.project, vesicles=VesicleSet.of(found))
    export_material(replace(there, project=project), tmp_path / "out", ["portal"], force=False)
    (path,) = (tmp_path / "out").rglob("*_instancesegmentation.ndjson")
    back = {v.id: v.radius_nm for v in load_vesicles(path, VOXEL_NM).vesicles}
    assert back == pytest.approx(sizes)
    owners = [json.loads(line)["instance_id"] for line in path.read_text().splitlines()]
    assert owners == sorted(owners)
    assert min(owners.count(i) for i in sizes) >= 12


#: What the portal's schema of metadata files 2.0.0 (AnnotationMetadata) allows, with the kinds of its values.
ALLOWED: dict[str, type | tuple[type, ...]] = {
    "version": (int, float), "annotation_object": dict, "annotation_method": str, "method_type": str,
    "annotation_software": str, "ground_truth_status": bool, "is_curator_recommended": bool, "authors": list,
    "dates": dict, "object_count": int, "confidence": dict, "files": list,
}  # fmt: skip
#: What it asks for, without what the portal gives itself (deposition_id, last_updated_at).
ASKED = {"annotation_method", "annotation_object", "method_type", "dates", "authors"}


def test_metadata_are_as_the_portals_schema_has_them(tmp_path: Path) -> None:
    """Confidence is in percent there: 14 of 16 are in a truth of 20, of which the program lacks 6."""
    there = material(tmp_path, ADA)
    far = [Vesicle(100 + i, 500.0 + 60 * i, 0.0, 0.0, 20.0) for i in range(6)]
    truth = tmp_path / "truth ü.csv"
    write_vesicles(truth, VesicleSet.of([*vesicles()[:14], *far]), VOXEL_NM)
    options = replace(there.options, truth=str(truth))
    export_material(replace(there, options=options), tmp_path / "out", ["portal"], force=False)
    (path,) = (tmp_path / "out").rglob("100-*.json")
    told = json.loads(path.read_text())
    assert ASKED <= set(told) <= set(ALLOWED)
    for key, value in told.items():
        assert isinstance(value, ALLOWED[key]), key
        assert isinstance(value, bool) == (ALLOWED[key] is bool), key
    assert told["confidence"] == {"precision": 87.5, "recall": 70.0, "ground_truth_used": "truth ü.csv"}
    assert set(told["annotation_object"]) == {"id", "name", "description", "state"}
    assert told["method_type"] in ("manual", "automated", "hybrid", "simulated")
    for file in told["files"]:
        assert set(file) == {"format", "path", "shape", "is_visualization_default"}
    for author in told["authors"]:
        assert set(author) <= {"name", "ORCID", "primary_author_status", "corresponding_author_status"}


def test_a_truth_that_is_none_is_a_sentence(tmp_path: Path) -> None:
    there = material(tmp_path, ADA)
    missing = replace(there, options=replace(there.options, truth=str(tmp_path / "gone.csv")))
    with pytest.raises(CryoVesError, match=r"There is no file .*gone\.csv"):
        export_material(missing, tmp_path / "out", ["portal"], force=False)
    assert not (tmp_path / "out").exists()


def test_the_normal_is_the_z_axis_of_each_matrix(tmp_path: Path) -> None:
    export_material(material(tmp_path, ADA), tmp_path / "out", ["portal"], force=False)
    folder = tmp_path / "out" / "tomo_portal" / "Annotations"
    rows = (folder / "100-synaptic_vesicle-1.0_orientedpoint.ndjson").read_text().splitlines()
    ids = (folder / "100-synaptic_vesicle-1.0_instancesegmentation.ndjson").read_text().splitlines()
    known = {v.id: v for v in vesicles()}
    for row, owner in zip(map(json.loads, rows), map(json.loads, ids), strict=True):
        vesicle = known[owner["instance_id"]]
        place = VOXEL_NM * np.array([row["location"][axis] for axis in "xyz"])
        away = (place - np.array(vesicle.sphere.centre_nm[::-1])) / vesicle.radius_nm
        assert np.array(row["xyz_rotation_matrix"])[:, 2] == pytest.approx(away, abs=1e-6)


def test_without_an_author_or_a_radius_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="--author"):
        export_material(material(tmp_path), tmp_path / "out", ["portal"], force=False)
    write_portal_points(tmp_path / "a.ndjson", PortalPoints(np.ones((3, 3))), "Point")
    with pytest.raises(CryoVesError, match="tells no radius"):
        load_vesicles(tmp_path / "a.ndjson", 1.0)


def test_instances_of_too_few_points_are_told(tmp_path: Path) -> None:
    there = material(tmp_path)
    write_portal_points(
        tmp_path / "a.ndjson", PortalPoints(np.eye(3) * 5, np.array([1, 1, 2])), "InstanceSegmentation"
    )
    found = import_vesicle_file(tmp_path / "a.ndjson", there.volume.info)
    assert found.vesicles == ()
    assert "2 instances of fewer than 4 points left out" in found.notes[0]
