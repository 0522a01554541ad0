"""``cryoves export`` as users start it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from tests.cli.program import run
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, active_zone, cytoplasm, tomogram, vesicles


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "synapse.cryoves"
    source = write_mrc_bytes(tmp_path / "tomo.mrc", tomogram().data, mode=1)
    now = Project(
        reference_to(open_volume(source, VOXEL_NM), path),
        vesicles=VesicleSet.of(vesicles()),
        regions=(cytoplasm(), active_zone()),
    )
    ProjectFile.create(path, now).close()
    return path


def test_all_formats_at_once(tmp_path: Path, project: Path) -> None:
    formats = "imod,pyto,labels,tiff,csv,star,dynamo,chimerax,zarr"
    done = run(
        "export",
        project,
        "-o",
        tmp_path / "out",
        "--format",
        formats,
        "--bin",
        2,
        "--contours",
        "--shapes",
        "--json",
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["counts"]["accepted"] == 16
    assert "No shape is known of 16 of 16 vesicles" in result["sentence"]
    assert all(Path(name).exists() for name in result["files"])
    assert open_volume(tmp_path / "out" / "synapse_pyto" / "3d" / "tomo.mrc", 1.0).shape == (13, 32, 32)


def test_what_cannot_be_exported_leaves_nothing(tmp_path: Path, project: Path) -> None:
    data = 150 - tomogram().data  # bright membranes
    write_mrc_bytes(tmp_path / "tomo.mrc", data, mode=1)
    with ProjectFile.open(project) as file:
        reference = reference_to(open_volume(tmp_path / "tomo.mrc", VOXEL_NM), project)
        now = file.load()
        file.store(Project(reference, vesicles=now.vesicles, regions=now.regions))
    done = run("export", project, "-o", tmp_path / "out", "--format", "csv,pyto")
    assert done.returncode == 1
    assert "Membranes are brighter than the lumen" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_force_never_replaces_the_tomogram(tmp_path: Path, project: Path) -> None:
    own = project.rename(tmp_path / "tomo.cryoves")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "tomo_labels.mrc").symlink_to(tmp_path / "tomo.mrc")
    before = (tmp_path / "tomo.mrc").read_bytes()
    done = run("export", own, "-o", tmp_path / "out", "--format", "labels", "--force")
    assert (done.returncode, "not replaced" in done.stderr) == (1, True)
    assert (tmp_path / "tomo.mrc").read_bytes() == before
