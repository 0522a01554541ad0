"""What a model file promises IMOD, read byte by byte, and what it forgives on reading."""

from __future__ import annotations

import struct
from pathlib import Path

import imodmodel
import numpy as np
import pytest

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.imod.convert import model_of, vesicles_from_object
from cryoves_app.formats.imod.frame import ModelFrame
from cryoves_app.formats.imod.model import ImodContour, ImodModel, ImodObject, ObjectFlag
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.formats.imod.writer import write_model

INFO = VolumeInfo((30, 40, 50), np.dtype("f4"), 2.0, (100.0, 0.0, -7.0), header_voxel_size_nm=2.0)
VESICLES = [Vesicle(7, 20.0, 30.0, 40.0, 18.0), Vesicle(1204, 24.0, 50.0, 60.0, 21.0)]


@pytest.fixture
def raw(tmp_path: Path) -> bytes:
    write_model(tmp_path / "m.mod", model_of(INFO, VESICLES))
    return (tmp_path / "m.mod").read_bytes()


def test_offsets_of_an_object(raw: bytes) -> None:
    start = raw.index(b"OBJT") + 4
    body = raw[start : start + 176]
    assert body[:64].rstrip(b"\0") == b"vesicles"
    assert body[64:128] == bytes(64)
    assert struct.unpack(">iIii", body[128:144]) == (2, ObjectFlag.SCATTERED, 0, 1)
    assert struct.unpack(">3fi", body[144:160]) == (*np.float32((1.0, 0.85, 0.1)).tolist(), 10)
    assert struct.unpack(">8B", body[160:168]) == (0, 3, 1, 1, 0, 0, 0, 0)
    assert struct.unpack(">2i", body[168:176]) == (0, 0)
    assert raw[start + 176 : start + 180] == b"CONT"


def test_each_vesicle_is_a_contour_of_one_point_with_its_size_and_its_id(raw: bytes) -> None:
    at = raw.index(b"CONT")
    for vesicle in VESICLES:
        assert struct.unpack(">iIii", raw[at + 4 : at + 20]) == (1, 0, 0, 0)
        at += 20 + 12
        assert raw[at : at + 4] == b"LABL"
        size, entries, length = struct.unpack(">3i", raw[at + 4 : at + 16])
        assert (entries, length % 4, size) == (0, 0, 8 + length)
        assert raw[at + 16 : at + 16 + length].split(b"\0")[0] == str(vesicle.id).encode()
        at += 8 + size
        assert raw[at : at + 4] == b"SIZE"
        assert struct.unpack(">if", raw[at + 4 : at + 12]) == (4, vesicle.radius_nm / 2.0)
        at += 12
    assert raw[at : at + 8] == b"IMAT" + struct.pack(">i", 16)


def test_what_follows_the_objects(raw: bytes) -> None:
    end = raw.index(b"VIEW")
    assert raw[end : end + 12] == b"VIEW" + struct.pack(">2i", 4, 0)
    minx = struct.unpack(">i18f", raw[end + 16 : end + 16 + 76])
    origin = (-100.0, 0.0, 7.0)
    assert minx == (72, 1, 1, 1, *origin, 0, 0, 0, 20, 20, 20, *origin, 0, 0, 0)
    assert raw[end + 92 :] == b"IEOF"


def test_nonsense_in_the_scale_and_turn_of_the_old_image_is_not_believed(tmp_path: Path, raw: bytes) -> None:
    at = raw.index(b"MINX") + 8
    nonsense = struct.pack(">3f", -5.9, 3e-41, 0.0), struct.pack(">3f", 0.0, float("nan"), -9e34)
    odd = raw[:at] + nonsense[0] + raw[at + 12 : at + 24] + nonsense[1] + raw[at + 36 :]
    (tmp_path / "odd.mod").write_bytes(odd)
    model = read_model(tmp_path / "odd.mod")
    found = vesicles_from_object(model.objects[0], ModelFrame.of(model, INFO), 2.0).vesicles
    for mine, theirs in zip(VESICLES, found, strict=True):
        assert theirs.id == mine.id
        assert theirs.sphere.distance_nm(mine.sphere) < 1e-3


def test_a_point_of_the_usual_size_has_the_objects_radius() -> None:
    points = np.array([[10.5, 20.5, 5.0], [30.5, 20.5, 5.0]], dtype="f4")
    contour = ImodContour(points, np.array([-1.0, 7.0], dtype="f4"))
    item = ImodObject("v", (contour,), ObjectFlag.SCATTERED, radius_px=9)
    assert [v.radius_nm for v in vesicles_from_object(item, ModelFrame(), 2.0).vesicles] == [18.0, 14.0]


def test_names_and_colours_as_the_independent_reader_sees_them(tmp_path: Path) -> None:
    item = ImodObject("synapse Ä", (), ObjectFlag.OPEN, (0.2, 0.4, 0.6))
    write_model(tmp_path / "m.mod", ImodModel((5, 4, 3), (item,)))
    assert read_model(tmp_path / "m.mod").objects[0].name == "synapse Ä"
    (seen,) = imodmodel.ImodModel.from_file(tmp_path / "m.mod").objects
    assert seen.header.name.rstrip("\0") == "synapse Ä"
    assert (seen.header.red, seen.header.green, seen.header.blue) == pytest.approx((0.2, 0.4, 0.6))
    assert (seen.imat.fillred, seen.imat.fillgreen, seen.imat.fillblue) == (51, 102, 153)
    assert (seen.header.flags.open, seen.header.flags.scattered) == (True, False)


def test_long_names_are_cut_between_letters_and_old_ones_are_read(tmp_path: Path) -> None:
    write_model(tmp_path / "m.mod", ImodModel((5, 4, 3), (ImodObject("a" + 40 * "ä"),)))
    assert read_model(tmp_path / "m.mod").objects[0].name == "a" + 31 * "ä"
    raw = (tmp_path / "m.mod").read_bytes()
    (tmp_path / "old.mod").write_bytes(raw.replace(("a" + 31 * "ä").encode(), b"gr\xfcn".ljust(63, b"\0")))
    assert read_model(tmp_path / "old.mod").objects[0].name == "grün"
