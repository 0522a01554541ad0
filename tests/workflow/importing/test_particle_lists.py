"""Lists of particles of Dynamo, programs of motive lists and ChimeraX, brought in as vesicles."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.chimerax import write_markers
from cryoves_app.formats.dynamo import write_dynamo
from cryoves_app.workflow.importing.importing import import_vesicle_file
from cryoves_app.workflow.importing.vesicle_sources import load_vesicles

INFO = VolumeInfo((60, 80, 100), np.dtype("i2"), 2.0, path="/data/TS_003.mrc", header_voxel_size_nm=2.0)
VESICLES = [Vesicle(3, 20.0, 40.0, 60.0, 20.5), Vesicle(8, 100.25, 100.125, 90.0, 18.0)]


def many_tomograms(path: Path) -> None:
    """A table of three tomograms, one vesicle in each."""
    parts = []
    for number in (1, 3, 4):
        write_dynamo(path, [replace(VESICLES[0], id=10 + number)], 2.0, tomogram=number)
        parts.append(path.read_text())
    path.write_text("".join(parts))


def motive_list(path: Path, rows: list[tuple[int, int]]) -> None:
    """As cryoCAT writes it: subtomogram and tomogram numbers in rows 4 and 5."""
    values = np.zeros((len(rows), 20), "<f4")
    values[:, 3:5], values[:, 7:10] = rows, (31, 21, 11)
    header = bytes((6, 0, 0, 5)) + struct.pack("<3i", 20, len(rows), 1)
    path.write_bytes(header.ljust(512, b"\0") + values.tobytes())


def test_a_dynamo_table(tmp_path: Path) -> None:
    write_dynamo(tmp_path / "v.tbl", VESICLES, 2.0)
    found = import_vesicle_file(tmp_path / "v.tbl", INFO, 17.0)
    assert [(v.id, v.radius_nm) for v in found.vesicles] == [(3, 17.0), (8, 17.0)]
    for vesicle, origin in zip(found.vesicles, VESICLES, strict=True):
        assert vesicle.sphere.centre_nm == pytest.approx(origin.sphere.centre_nm, abs=0.02)
    assert found.notes == ()


def test_markers_bring_their_radii(tmp_path: Path) -> None:
    write_markers(tmp_path / "v.cmm", VESICLES, INFO)
    found = import_vesicle_file(tmp_path / "v.cmm", INFO)
    assert [(v.id, v.radius_nm) for v in found.vesicles] == [(3, 20.5), (8, 18.0)]


def test_of_several_tomograms_that_of_the_number(tmp_path: Path) -> None:
    many_tomograms(tmp_path / "v.tbl")
    found = import_vesicle_file(tmp_path / "v.tbl", INFO, 17.0)
    assert [v.id for v in found.vesicles] == [13]
    assert found.notes == (
        "Particles of tomogram 3 are taken as those of TS_003.",
        "Left out: 2 particles of 2 other tomograms.",
    )


@pytest.mark.parametrize("name", ["v.doc", "indices_column20.doc"])
def test_names_beside_a_table_go_before_numbers(tmp_path: Path, name: str) -> None:
    many_tomograms(tmp_path / "v.tbl")
    (tmp_path / name).write_text("1\tTS_001.rec\n3\tTS_004.rec\n4\tTS_003.rec\n")
    found = import_vesicle_file(tmp_path / "v.tbl", INFO, 17.0)
    assert [v.id for v in found.vesicles] == [14]
    (tmp_path / name).write_text("1\tx.rec\n3\ty.rec\n4\tz.rec\n")
    with pytest.raises(CryoVesError, match=r"“x.rec”, “y.rec”, “z.rec”, and none of the tomogram TS_003"):
        import_vesicle_file(tmp_path / "v.tbl", INFO, 17.0)


def test_a_tomogram_that_cannot_be_told(tmp_path: Path) -> None:
    many_tomograms(tmp_path / "v.tbl")
    with pytest.raises(CryoVesError, match=r"3 tomograms, told by numbers \(1, 3, 4\)"):
        import_vesicle_file(tmp_path / "v.tbl", replace(INFO, path="/data/cell.mrc"), 17.0)


def test_a_motive_list(tmp_path: Path) -> None:
    motive_list(tmp_path / "m.em", [(5, 3), (6, 3), (7, 17)])
    found = import_vesicle_file(tmp_path / "m.em", INFO, 17.0)
    assert [(v.id, *v.sphere.centre_nm) for v in found.vesicles] == [(5, 20, 40, 60), (6, 20, 40, 60)]


@pytest.mark.parametrize("ids", [(0, 1), (4, 4)])
def test_numbers_that_are_no_ids_are_those_of_the_lines(tmp_path: Path, ids: tuple[int, int]) -> None:
    motive_list(tmp_path / "m.em", [(number, 1) for number in ids])
    assert [v.id for v in import_vesicle_file(tmp_path / "m.em", INFO, 17.0).vesicles] == [1, 2]


@pytest.mark.parametrize("radius", ["nan", "-1", "0", "inf"])
def test_a_marker_without_a_size_is_refused(tmp_path: Path, radius: str) -> None:
    (tmp_path / "m.cmm").write_text(
        f'<marker_set><marker id="4" x="1" y="2" z="3" radius="{radius}"/></marker_set>'
    )
    with pytest.raises(CryoVesError, match="marker 4 has no usable place or radius"):
        import_vesicle_file(tmp_path / "m.cmm", INFO)


def test_places_without_radii_are_told(tmp_path: Path) -> None:
    write_dynamo(tmp_path / "v.tbl", VESICLES, 2.0)
    with pytest.raises(CryoVesError, match="no radii"):
        import_vesicle_file(tmp_path / "v.tbl", INFO)


@pytest.mark.parametrize("name", ["a.tbl", "a.em", "a.cmm"])
def test_files_that_are_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("Dear reader,\n")
    with pytest.raises(CryoVesError, match=name):
        import_vesicle_file(tmp_path / name, INFO, 17.0)
    with pytest.raises(CryoVesError, match="only together with its tomogram"):
        load_vesicles(tmp_path / name, 2.0)
