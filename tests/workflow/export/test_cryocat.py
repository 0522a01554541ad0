"""Points on vesicles as cryoCAT reads them, and its lists as they come in, where a Python with it is named."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cryoves_app.analysis.geometry.surface_points import PointRules
from cryoves_app.domain.in_plane import InPlane
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export.export_material import Material, material_of
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.points.points import PointOrder, write_points
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.pyto_example import VOXEL_NM, tomogram

#: A Python with the libraries cryocat, eulerangles and pandas below 3, which would weigh down the tests' own.
CRYOCAT_PYTHON = os.environ.get("CRYOVES_CRYOCAT_PYTHON", "")
VESICLES = [Vesicle(7, 26.0, 50.0, 60.0, 14.0), Vesicle(30, 24.3, 90.1, 80.7, 11.3)]
SIZE_X, SIZE_Y, SIZE_Z = tomogram().shape[::-1]
pytestmark = pytest.mark.skipif(
    not CRYOCAT_PYTHON, reason="no Python with cryoCAT is named (CRYOVES_CRYOCAT_PYTHON)"
)
#: What each of its readers finds; its own files, made of the motive list; angles of table and STAR in one convention.
_WORK = f"""
import sys, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import eulerangles, numpy as np, pandas as pd, starfile
from cryocat import cryomotl
folder, pixel = Path(sys.argv[1]), float(sys.argv[2])
sizes = dict(rlnTomoSizeX=[{SIZE_X}], rlnTomoSizeY=[{SIZE_Y}], rlnTomoSizeZ=[{SIZE_Z}])
sizes = pd.DataFrame(dict(rlnTomoName=["TS_017"], **sizes))
lists = dict(
    em=cryomotl.EmMotl(str(folder / "five/p_points.em")),
    tbl=cryomotl.DynamoMotl(str(folder / "five/p_points.tbl")),
    star5=cryomotl.RelionMotlv5(str(folder / "five/p_points.star"), input_tomograms=sizes, pixel_size=pixel),
    star4=cryomotl.RelionMotl(str(folder / "four/p_points.star"), version=4.0, pixel_size=pixel, binning=1.0),
)
found = {{}}
for key, motl in lists.items():
    found[key + "_places"] = motl.get_coordinates()
    found[key + "_normals"] = motl.get_rotations().apply([0, 0, 1])
found["objects"] = lists["em"].df.object_id.to_numpy()
table = np.loadtxt(folder / "five/p_points.tbl")
star = starfile.read(folder / "five/p_points.star")
found["angles"] = np.array(star[["rlnAngleRot", "rlnAngleTilt", "rlnAnglePsi"]], float)
found["converted"] = eulerangles.convert_eulers(table[:, 6:9], source_meta="dynamo", target_meta="relion")
np.savez(folder / "found.npz", **found)
rows = lists["em"].df
rows["tomo_id"] = 17
sizes["rlnTomoName"] = [17]
cryomotl.EmMotl(rows.copy()).write_out(str(folder / "a.em"))
cryomotl.DynamoMotl(rows.copy()).write_out(str(folder / "a.tbl"))
cryomotl.RelionMotl(rows.copy(), version=3.1, pixel_size=pixel).write_out(str(folder / "a31.star"))
cryomotl.RelionMotl(rows.copy(), version=4.0, pixel_size=pixel, binning=1.0).write_out(str(folder / "a4.star"))
five = cryomotl.RelionMotlv5(rows.copy(), input_tomograms=sizes, pixel_size=pixel, binning=1.0)
five.write_out(str(folder / "a5.star"))
"""


def material_in(folder: Path) -> Material:
    source = write_mrc_bytes(folder / "TS_017.mrc", tomogram().data, mode=1)
    volume = open_volume(source, VOXEL_NM)
    return material_of(Project(reference_to(volume, None), vesicles=VesicleSet.of(VESICLES)), volume, "p")


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The folder in which cryoCAT read our points and wrote its own, and what it found."""
    folder = tmp_path_factory.mktemp("cryocat")
    material = material_in(folder)
    rules = PointRules(9.0, in_plane=InPlane.RANDOM, seed=4)
    for name, relion in (("five", 5), ("four", 4)):
        order = PointOrder(rules, ("star", "dynamo", "motl"), relion)
        write_points(material, folder / name, order, force=False, progress=Progress())
    subprocess.run([CRYOCAT_PYTHON, "-c", _WORK, folder, str(10 * VOXEL_NM)], check=True, timeout=300)
    return SimpleNamespace(folder=folder, **np.load(folder / "found.npz"))


@pytest.mark.parametrize(("key", "first"), [("em", 1), ("tbl", 1), ("star5", 0), ("star4", 0)])
def test_places_lie_on_the_vesicles_and_normals_look_out_of_them(
    work: SimpleNamespace, key: str, first: int
) -> None:
    places = (getattr(work, f"{key}_places") - first) * VOXEL_NM
    by_id = {v.id: v for v in VESICLES}
    assert set(work.objects) == set(by_id)
    owners = [by_id[int(number)] for number in work.objects]
    away = places - [[v.x_nm, v.y_nm, v.z_nm] for v in owners]
    lengths = np.linalg.norm(away, axis=1)
    assert np.abs(lengths - [v.radius_nm for v in owners]).max() < 0.01 * VOXEL_NM
    cosines = (away / lengths[:, None] * getattr(work, f"{key}_normals")).sum(axis=1)
    assert np.degrees(np.arccos(cosines.clip(-1, 1))).max() < 0.01


def test_dynamos_and_relions_angles_are_one_rotation(work: SimpleNamespace) -> None:
    """By the library eulerangles: also about the normal, where each list has its angle elsewhere."""

    def matrices(angles: np.ndarray) -> np.ndarray:
        rot, tilt, psi = np.radians(angles).T
        return _about_z(rot) @ _about_y(tilt) @ _about_z(psi)

    assert np.abs(matrices(work.angles) - matrices(work.converted)).max() < 1e-5


def _about_z(angle: np.ndarray) -> np.ndarray:
    zero, one = np.zeros_like(angle), np.ones_like(angle)
    rows = [[np.cos(angle), -np.sin(angle), zero], [np.sin(angle), np.cos(angle), zero], [zero, zero, one]]
    return np.array(rows).transpose(2, 0, 1)


def _about_y(angle: np.ndarray) -> np.ndarray:
    zero, one = np.zeros_like(angle), np.ones_like(angle)
    rows = [[np.cos(angle), zero, np.sin(angle)], [zero, one, zero], [-np.sin(angle), zero, np.cos(angle)]]
    return np.array(rows).transpose(2, 0, 1)


@pytest.mark.parametrize(
    ("name", "first"), [("a.em", 1), ("a.tbl", 1), ("a31.star", 0), ("a4.star", 0), ("a5.star", 0)]
)
def test_its_lists_come_in(work: SimpleNamespace, name: str, first: int) -> None:
    """cryoCAT hands on what it is given: STAR files made of a motive list have its places, which count from 1."""
    info = open_volume(work.folder / "TS_017.mrc", VOXEL_NM).info
    found = import_vesicle_file(work.folder / name, info, 10.0).vesicles
    places = np.array([[v.x_nm, v.y_nm, v.z_nm] for v in found]) / VOXEL_NM + first
    assert np.abs(places - work.em_places).max() < 0.01
