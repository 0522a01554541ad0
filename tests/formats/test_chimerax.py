from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.chimerax import MarkerThread, read_markers, write_markers, write_threads

VESICLES = [
    Vesicle(3, 20.0, 40.0, 60.0, 20.5, tags=('<docked> & "x"',), pool="near"),
    Vesicle(8, 1.0, 2.0, 3.0, 18.0),
]
INFO = VolumeInfo((100, 200, 400), np.dtype("f4"), 2.0, (100.0, -50.0, 0.0))


def test_markers_are_in_angstrom_over_the_tomogram(tmp_path: Path) -> None:
    write_markers(tmp_path / "v.cmm", VESICLES, INFO)
    root = ElementTree.parse(tmp_path / "v.cmm").getroot()
    assert (root.tag, root.attrib["name"]) == ("marker_set", "vesicles")
    first = root[0].attrib
    assert [float(first[k]) for k in ("x", "y", "z", "radius")] == [700.0, 350.0, 200.0, 205.0]
    assert first["id"] == "3"
    assert first["note"] == 'vesicle 3, radius 20.5 nm, near, <docked> & "x"'


def test_markers_come_back(tmp_path: Path) -> None:
    write_markers(tmp_path / "v.cmm", VESICLES, INFO)
    back = read_markers(tmp_path / "v.cmm", INFO)
    for vesicle in VESICLES:
        assert back[vesicle.id].distance_nm(vesicle.sphere) < 1e-3
        assert back[vesicle.id].radius_nm == pytest.approx(vesicle.radius_nm)


def test_markers_have_colours_and_no_letter_that_depends_on_the_computer(tmp_path: Path) -> None:
    named = [replace(VESICLES[0], pool="nah ü数"), VESICLES[1]]
    write_markers(tmp_path / "v.cmm", named, INFO, colours={3: "#009E73"})
    assert (tmp_path / "v.cmm").read_bytes().isascii()
    first, second = (m.attrib for m in ElementTree.parse(tmp_path / "v.cmm").getroot())
    assert "nah ü数" in first["note"]
    assert [first[k] for k in "rgb"] == ["0.00", "0.62", "0.45"]
    assert [second[k] for k in "rgb"] == ["0.34", "0.71", "0.91"]


@pytest.mark.parametrize("content", ["", "<a", "<marker_set><marker id='1'/></marker_set>"])
def test_other_files_are_one_sentence(tmp_path: Path, content: str) -> None:
    (tmp_path / "v.cmm").write_text(content)
    with pytest.raises(CryoVesError, match="ChimeraX marker file"):
        read_markers(tmp_path / "v.cmm", INFO)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_markers(tmp_path / "none.cmm", INFO)


def test_threads_are_two_linked_markers(tmp_path: Path) -> None:
    threads = [
        MarkerThread((20.0, 40.0, 60.0), (21.0, 41.0, 62.0), 1.2, (0.0, 0.5, 1.0), f"{n} < 2") for n in (1, 2)
    ]
    write_threads(tmp_path / "t.cmm", threads, INFO)
    root = ElementTree.parse(tmp_path / "t.cmm").getroot()
    assert [child.tag for child in root] == ["marker", "marker", "link"] * 2
    start, end, link = (child.attrib for child in root[3:])
    assert [float(start[k]) for k in ("x", "y", "z", "radius", "g")] == [700.0, 350.0, 200.0, 12.0, 0.5]
    assert [float(end[k]) for k in "xyz"] == [720.0, 360.0, 210.0]
    assert (link["id1"], link["id2"]) == (start["id"], end["id"]) == ("3", "4")
    assert start["note"] == "2 < 2"
    assert read_markers(tmp_path / "t.cmm", INFO)[3].radius_nm == pytest.approx(1.2)


def test_several_sets_as_chimerax_saves_them(tmp_path: Path) -> None:
    text = """<marker_sets>
    <marker_set name="marker set 1">
    <marker id="1" x="20" y="40" z="60" r="1" g="1" b="0" radius="3"/>
    <marker id="2" x="1.5" y="2" z="-3" r="1" g="1" b="0" radius="5" note="one" nr="1" ng="1" nb="1"/>
    <link id1="1" id2="2" r="1" g="1" b="0" radius="1"/>
    </marker_set>
    <marker_set name="other">
    <marker id="1" x="0" y="0" z="0" r="1" g="0" b="0" radius="4"/>
    </marker_set>
    </marker_sets>"""
    (tmp_path / "s.cmm").write_text(text)
    found = read_markers(tmp_path / "s.cmm", replace(INFO, origin_angstrom=(0.0, 0.0, 0.0)))
    assert list(found) == [1, 2, 3]
    assert found[1].centre_nm == pytest.approx((6, 4, 2))
    assert [sphere.radius_nm for sphere in found.values()] == pytest.approx([0.3, 0.5, 0.4])


def test_entities_are_refused(tmp_path: Path) -> None:
    (tmp_path / "e.cmm").write_text(
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><marker_set>&x;</marker_set>'
    )
    with pytest.raises(CryoVesError, match="declares entities of its own"):
        read_markers(tmp_path / "e.cmm", INFO)
