from __future__ import annotations

import gzip
import math
import struct
from contextlib import suppress
from pathlib import Path

import imodmodel
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.imod.model import (
    ImageReference,
    ImodContour,
    ImodModel,
    ImodObject,
    ObjectFlag,
    Unit,
)
from cryoves_app.formats.imod.reader import is_model, read_model
from cryoves_app.formats.imod.writer import write_model


def contour(count: int, seed: int = 0, **more) -> ImodContour:
    points = np.random.default_rng(seed).uniform(0, 900, (count, 3)).astype("f4")
    return ImodContour(points, **more)


def example() -> ImodModel:
    sizes = np.array([12.5, -1, 8.25], dtype="f4")
    points = contour(3, 1, radii_px=sizes, label="17", point_labels={0: "seventeen", 2: "x"}, surface=2)
    objects = (
        ImodObject("cell outline", (contour(5), contour(4, 2)), 0, (0.25, 0.5, 0.75)),
        ImodObject("active zone", (contour(2, 3),), ObjectFlag.OPEN, (1.0, 0.0, 0.0), 4),
        ImodObject(
            "vesicles", (points, contour(1, 4, label="abc")), ObjectFlag.SCATTERED, (1.0, 1.0, 0.0), 10
        ),
    )
    reference = ImageReference((14.69,) * 3, (-5.0, 6.0, 7.5))
    return ImodModel((928, 960, 300), objects, 1.469, Unit.NANOMETRE, reference=reference)


def same(a: ImodModel, b: ImodModel) -> None:
    assert (a.size_px, a.unit, a.flags) == (b.size_px, b.unit, b.flags)
    assert a.pixel_size == pytest.approx(b.pixel_size)
    for one, other in zip(a.objects, b.objects, strict=True):
        assert (one.name, one.flags, one.radius_px) == (other.name, other.flags, other.radius_px)
        assert one.colour == pytest.approx(other.colour)
        for c, d in zip(one.contours, other.contours, strict=True):
            np.testing.assert_array_equal(c.points, d.points)
            np.testing.assert_array_equal(c.radii_px, d.radii_px)
            assert (c.label, c.point_labels, c.surface) == (d.label, d.point_labels, d.surface)


def test_a_model_comes_back(tmp_path: Path) -> None:
    write_model(tmp_path / "m.mod", example())
    back = read_model(tmp_path / "m.mod")
    same(back, example())
    assert back.reference is not None
    assert back.reference.scale_angstrom == pytest.approx((14.69,) * 3)
    assert back.reference.origin_imod == (-5.0, 6.0, 7.5)


def test_an_independent_reader_sees_the_same(tmp_path: Path) -> None:
    write_model(tmp_path / "m.mod", example())
    seen = imodmodel.ImodModel.from_file(tmp_path / "m.mod")
    assert (seen.header.xmax, seen.header.ymax, seen.header.zmax) == (928, 960, 300)
    assert seen.header.pixelsize == pytest.approx(1.469)
    assert seen.header.units == -9
    assert seen.header.objsize == 3
    assert seen.minx.cscale == pytest.approx((14.69,) * 3)
    assert seen.minx.ctrans == seen.minx.otrans == (-5.0, 6.0, 7.5)
    for mine, theirs in zip(example().objects, seen.objects, strict=True):
        assert theirs.header.name.rstrip("\0") == mine.name
        assert (theirs.header.red, theirs.header.green, theirs.header.blue) == pytest.approx(mine.colour)
        assert theirs.header.pdrawsize == mine.radius_px
        assert int(theirs.header.flags) == mine.flags
        for c, d in zip(mine.contours, theirs.contours, strict=True):
            np.testing.assert_array_equal(c.points, d.points)
            np.testing.assert_array_equal(c.radii_px, d.point_sizes)


def test_offsets_of_the_header(tmp_path: Path) -> None:
    write_model(tmp_path / "m.mod", example())
    raw = (tmp_path / "m.mod").read_bytes()
    assert raw[:8] == b"IMODV1.2"
    assert struct.unpack(">4iI", raw[136:156]) == (928, 960, 300, 3, 0xFC00)
    assert struct.unpack(">4i", raw[156:172]) == (1, 0, 0, 255)
    assert struct.unpack(">6f", raw[172:196]) == (0, 0, 0, 1, 1, 1)
    assert struct.unpack(">2i", raw[208:216]) == (3, 128)
    assert raw[240:244] == b"OBJT"
    assert raw[-4:] == b"IEOF"
    assert raw.count(b"IMAT\0\0\0\x10\x66\xff\x7f\x04") == 3
    assert struct.unpack(">i18f", raw[raw.index(b"MINX") + 4 :][:76])[0] == 72


def test_real_models_are_read_as_the_independent_reader_does(shared_data: Path) -> None:
    files = sorted((shared_data / "imod_models").glob("*.mod"))
    assert len(files) >= 9
    for path in files:
        mine, theirs = read_model(path), imodmodel.ImodModel.from_file(path)
        assert len(mine.objects) == len(theirs.objects)
        for one, other in zip(mine.objects, theirs.objects, strict=True):
            assert one.name == other.header.name.rstrip("\0")
            for c, d in zip(one.contours, other.contours, strict=True):
                np.testing.assert_array_equal(c.points, d.points)
                np.testing.assert_array_equal(c.radii_px, d.point_sizes)
        if mine.reference is not None:
            assert mine.reference.scale_angstrom == pytest.approx(theirs.minx.cscale)
            assert mine.reference.origin_imod == pytest.approx(theirs.minx.ctrans)


