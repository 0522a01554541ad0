"""Vesicles as an annotation of the CryoET Data Portal, and from one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Flag
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.portal import PortalPoints, write_portal_points
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
