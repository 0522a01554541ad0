"""3-D scenes as other programs read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import trimesh
from hypothesis import given, settings

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.scene import RegionSurface, read_scene_balls, write_scene
from tests.formats.vesicle_strategies import vesicle_lists

BLUE = (86, 180, 233, 255)
VESICLES = [Vesicle(3, 20.0, 40.0, 60.0, 20.5), Vesicle(8, 100.25, 200.125, 400.0, 18.0)]
CORNERS = np.array([[0, 0, 0], [0, 0, 9], [0, 9, 0], [9, 0, 0]], np.float32)
FACES = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]], np.int32)
REGION = RegionSurface("cell", CORNERS, FACES, (150, 160, 170, 70))


def test_gltf_holds_each_vesicle_as_a_node_and_the_region_as_a_mesh(tmp_path: Path) -> None:
    write_scene(tmp_path / "a.glb", VESICLES, [REGION], BLUE, "glb")
    scene = trimesh.load_scene(tmp_path / "a.glb")
    assert set(scene.graph.nodes_geometry) == {"vesicle_3", "vesicle_8", "region_1_cell"}
    assert scene.bounds[0] == pytest.approx([0, 0, -0.5], abs=0.1)
    assert scene.bounds[1] == pytest.approx([418, 218.125, 118.25], abs=0.1)
    assert read_scene_balls(tmp_path / "a.glb")[8] == pytest.approx((100.25, 200.125, 400.0, 18.0), abs=1e-4)
    assert (tmp_path / "a.glb").stat().st_size < 60_000


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


def test_a_regions_surface_faces_outwards(tmp_path: Path) -> None:
    write_scene(tmp_path / "a.stl", [], [REGION], BLUE, "stl")
    mesh = trimesh.load_mesh(tmp_path / "a.stl")
    assert abs(mesh.volume) == pytest.approx(9**3 / 6)
    assert mesh.is_watertight


def test_nothing_to_draw_and_nothing_to_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="neither a vesicle nor a region"):
        write_scene(tmp_path / "a.glb", [], [], BLUE, "glb")
    (tmp_path / "b.glb").write_bytes(b"glTF nonsense")
    with pytest.raises(CryoVesError):
        read_scene_balls(tmp_path / "b.glb")