def patched(tmp_path: Path, change) -> Path:
    path = tmp_path / "m.mod"
    write_model(path, example())
    path.write_bytes(change(path.read_bytes()))
    return path


def test_material_is_16_bytes_whatever_its_length_says(tmp_path: Path) -> None:
    path = patched(tmp_path, lambda raw: raw.replace(b"IMAT\0\0\0\x10", b"IMAT\0\0\0\x0c"))
    same(read_model(path), example())


def test_unknown_chunks_and_meshes_are_skipped(tmp_path: Path) -> None:
    mesh = b"MESH" + struct.pack(">iiihh", 2, 3, 0, 0, 0) + bytes(12 * 2 + 4 * 3)
    unknown = b"XYZW" + struct.pack(">i", 5) + b"IEOF!"
    path = patched(tmp_path, lambda raw: raw.replace(b"IMAT", mesh + unknown + b"IMAT"))
    same(read_model(path), example())


def test_missing_end_mark_is_forgiven(tmp_path: Path) -> None:
    same(read_model(patched(tmp_path, lambda raw: raw[:-4])), example())


@pytest.mark.parametrize("content", [b"", b"IMOD", b"text", b"IMODV1.2", b"IMODV1.2" + bytes(100)])
def test_other_files_are_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.mod"
    path.write_bytes(content)
    with pytest.raises(CryoVesError, match=r"m\.mod"):
        read_model(path)
    with pytest.raises(CryoVesError, match="does not exist"):
        read_model(tmp_path / "none.mod")


def test_a_model_is_known_by_its_content(tmp_path: Path) -> None:
    write_model(tmp_path / "m.mod", example())
    raw = (tmp_path / "m.mod").read_bytes()
    for name, content in (("m.fid", raw), ("model", raw), ("m.mod.gz", gzip.compress(raw)), ("m.MOD", raw)):
        (tmp_path / name).write_bytes(content)
        assert is_model(tmp_path / name)
        same(read_model(tmp_path / name), example())
    (tmp_path / "t.mrc").write_bytes(bytes(2000))
    assert not is_model(tmp_path / "t.mrc")
    assert not is_model(tmp_path / "none")
    assert not is_model(tmp_path)


@pytest.mark.parametrize(
    "start", [b"# imod ascii file version 2.0\n\nimod 1\n", b"imod 1\r\nmax 10 10 10\r\n"]
)
def test_a_model_saved_as_text_says_the_way_out(tmp_path: Path, start: bytes) -> None:
    (tmp_path / "m.txt").write_bytes(start + b"object 0 1 0\nname cell\n")
    assert is_model(tmp_path / "m.txt")
    with pytest.raises(CryoVesError, match=r"saved as text; open it in 3dmod and save it again"):
        read_model(tmp_path / "m.txt")


@pytest.mark.parametrize("cut", [3, 20, 100, -1])
def test_a_damaged_packed_model_is_one_sentence(tmp_path: Path, cut: int) -> None:
    write_model(tmp_path / "m.mod", example())
    (tmp_path / "m.mod.gz").write_bytes(gzip.compress((tmp_path / "m.mod").read_bytes())[:cut])
    with suppress(CryoVesError):  # without its last bytes, the content may still be whole
        same(read_model(tmp_path / "m.mod.gz"), example())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e30, -1e30])
def test_points_without_a_place_are_left_out(tmp_path: Path, value: float) -> None:
    points = contour(3, 1).points.copy()
    points[1, 2] = value
    sizes = np.array([5, 6, value], dtype="f4")
    drawn = ImodContour(points, sizes, "", {0: "a", 1: "b", 2: "c"})
    write_model(tmp_path / "m.mod", ImodModel((9, 9, 9), (ImodObject("v", (drawn,), ObjectFlag.SCATTERED),)))
    back = read_model(tmp_path / "m.mod")
    assert back.lost_points == 1
    (found,) = back.objects[0].contours
    np.testing.assert_array_equal(found.points, points[[0, 2]])
    assert found.radii_px is not None
    np.testing.assert_array_equal(found.radii_px, [5, -1])  # a size that is none is the usual one
    assert found.point_labels == {0: "a", 1: "c"}


def test_contours_that_are_open_by_themselves(tmp_path: Path) -> None:
    closed, opened = (b"CONT" + struct.pack(">iI", 5, flags) for flags in (0, 8))
    path = patched(tmp_path, lambda raw: raw.replace(closed, opened))
    assert [c.is_open for c in read_model(path).objects[0].contours] == [True, False]


def test_lengths_that_lie_are_refused_without_reserving_memory(tmp_path: Path) -> None:
    for lie in (2**31 - 1, -1, -(2**31)):
        path = patched(
            tmp_path,
            lambda raw, lie=lie: raw.replace(
                b"CONT" + struct.pack(">i", 5), b"CONT" + struct.pack(">i", lie)
            ),
        )
        with pytest.raises(CryoVesError, match="damaged"):
            read_model(path)


@settings(max_examples=150)
@given(at=st.integers(8, 3000), value=st.binary(min_size=1, max_size=6), cut=st.integers(0, 4000))
def test_damage_never_gives_anything_but_a_sentence(
    tmp_path_factory, at: int, value: bytes, cut: int
) -> None:
    path = tmp_path_factory.getbasetemp() / "damaged.mod"
    write_model(path, example())
    raw = path.read_bytes()
    at = at % len(raw)
    path.write_bytes((raw[:at] + value + raw[at + len(value) :])[: max(cut, at)])
    with suppress(CryoVesError):
        read_model(path)
