"""``cryoves points``: oriented points, crops and shells of a project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import starfile
from scipy.spatial.transform import Rotation

from cryoves_app.domain.project import Project
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.mrc import open_mrc
from cryoves_app.formats.oriented import read_motive_list
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.project.actions import regions
from cryoves_app.workflow.project.history import History
from tests.cli.program import run
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, tomogram, vesicles


@pytest.fixture
def project(tmp_path: Path) -> Path:
    source = write_mrc_bytes(tmp_path / "tomo.mrc", tomogram().data, mode=1, origin_x=30.0)
    path = tmp_path / "synapse.cryoves"
    now = Project(reference_to(open_volume(source, VOXEL_NM), path), vesicles=VesicleSet.of(vesicles()))
    ProjectFile.create(path, now).close()
    return path


def test_all_formats_hold_the_same_points_and_each_vesicle_its_files(tmp_path: Path, project: Path) -> None:
    done = run(
        "points", project, "-o", tmp_path / "out", "--format", "star,dynamo,motl,copick", "--spacing", 4, "--crops", 3,
        "--shells", 6, "--offset", "-2", "--random-angle", "--seed", 3, "--tilt-range", 60, "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    out = tmp_path / "out"
    star = starfile.read(out / "synapse_points.star")
    table = np.loadtxt(out / "synapse_points.tbl")
    motl = read_motive_list(out / "synapse_points.em", VOXEL_NM)
    picks = json.loads((out / "synapse_points.json").read_text())["points"]
    assert len(star) == len(table) == len(motl.places) == len(picks) == result["points"] > 100
    assert "16 vesicles. Left out: " in result["sentence"]
    places = (table[:, 23:26] - 1) * VOXEL_NM
    assert places[:, ::-1] == pytest.approx(motl.places, abs=1e-3)
    spheres = {v.id: v for v in vesicles()}
    for place, owner in zip(places, table[:, 20].astype(int), strict=True):
        sphere = spheres[owner].sphere
        assert np.linalg.norm(place[::-1] - np.array(sphere.centre_nm)) == pytest.approx(
            sphere.radius_nm - 2, abs=1e-3
        )
    for vesicle in vesicles():
        crop, shell = (open_mrc(out / kind / f"vesicle_{vesicle.id:05d}.mrc") for kind in ("crops", "shells"))
        assert crop.shape == shell.shape
        x, y, z = (
            round((o - s) / (10 * VOXEL_NM))
            for o, s in zip(crop.info.origin_angstrom, (30.0, 0, 0), strict=True)
        )
        depth, height, width = crop.shape
        assert np.array_equal(crop.data, tomogram().data[z : z + depth, y : y + height, x : x + width])
        mask = np.argwhere(np.asarray(shell.data) == 1) + np.array([z, y, x])
        away = np.linalg.norm(mask * VOXEL_NM - np.array(vesicle.sphere.centre_nm), axis=1)
        assert np.abs(away - (vesicle.radius_mid_nm or vesicle.radius_nm)).max() <= 3


def test_files_that_exist_and_formats_that_do_not_are_refused(tmp_path: Path, project: Path) -> None:
    assert run("points", project, "-o", tmp_path / "out").returncode == 0
    again = run("points", project, "-o", tmp_path / "out")
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 1)
    assert "--force" in again.stderr
    assert run("points", project, "-o", tmp_path / "out", "--force").returncode == 0
    unknown = run("points", project, "-o", tmp_path / "o", "--format", "docx")
    assert "no format of points “docx”" in unknown.stderr
    assert not (tmp_path / "o").exists()


def test_no_point_no_format_and_too_many_points_are_refused(tmp_path: Path, project: Path) -> None:
    for options, words in (
        (
            ("--offset", "-50"),
            "0 points on 16 vesicles. The offset leads beyond the centre of 16 vesicles. Nothing is",
        ),
        (("--format", ","), "No format of points is given"),
        (("--spacing", "0.02"), "Choose a larger spacing"),
    ):
        done = run("points", project, "-o", tmp_path / "out", *options)
        assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
        assert words in done.stderr
        assert not (tmp_path / "out").exists()


def test_points_look_to_the_active_zone_once_there_is_one(tmp_path: Path, project: Path) -> None:
    order = ("points", project, "--format", "motl", "--in-plane", "active-zone")
    refused = run(*order, "-o", tmp_path / "none")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (1, 1)
    assert "the project has none" in refused.stderr
    assert not (tmp_path / "none").exists()
    line = Contour(((10.0, 2.0, 2.0), (10.0, 2.0, 30.0)), closed=False)
    with ProjectFile.open(project) as file:
        History(file).do(regions.add_region(file.load(), Region("zone", RegionKind.ACTIVE_ZONE, (line,))))
    done = run(*order, "-o", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    found = read_motive_list(tmp_path / "out" / "synapse_points.em", VOXEL_NM)
    turned = Rotation.from_euler("zxz", found.angles[:, [0, 1, 2]], degrees=True)
    x_axes, normals = (turned.apply(axis)[:, ::-1] for axis in ([1, 0, 0], [0, 0, 1]))
    places = found.places / VOXEL_NM
    aims = (
        np.column_stack([np.full(len(places), 10), np.full(len(places), 2), np.clip(places[:, 2], 2, 30)])
        - places
    )
    part = aims - (aims * normals).sum(axis=1)[:, None] * normals
    away = np.linalg.norm(part, axis=1) > 3  # the zone is a tube of voxels
    assert away.sum() > 50
    cosines = (x_axes * part).sum(axis=1)[away] / np.linalg.norm(part, axis=1)[away]
    assert np.median(cosines) > 0.99
