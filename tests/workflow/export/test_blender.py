"""Scenes as Blender opens them, where a Python with its module ``bpy`` is named."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.formats.scene import write_scene
from tests.formats.test_scene import REGION

#: A Python that has Blender as a module (``pip install bpy``), which is too large to be installed with the tests.
BLENDER_PYTHON = os.environ.get("CRYOVES_BLENDER_PYTHON", "")
VESICLES = [
    Vesicle(3, 20.0, 40.0, 60.0, 20.5),
    Vesicle(8, 100.25, 200.125, 400.0, 18.0),
    Vesicle(12, 7.0, 5.0, 3.0, 2.0, origin=Origin.MANUAL),
]
_OPEN = """
import json, sys
import bpy
import bmesh  # comes with bpy, after it
bpy.ops.wm.read_factory_settings(use_empty=True)
path = sys.argv[1]
if path.endswith("glb"):
    bpy.ops.import_scene.gltf(filepath=path)
elif path.endswith("obj"):
    bpy.ops.wm.obj_import(filepath=path, forward_axis="Y", up_axis="Z")
else:
    bpy.ops.wm.stl_import(filepath=path)
bpy.context.view_layer.update()
found = {}
for item in bpy.data.objects:
    body = bmesh.new()
    body.from_mesh(item.data)
    body.transform(item.matrix_world)
    sides = [[f(v.co[i] for v in body.verts) for i in range(3)] for f in (min, max)]
    shaders = [n for m in item.data.materials for n in m.node_tree.nodes if n.type == "BSDF_PRINCIPLED"]
    found[item.name] = dict(
        sides=sides, volume=body.calc_volume(signed=True), closed=all(e.is_manifold for e in body.edges),
        colour=[list(s.inputs["Base Color"].default_value)[:3] + [s.inputs["Alpha"].default_value] for s in shaders],
        place=list(item.location), mesh=item.data.name)
print("FOUND" + json.dumps(found))
"""
pytestmark = pytest.mark.skipif(
    not BLENDER_PYTHON, reason="no Python with Blender is named (CRYOVES_BLENDER_PYTHON)"
)


def in_blender(path: Path) -> dict[str, Any]:
    write_scene(path, VESICLES, [REGION], {12: "#009E73"}, path.suffix[1:])
    done = subprocess.run(
        [BLENDER_PYTHON, "-c", _OPEN, path], check=True, timeout=300, capture_output=True, text=True
    )
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("FOUND")]
    found: dict[str, Any] = json.loads(line.removeprefix("FOUND"))
    return found


@pytest.mark.parametrize("kind", ["glb", "obj"])
def test_objects_have_names_places_radii_and_face_outwards(tmp_path: Path, kind: str) -> None:
    """OBJ is imported with y forwards and z up, as the help tells; glTF as it is."""
    found = in_blender(tmp_path / f"a.{kind}")
    assert set(found) == {"vesicle_3", "vesicle_8", "vesicle_12", "region_1_cell"}
    for vesicle in VESICLES:
        item = found[f"vesicle_{vesicle.id}"]
        low, high = item["sides"]
        middle = [(a + b) / 2 for a, b in zip(low, high, strict=True)]
        assert middle == pytest.approx([vesicle.x_nm, vesicle.y_nm, vesicle.z_nm], abs=0.01)
        assert [b - a for a, b in zip(low, high, strict=True)] == pytest.approx(
            [2 * vesicle.radius_nm] * 3, abs=0.01
        )
        assert item["closed"]
        assert item["volume"] == pytest.approx(4.18879 * vesicle.radius_nm**3, rel=0.01)
    assert found["region_1_cell"]["volume"] == pytest.approx(9**3 / 6)


def test_gltf_keeps_colours_and_shares_balls(tmp_path: Path) -> None:
    found = in_blender(tmp_path / "a.glb")
    assert found["vesicle_8"]["place"] == pytest.approx([400.0, 200.125, 100.25])
    assert found["vesicle_3"]["mesh"] == found["vesicle_8"]["mesh"] != found["vesicle_12"]["mesh"]
    assert found["vesicle_3"]["colour"] == [pytest.approx([0.0931, 0.4564, 0.8148, 1.0], abs=0.005)]
    assert found["vesicle_12"]["colour"] == [pytest.approx([0.0, 0.3419, 0.1714, 1.0], abs=0.005)]
    assert found["region_1_cell"]["colour"][0][3] == pytest.approx(70 / 255, abs=0.002)


def test_stl_is_one_mesh_in_place(tmp_path: Path) -> None:
    ((name, item),) = in_blender(tmp_path / "a.stl").items()
    assert name == "a"
    assert item["sides"][1] == pytest.approx([418.0, 218.125, 118.25], abs=0.1)
    volume = 9**3 / 6 + sum(4.18879 * v.radius_nm**3 for v in VESICLES)
    assert item["volume"] == pytest.approx(volume, rel=0.01)
