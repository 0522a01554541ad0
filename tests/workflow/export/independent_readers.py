"""Vesicles as somebody else's readers find them in an export: ids, places in voxels, and radii.

Readers are libraries that others keep (imodmodel, starfile, sfftk-rw, trimesh, zarr), or the plain numbers in the file
where the format is a table, JSON or XML. None is the program's own.
"""

from __future__ import annotations

import csv
import json
import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import imodmodel
import numpy as np
import starfile
import trimesh
import zarr
from numpy.typing import NDArray
from sfftkrw.schema.adapter_v0_8_0_dev1 import SFFSegmentation

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_tomogram
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.export.export import export_material
from cryoves_app.workflow.export.export_material import ExportOptions, material_of
from tests.formats.copick_projects import make_project

VOXEL_NM, SHAPE, ORIGIN = 1.469, (40, 70, 90), (30.0, -20.0, 10.0)
#: Of each vesicle by its id: place z, y, x in voxels, and radius in nm where the format has one.
Found = dict[int, tuple[tuple[float, float, float], float | None]]


def export(folder: Path, vesicles: Sequence[Vesicle], formats: Sequence[str]) -> Path:
    """The folder into which some vesicles were exported."""
    grey = np.random.default_rng(1).normal(0, 9, SHAPE).astype(np.float32)
    info = VolumeInfo(SHAPE, grey.dtype, VOXEL_NM, origin_angstrom=ORIGIN)
    write_tomogram(folder / "TS_001.mrc", grey, info)
    volume = open_volume(folder / "TS_001.mrc", VOXEL_NM)
    config = make_project(folder / "project")
    options = ExportOptions(authors=("Ada Lovelace:0000-0002-1825-0097",), copick=str(config))
    now = Project(reference_to(volume, None), vesicles=VesicleSet.of(vesicles))
    export_material(material_of(now, volume, "TS_001", options), folder / "out", list(formats), force=False)
    return folder / "out"


def px(z: float, y: float, x: float) -> tuple[float, float, float]:
    """Voxels of places in nm."""
    return z / VOXEL_NM, y / VOXEL_NM, x / VOXEL_NM


def by_angstrom(place: Any) -> tuple[float, float, float]:
    """Voxels of x, y, z in ångström with the header's origin."""
    x, y, z = (np.asarray(place, float) - ORIGIN) / (10 * VOXEL_NM)
    return z, y, x


def imod(out: Path) -> Found:
    """The library passes over labels of contours, which IMOD's description of its file lays out."""
    model = imodmodel.ImodModel.from_file(out / "TS_001.mod")
    (item,) = [o for o in model.objects if o.header.name.rstrip("\0") == "vesicles"]
    found: Found = {}
    for number, contour in zip(contour_labels((out / "TS_001.mod").read_bytes()), item.contours, strict=True):
        x, y, z = contour.points[0]
        found[number] = ((z, y - 0.5, x - 0.5), float(contour.point_sizes[0]) * VOXEL_NM)
    return found


def contour_labels(raw: bytes) -> list[int]:
    """``LABL``, length, number of points' labels, length of the contour's own, and that."""
    found = []
    at = raw.find(b"LABL")
    while at >= 0:
        (length,) = struct.unpack(">i", raw[at + 12 : at + 16])
        found.append(int(raw[at + 16 : at + 16 + length].rstrip(b"\0")))
        at = raw.find(b"LABL", at + 4)
    return found


