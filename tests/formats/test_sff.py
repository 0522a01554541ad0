"""EMDB-SFF through the library of those who define it, and XML that must not be followed."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from sfftkrw.schema.adapter_v0_8_0_dev1 import SFFSegmentation

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.sff import SffFacts, read_sff, write_sff
from cryoves_app.storage import reading_process
from tests.counting import executed
from tests.formats.test_scene import REGION, VESICLES
from tests.formats.vesicle_strategies import vesicle_lists

INFO = VolumeInfo((100, 200, 300), np.dtype("f4"), 1.469, origin_angstrom=(10.0, -20.0, 30.0))
FACTS = SffFacts("b12", "CryoVes", "1.2", "Methods <&> “words”")


def test_the_librarys_own_reader_finds_spheres_regions_software_and_references(tmp_path: Path) -> None:
    write_sff(tmp_path / "a.sff", VESICLES, [REGION], INFO, FACTS)
    whole = SFFSegmentation.from_file(str(tmp_path / "a.sff"))
    assert (whole.name, whole.software_list[0].name, whole.software_list[0].version) == (
        "b12",
        "CryoVes",
        "1.2",
    )
    assert whole.details == FACTS.details
    assert sorted(whole.segment_list.get_ids()) == [3, 8, 9]
    ball = whole.segment_list.get_by_id(8)
    shape = ball.shape_primitive_list[0]
    assert (shape.x, shape.y, shape.z) == (180.0, 180.0, 180.0)
    matrix = whole.transform_list.get_by_id(shape.transform_id).data_array
    assert matrix[:, 3] == pytest.approx([4010.0, 1981.25, 1032.5])
    assert ball.biological_annotation.external_references[0].accession == "GO:0008021"
    mesh = whole.segment_list.get_by_id(9).mesh_list[0]
    corners = 10 * REGION.corners[:, ::-1] + np.array(INFO.origin_angstrom)
    assert mesh.vertices.data_array == pytest.approx(corners)


@pytest.mark.parametrize("origin", [(10.0, -20.0, 30.0), (0.0, 0.0, 0.0), (10.0, 20.0, 30.0)])
@pytest.mark.parametrize("vesicles", [[], VESICLES])
def test_the_schema_has_nothing_to_say_against_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    origin: tuple[float, float, float],
    vesicles: list[Vesicle],
) -> None:
    """The library checks by its schema when it writes, and prints what is against it: a box from below 0."""
    write_sff(tmp_path / "a.sff", vesicles, [REGION], replace(INFO, origin_angstrom=origin), FACTS)
    assert capsys.readouterr() == ("", "")
    box = SFFSegmentation.from_file(str(tmp_path / "a.sff")).bounding_box
    if min(origin) >= 0:
        assert (box.xmin, box.xmax) == pytest.approx((origin[0], origin[0] + 300 * 14.69))


@given(vesicle_lists())
@settings(max_examples=20)
def test_spheres_come_back(tmp_path_factory: pytest.TempPathFactory, vesicles: list[Vesicle]) -> None:
    path = tmp_path_factory.mktemp("sff") / "a.sff"
    write_sff(path, vesicles, [], INFO, FACTS)
    found = read_sff(path, INFO)
    assert set(found) == {v.id for v in vesicles}
    for vesicle in vesicles:
        assert found[vesicle.id].distance_nm(vesicle.sphere) < 1e-3
        assert found[vesicle.id].radius_nm == pytest.approx(vesicle.radius_nm)


@pytest.mark.parametrize("ending", ["hff", "json"])
def test_the_formats_other_files_are_read(tmp_path: Path, ending: str) -> None:
    write_sff(tmp_path / "a.sff", VESICLES, [], INFO, FACTS)
    SFFSegmentation.from_file(str(tmp_path / "a.sff")).export(str(tmp_path / f"a.{ending}"))
    found = read_sff(tmp_path / f"a.{ending}", INFO)
    assert found[3].centre_nm == pytest.approx(VESICLES[0].sphere.centre_nm)
    assert found[8].radius_nm == pytest.approx(18.0)


def test_hdf5_that_keeps_its_reader_busy_for_ever(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Found by damaging a file; it computes in C, where nothing of Python's reaches it."""
    monkeypatch.setattr(reading_process, "LIMIT_SECONDS", 6.0)
    (tmp_path / "a.hff").write_bytes(Path(__file__).with_name("endless.hff").read_bytes())
    with pytest.raises(CryoVesError, match=r"“a\.hff” is damaged: reading the segmentation comes to no end"):
        read_sff(tmp_path / "a.hff", INFO)


def test_hdf5_whose_reader_dies_is_a_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "a.hff").write_bytes(b"\x89HDF\r\n\x1a\n" + bytes(100))
    dying = [sys.executable, "-c", "import os; os.kill(os.getpid(), 11)"]
    monkeypatch.setattr(reading_process, "own_command", lambda: dying)
    with pytest.raises(CryoVesError, match="comes to no good end"):
        read_sff(tmp_path / "a.hff", INFO)


BOMB = """<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<segmentation><version>0.8.0.dev1</version><name>&b;</name></segmentation>"""
FILE = """<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<segmentation><name>&a;</name></segmentation>"""


@pytest.mark.parametrize("text", [BOMB, FILE])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused(tmp_path: Path, text: str, encoding: str) -> None:
    (tmp_path / "a.sff").write_bytes(text.encode(encoding))
    with pytest.raises(CryoVesError, match="declares entities of its own"):
        read_sff(tmp_path / "a.sff", INFO)


@pytest.mark.parametrize("name", ["a.sff", "a.json", "a.hff", "a.txt"])
@pytest.mark.parametrize("content", ["", "nonsense", "{}", "<segmentation/>"])
def test_what_is_none_is_a_sentence(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CryoVesError):
        read_sff(tmp_path / name, INFO)
    with pytest.raises(CryoVesError):
        read_sff(tmp_path / "gone.sff", INFO)


def test_a_transform_that_is_missing_or_no_place_is_a_sentence(tmp_path: Path) -> None:
    write_sff(tmp_path / "a.sff", VESICLES, [], INFO, FACTS)
    text = (tmp_path / "a.sff").read_text()
    (tmp_path / "b.sff").write_text(text.replace("<transform_id>1<", "<transform_id>7<"))
    with pytest.raises(CryoVesError):
        read_sff(tmp_path / "b.sff", INFO)
    SFFSegmentation.from_file(str(tmp_path / "a.sff")).export(str(tmp_path / "a.json"))
    found = json.loads((tmp_path / "a.json").read_text())
    found["segment_list"][0]["shape_primitive_list"][0]["x"] = -5
    (tmp_path / "a.json").write_text(json.dumps(found))
    with pytest.raises(CryoVesError, match="without a usable place or size"):
        read_sff(tmp_path / "a.json", INFO)


def test_a_vesicle_costs_the_same_however_many_others_there_are(tmp_path: Path) -> None:
    def cost(count: int) -> int:
        vesicles = [Vesicle(i + 1, 40.0, 40.0, 40.0, 20.0) for i in range(count)]
        facts = SffFacts("a", "CryoVes", "1", "made")
        return executed(lambda: write_sff(tmp_path / "many.sff", vesicles, [], INFO, facts))

    cost(1)  # the library is loaded
    none, few, many = cost(0), cost(10), cost(40)
    assert many - none < 4.4 * (few - none)
