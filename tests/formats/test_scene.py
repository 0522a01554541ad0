"""3-D scenes as other programs read them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.scene import RegionSurface, read_scene_balls, write_scene
from tests.formats.vesicle_strategies import vesicle_lists

BLUE: dict[int, str] = {}
VESICLES = [Vesicle(3, 20.0, 40.0, 60.0, 20.5), Vesicle(8, 100.25, 200.125, 400.0, 18.0)]
CORNERS = np.array([[0, 0, 0], [0, 0, 9], [0, 9, 0], [9, 0, 0]], np.float32)
#: Anticlockwise from outside, z as the first axis.
FACES = np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]], np.int32)
REGION = RegionSurface("cell", CORNERS, FACES, (150, 160, 170, 70))


def test_gltf_holds_each_vesicle_as_a_node_and_the_region_as_a_mesh(tmp_path: Path) -> None:
    write_scene(tmp_path / "a.glb", VESICLES, [REGION], BLUE, "glb")
    scene = trimesh.load_scene(tmp_path / "a.glb")
    assert set(scene.graph.nodes_geometry) == {"vesicle_3", "vesicle_8", "region_1_cell"}
    assert scene.bounds[0] == pytest.approx([0, -0.5, -218.125], abs=0.1)  # y is up in glTF
    assert scene.bounds[1] == pytest.approx([418, 118.25, 0], abs=0.1)
    assert read_scene_balls(tmp_path / "a.glb")[8] == pytest.approx((100.25, 200.125, 400.0, 18.0), abs=1e-4)


def test_gltf_holds_a_ball_once_for_each_colour(tmp_path: Path) -> None:
    many = [Vesicle(i, 10.0 * i, 0.0, 0.0, 4.0) for i in range(1, 501)]
    write_scene(tmp_path / "a.glb", many, [], {v.id: ("#56B4E9", "#009E73")[v.id % 2] for v in many}, "glb")
    told = json_of(tmp_path / "a.glb")
    assert [m["primitives"][0]["attributes"].keys() >= {"NORMAL"} for m in told["meshes"]] == [True] * 2
    assert sum("mesh" in node for node in told["nodes"]) == 500
    assert (tmp_path / "a.glb").stat().st_size < 300_000  # 250 bytes for each vesicle besides


def test_gltf_has_colours_as_materials(tmp_path: Path) -> None:
    """Numbers of the screen become light: 0.337, 0.706, 0.914 by IEC 61966-2-1."""
    write_scene(tmp_path / "a.glb", VESICLES[:1], [REGION], BLUE, "glb")
    ball, region = (m["pbrMetallicRoughness"] for m in json_of(tmp_path / "a.glb")["materials"])
    assert ball["baseColorFactor"] == pytest.approx([0.0931, 0.4564, 0.8148, 1], abs=0.005)
    assert region["baseColorFactor"][3] == pytest.approx(70 / 255)
    assert [m["alphaMode"] for m in json_of(tmp_path / "a.glb")["materials"]] == ["OPAQUE", "BLEND"]


def json_of(path: Path) -> dict[str, Any]:
    """A binary glTF begins with 12 bytes, the length of its JSON, its kind, and that (glTF 2.0, section 4.4)."""
    raw = path.read_bytes()
    told: dict[str, Any] = json.loads(raw[20 : 20 + int.from_bytes(raw[12:16], "little")])
    return told


@given(vesicle_lists().filter(bool))
@settings(max_examples=20)
def test_balls_come_back(tmp_path_factory: pytest.TempPathFactory, vesicles: list[Vesicle]) -> None:
    path = tmp_path_factory.mktemp("scene") / "a.glb"
    write_scene(path, vesicles, [], BLUE, "glb")
    found = read_scene_balls(path)
    for vesicle in vesicles:
        expected = (*vesicle.sphere.centre_nm, vesicle.radius_nm)
        assert found[vesicle.id] == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_obj_names_each_body_and_stl_is_one_closed_mesh(tmp_path: Path) -> None:
    for kind in ("obj", "stl"):
        write_scene(tmp_path / f"a.{kind}", VESICLES, [], BLUE, kind)
    text = (tmp_path / "a.obj").read_text()
    assert [line for line in text.splitlines() if line.startswith("o ")] == ["o vesicle_3", "o vesicle_8"]
    for kind in ("obj", "stl"):
        mesh = trimesh.load_mesh(tmp_path / f"a.{kind}")
        mesh = mesh.to_mesh() if isinstance(mesh, trimesh.Scene) else mesh
        volume = sum(4 / 3 * np.pi * v.radius_nm**3 for v in VESICLES)
        assert mesh.volume == pytest.approx(volume, rel=0.02)
        assert mesh.bounds[1] == pytest.approx([418, 218.125, 118.25], abs=0.1)


@pytest.mark.parametrize("kind", ["glb", "obj", "stl"])
def test_balls_and_regions_face_outwards(tmp_path: Path, kind: str) -> None:
    """The volume that triangles enclose is below 0 where they are seen from inside."""
    for vesicles, regions, volume in (([], [REGION], 9**3 / 6), (VESICLES[:1], [], 4 / 3 * np.pi * 20.5**3)):
        write_scene(tmp_path / f"a.{kind}", vesicles, regions, BLUE, kind)
        mesh = trimesh.load_mesh(tmp_path / f"a.{kind}")
        mesh = mesh.to_mesh() if isinstance(mesh, trimesh.Scene) else mesh
        assert mesh.is_watertight
        assert mesh.volume == pytest.approx(volume, rel=0.01)


def test_nothing_to_draw_and_nothing_to_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="neither a vesicle nor a region"):
        write_scene(tmp_path / "a.glb", [], [], BLUE, "glb")
    (tmp_path / "b.glb").write_bytes(b"glTF nonsense")
    with pytest.raises(CryoVesError):
        read_scene_balls(tmp_path / "b.glb")
