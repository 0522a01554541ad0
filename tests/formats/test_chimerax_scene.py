"""A script for ChimeraX: what it opens lies beside it, in ångström, and a name that it could not say is left out."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import trimesh

from cryoves_app.formats.chimerax import read_markers
from cryoves_app.formats.chimerax_scene import ChimeraXScene, write_chimerax_scene
from tests.formats.test_chimerax import INFO, VESICLES
from tests.formats.test_scene import REGION

COMMAND = re.compile(r'open (?:"(?P<quoted>[^"\\]*)"|(?P<plain>\S+))(?: name (?P<name>\w+))?')


def opened(folder: Path) -> list[tuple[str, str | None]]:
    """Files and names, in the order of the script."""
    lines = (folder / "open.cxc").read_text(encoding="utf-8").splitlines()
    found = [COMMAND.fullmatch(line) for line in lines if line.startswith("open ")]
    return [(m["quoted"] or m["plain"], m["name"]) for m in found if m is not None]


def test_the_script_opens_what_lies_beside_it_and_the_tomogram_last(tmp_path: Path) -> None:
    tomogram = tmp_path / "a folder" / "Prä 1.mrc"
    region = replace(REGION, name="active  zöne (1)", colour=(242, 77, 168, 140))
    write_chimerax_scene(tmp_path, ChimeraXScene(VESICLES, [region], replace(INFO, path=str(tomogram)), {}))
    markers, surface, last = opened(tmp_path)
    assert markers == ("vesicles.cmm", None)
    assert surface == ("region_1_active_z_ne__1_.stl", "region_1_active_z_ne__1_")
    assert last == (tomogram.as_posix(), "cryoves_tomogram")
    lines = (tmp_path / "open.cxc").read_text(encoding="utf-8").splitlines()
    assert "color ##name=region_1_active_z_ne__1_ #f24da88c" in lines
    assert "volume ##name=cryoves_tomogram voxelSize 20 origin 100,-50,0" in lines
    assert read_markers(tmp_path / "vesicles.cmm", INFO)[8].radius_nm == pytest.approx(18.0)
    mesh = trimesh.load_mesh(tmp_path / surface[0])
    assert mesh.bounds.ravel() == pytest.approx([100, -50, 0, 190, 40, 90])
    assert mesh.volume == pytest.approx(90**3 / 6)  # outwards


@pytest.mark.parametrize("name", ['say "hi".mrc', "a\nclose session.mrc", "back\\slash.mrc", ""])
def test_a_name_that_the_script_cannot_say_is_left_out(tmp_path: Path, name: str) -> None:
    path = str(tmp_path / name) if name else None
    write_chimerax_scene(tmp_path, ChimeraXScene(VESICLES, [], replace(INFO, path=path), {}))
    text = (tmp_path / "open.cxc").read_text(encoding="utf-8")
    assert "The tomogram has to be opened by hand" in text
    assert not [line for line in text.splitlines() if line.startswith("close")]
    assert opened(tmp_path) == [("vesicles.cmm", None)]