def table(out: Path) -> Found:
    with (out / "TS_001_vesicles.csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    return {int(r["id"]): (px(*(float(r[f"{a}_nm"]) for a in "zyx")), float(r["radius_nm"])) for r in rows}


def relion(out: Path) -> Found:
    rows = starfile.read(out / "TS_001_particles.star")
    found: Found = {}
    for row in rows.to_dict("records"):
        x, y, z = (
            row[f"rlnCenteredCoordinate{a}Angst"] / (10 * VOXEL_NM) + n / 2
            for a, n in zip("XYZ", SHAPE[::-1], strict=True)
        )
        found[row["cryovesVesicleId"]] = ((z, y, x), row["cryovesRadiusAngst"] / 10)
    return found


def dynamo(out: Path) -> Found:
    rows = np.loadtxt(out / "TS_001.tbl", ndmin=2)
    return {int(row[0]): (tuple(row[[25, 24, 23]] - 1), None) for row in rows}


def chimerax(out: Path, name: str = "TS_001.cmm") -> Found:
    markers = ElementTree.parse(out / name).getroot().iter("marker")
    return {
        int(m.attrib["id"]): (by_angstrom([m.attrib[a] for a in "xyz"]), float(m.attrib["radius"]) / 10)
        for m in markers
    }


def chimerax_scene(out: Path) -> Found:
    return chimerax(out, "TS_001_chimerax/vesicles.cmm")


def sff(out: Path) -> Found:
    whole = SFFSegmentation.from_file(str(out / "TS_001.sff"))
    found: Found = {}
    for number in whole.segment_list.get_ids():
        shape = whole.segment_list.get_by_id(number).shape_primitive_list[0]
        matrix = whole.transform_list.get_by_id(shape.transform_id).data_array
        found[number] = (by_angstrom(matrix[:, 3]), shape.x / 10)
    return found


def bodies(path: Path) -> dict[str, NDArray[Any]]:
    """The corners of each named body, x, y, z."""
    scene = trimesh.load_scene(path)
    corners = {}
    for name in scene.graph.nodes_geometry:
        transform, geometry = scene.graph[name]
        corners[name] = trimesh.transform_points(scene.geometry[geometry].vertices, transform)
    return corners


def ball(corners: NDArray[Any]) -> tuple[tuple[float, float, float], float]:
    """The sphere that corners lie on, in nm."""
    fit = np.linalg.lstsq(
        np.column_stack([2 * corners, np.ones(len(corners))]), (corners**2).sum(axis=1), rcond=None
    )[0]
    x, y, z = fit[:3]
    return px(z, y, x), float(np.sqrt(fit[3] + (fit[:3] ** 2).sum()))


def gltf(out: Path) -> Found:
    """As in a program whose z is up, which takes glTF's y for z and -z for y."""
    return {
        int(name.rpartition("_")[2]): ball(np.column_stack([x, -z, y]))
        for name, corners in bodies(out / "TS_001.glb").items()
        for x, y, z in [corners.T]
    }


def wavefront(out: Path) -> Found:
    found, name, corners = {}, 0, dict[int, list[list[float]]]()
    for line in (out / "TS_001.obj").read_text().splitlines():
        key, *values = line.split()[:4] or [""]
        if key == "o":
            name = int(values[0].rpartition("_")[2])
        elif key == "v":
            corners.setdefault(name, []).append([float(v) for v in values])
    for number, places in corners.items():
        found[number] = ball(np.array(places))
    return found


def stereolithography(out: Path) -> Found:
    """No names, so that a vesicle is the ball nearest to where the table has it."""
    parts = trimesh.load_mesh(out / "TS_001.stl").split(only_watertight=False)
    balls = [ball(np.asarray(part.vertices)) for part in parts]
    return {
        number: min(balls, key=lambda found, at=place: float(np.linalg.norm(np.subtract(found[0], at))))
        for number, (place, _) in table(out).items()
    }


def portal(out: Path) -> Found:
    (path,) = (out / "TS_001_portal").rglob("*_instancesegmentation.ndjson")
    points: dict[int, list[list[float]]] = {}
    for line in path.read_text().splitlines():
        item = json.loads(line)
        points.setdefault(item["instance_id"], []).append([item["location"][a] * VOXEL_NM for a in "xyz"])
    return {number: ball(np.array(places)) for number, places in points.items()}


def copick(out: Path) -> Found:
    """As the library reads them: a point's transformation scales the object's radius, here 200 Å."""
    (path,) = (out.parent / "project" / "overlay").rglob("Picks/*.json")
    found: Found = {}
    for point in json.loads(path.read_text())["points"]:
        x, y, z = (point["location"][a] / (10 * VOXEL_NM) for a in "xyz")
        found[point["instance_id"]] = ((z, y, x), 20 * point["transformation_"][0][0])
    return found


def ome_zarr(out: Path) -> Found:
    attributes: Any = zarr.open_group(out / "TS_001.zarr" / "labels" / "vesicles", mode="r").attrs
    told = attributes.get("ome", attributes)["image-label"]["properties"]
    return {p["id"]: (px(p["z_nm"], p["y_nm"], p["x_nm"]), p["radius_nm"]) for p in told}


EXACT: dict[str, Callable[[Path], Found]] = {
    "imod": imod, "csv": table, "star": relion, "dynamo": dynamo, "chimerax": chimerax, "sff": sff, "glb": gltf,
    "obj": wavefront, "stl": stereolithography, "portal": portal, "copick": copick, "zarr": ome_zarr,
    "cxc": chimerax_scene,
}  # fmt: skip
