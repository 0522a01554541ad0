from __future__ import annotations

import bz2
import gc
import gzip
import lzma
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats import mrc
from tests.formats.mrc_bytes import IMOD_STAMP, mrc_bytes, ramp, write_mrc_bytes
from tests.small_disk import small_disk


@pytest.mark.parametrize(("mode", "dtype"), [(1, "i2"), (2, "f4"), (6, "u2"), (12, "f2")])
@pytest.mark.parametrize("order", ["<", ">"])
def test_voxels_are_read_in_the_files_own_type(tmp_path: Path, mode: int, dtype: str, order: str) -> None:
    path = write_mrc_bytes(tmp_path / "a.mrc", ramp(dtype=dtype), order, mode=mode)
    volume = mrc.open_mrc(path)
    assert volume.data.dtype == np.dtype(dtype).newbyteorder(order)
    np.testing.assert_array_equal(volume.data, ramp(dtype=dtype))
    assert volume.shape == (3, 4, 5)
    assert volume.voxel_size_nm == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("fields", "signed"),
    [
        ({"imod_stamp": IMOD_STAMP, "imod_flags": 1, "nversion": 0}, True),
        ({"imod_stamp": IMOD_STAMP, "imod_flags": 0, "nversion": 20140}, False),
        ({"imod_stamp": IMOD_STAMP, "imod_flags": 4, "nversion": 0, "dmin": -5, "dmax": 5}, False),
        ({"nversion": 20140, "dmin": 0, "dmax": 255}, True),
        ({"nversion": 20200, "dmin": 0, "dmax": 255}, True),
        ({"nversion": 538976288, "dmin": 0, "dmax": 255}, False),
        ({"nversion": 0, "dmin": -1, "dmax": 127}, True),
        ({"nversion": 0, "dmin": 0, "dmax": 128}, False),
        ({"nversion": 0, "dmin": 0, "dmax": 100}, False),
        ({"nversion": 0, "dmin": -20, "dmax": 140}, True),
        ({"nversion": 0, "dmin": -12, "dmax": 140}, False),
        ({"nversion": 0}, False),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_sign_of_byte_files(tmp_path: Path, fields: dict[str, float], signed: bool, order: str) -> None:
    stored = np.full((2, 2, 2), 200, dtype="u1")
    volume = mrc.open_mrc(write_mrc_bytes(tmp_path / "a.mrc", stored, order, mode=0, **fields))
    assert volume.data[0, 0, 0] == (-56 if signed else 200)


@pytest.mark.parametrize("mode", [3, 4, 16, 101])
def test_files_without_grey_voxels_are_refused(tmp_path: Path, mode: int) -> None:
    path = write_mrc_bytes(tmp_path / "odd.mrc", ramp(), mode=mode)
    with pytest.raises(CryoVesError, match=rf"odd\.mrc holds .*mode {mode}"):
        mrc.open_mrc(path)


def test_truncated_file_is_refused_with_both_lengths(tmp_path: Path) -> None:
    path = tmp_path / "cut.mrc"
    path.write_bytes(mrc_bytes(ramp())[:-7])
    with pytest.raises(CryoVesError, match=r"cut\.mrc is cut short: 1264 bytes expected, 1257 found\."):
        mrc.open_mrc(path)


@pytest.mark.parametrize("content", [b"", b"ten nm voxels\n", b"spam and eggs\n" * 200, bytes(4096)])
def test_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "text.mrc"
    path.write_bytes(content)
    with pytest.raises(CryoVesError, match=r"text\.mrc is neither an MRC nor a TIFF file"):
        mrc.open_mrc(path)


@pytest.mark.parametrize("nsymbt", [2**31 - 1, -5])
def test_nonsense_length_of_the_extended_header(tmp_path: Path, nsymbt: int) -> None:
    volume = mrc.open_mrc(write_mrc_bytes(tmp_path / "a.mrc", ramp(), nsymbt=nsymbt))
    np.testing.assert_array_equal(volume.data, ramp())
    assert [w for w in volume.info.warnings if "found by the file's length" in w] == [
        f"The header announces {nsymbt} further bytes before the voxels, of which none are there; the voxels were "
        "found by the file's length."
    ][: nsymbt > 0]


def test_extended_header_is_skipped(tmp_path: Path) -> None:
    path = write_mrc_bytes(tmp_path / "a.mrc", ramp(), extended=b"x" * 1000)
    np.testing.assert_array_equal(mrc.open_mrc(path).data, ramp())


def test_single_image_and_stack_of_volumes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="single image"):
        mrc.open_mrc(write_mrc_bytes(tmp_path / "image.mrc", ramp((1, 8, 9))))
    with pytest.raises(CryoVesError, match="several volumes"):
        mrc.open_mrc(write_mrc_bytes(tmp_path / "four.mrc", ramp((4, 8, 9)), ispg=401, mz=2))
    with pytest.raises(CryoVesError, match=r"several volumes \(2\)"):
        mrc.open_mrc(write_mrc_bytes(tmp_path / "four.mrc", ramp((4, 8, 9)), ispg=408, mz=2))


@pytest.mark.parametrize(
    ("ispg", "mz"), [(401, 4), (401, 0), (401, -1), (401, 3), (630, 4), (401, 9), (1, 2)]
)
def test_stack_of_one_volume_is_that_volume(tmp_path: Path, ispg: int, mz: int) -> None:
    volume = mrc.open_mrc(write_mrc_bytes(tmp_path / "a.mrc", ramp((4, 8, 9)), ispg=ispg, mz=mz))
    np.testing.assert_array_equal(volume.data, ramp((4, 8, 9)))


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="does not exist"):
        mrc.open_mrc(tmp_path / "none.mrc")
    with pytest.raises(CryoVesError, match="is a folder"):
        mrc.open_mrc(tmp_path)


@pytest.mark.parametrize("axes", [(1, 2, 3), (2, 1, 3), (3, 1, 2), (1, 3, 2), (2, 3, 1), (3, 2, 1)])
def test_permuted_axes_are_transposed(tmp_path: Path, axes: tuple[int, int, int]) -> None:
    wanted = ramp((3, 4, 5))
    columns, rows, sections = axes
    array_axis = {1: 2, 2: 1, 3: 0}
    stored = wanted.transpose([array_axis[a] for a in (sections, rows, columns)])
    starts = {1: 10, 2: 20, 3: 30}
    path = write_mrc_bytes(
        tmp_path / "a.mrc", stored, mapc=columns, mapr=rows, maps=sections,
        mx=5, my=4, mz=3, cella_x=100, cella_y=80, cella_z=60,
        nxstart=starts[columns], nystart=starts[rows], nzstart=starts[sections],
    )  # fmt: skip
    volume = mrc.open_mrc(path)
    np.testing.assert_array_equal(volume.data, wanted)
    assert volume.shape == wanted.shape
    assert volume.info.nstart == (10, 20, 30)
    said = any("axes are stored in the order" in w for w in volume.info.warnings)
    assert said == (axes != (1, 2, 3))


def test_axis_order_of_zeros_or_nonsense_is_read_as_usual(tmp_path: Path) -> None:
    zeros = mrc.open_mrc(write_mrc_bytes(tmp_path / "a.mrc", ramp(), mapc=0, mapr=0, maps=0))
    assert zeros.info.warnings == ()
    nonsense = mrc.open_mrc(write_mrc_bytes(tmp_path / "b.mrc", ramp(), mapc=1, mapr=1, maps=7))
    assert "makes no sense" in nonsense.info.warnings[0]
    np.testing.assert_array_equal(nonsense.data, ramp())


@pytest.mark.parametrize(
    ("fields", "expected_nm"),
    [
        ({}, 2.0),
        ({"cella_x": 0, "cella_y": 0, "cella_z": 0}, None),
        ({"mx": 0, "my": 0, "mz": 0}, None),
        ({"cella_x": float("nan")}, None),
        ({"cella_z": 60.5}, 2.0),
        ({"ispg": 0, "mz": 1, "cella_z": 20}, 2.0),
        ({"ispg": 0, "mz": 1, "cella_z": 60}, 2.0),
    ],
)
def test_voxel_size(tmp_path: Path, fields: dict[str, float], expected_nm: float | None) -> None:
    info = mrc.open_mrc(write_mrc_bytes(tmp_path / "a.mrc", ramp(), **fields)).info
    assert info.voxel_size_nm == (None if expected_nm is None else pytest.approx(expected_nm))


def test_voxels_that_are_no_cubes_have_no_one_size(tmp_path: Path) -> None:
    info = mrc.open_mrc(write_mrc_bytes(tmp_path / "a.mrc", ramp(), cella_z=75)).info
    assert (info.voxel_size_nm, info.header_voxel_size_nm) == (None, None)
    assert info.header_sizes_nm == pytest.approx((2.0, 2.0, 2.5))


@pytest.mark.parametrize(
    ("fields", "sign"),
    [
        ({"nversion": 0}, -1),
        ({"nversion": 538976288}, -1),
        ({"nversion": 20140}, 1),
        ({"nversion": 0, "imod_stamp": IMOD_STAMP, "imod_flags": 0}, -1),
        ({"nversion": 0, "imod_stamp": IMOD_STAMP, "imod_flags": 4}, 1),
        ({"nversion": 0, "imod_stamp": 12, "imod_flags": 4}, -1),
    ],
)
@pytest.mark.parametrize("order", ["<", ">"])
def test_origin_is_read_in_the_sign_of_mrc2014(
    tmp_path: Path, fields: dict[str, float], sign: int, order: str
) -> None:
    path = write_mrc_bytes(
        tmp_path / "a.mrc", ramp(), order, origin_x=1.5, origin_y=-2.5, origin_z=0, **fields
    )
    assert mrc.open_mrc(path).info.origin_angstrom == (sign * 1.5, sign * -2.5, 0)


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_files_are_unpacked_once_and_cleaned_up(tmp_path, monkeypatch, pack) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "a.mrc.packed"
    path.write_bytes(pack(mrc_bytes(ramp())))
    volume = mrc.open_mrc(path)
    view = volume.data[1:]
    assert volume.info.path == str(path)
    del volume
    gc.collect()
    np.testing.assert_array_equal(view, ramp()[1:])
    del view
    gc.collect()
    assert list(tmp_path.iterdir()) == [path]


def test_unpacked_file_that_is_of_no_use(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    path = tmp_path / "a.mrc.gz"
    path.write_bytes(gzip.compress(b"no volume"))
    with pytest.raises(CryoVesError, match="neither an MRC"):
        mrc.open_mrc(path)
    assert list(tmp_path.iterdir()) == [path]


def test_what_mrcfile_finds_odd_is_passed_on(tmp_path: Path) -> None:
    raw = bytearray(mrc_bytes(ramp()))
    raw[208:216] = b"\xff" * 8
    path = tmp_path / "old.mrc"
    path.write_bytes(raw)
    volume = mrc.open_mrc(path)
    assert any("Map ID" in w for w in volume.info.warnings)
    np.testing.assert_array_equal(volume.data, ramp())


def test_reading_touches_only_the_header(tmp_path: Path) -> None:
    path = tmp_path / "huge.mrc"
    header = mrc_bytes(np.zeros((1, 1, 1), "f4"), nx=2000, ny=2000, nz=500, mx=2000, my=2000, mz=500,
                       cella_x=40000, cella_y=40000, cella_z=10000)[:1024]  # fmt: skip
    with path.open("wb") as stream:
        stream.write(header)
        stream.truncate(1024 + 4 * 2000 * 2000 * 500)
    assert mrc.open_mrc(path).data[250, 7, 9] == 0


def info_of(shape: tuple[int, int, int], voxel_size_nm: float | None = 1.469) -> VolumeInfo:
    return VolumeInfo(shape, np.dtype("f4"), voxel_size_nm, (100.0, -50.0, 7.5), (1, -2, 3))


def test_labels_are_written_over_the_tomogram(tmp_path: Path) -> None:
    labels = np.zeros((3, 4, 5), dtype=np.int64)
    labels[1, 2, 3] = 65535
    mrc.write_mrc_labels(tmp_path / "l.mrc", labels, info_of(labels.shape))
    with mrcfile.open(tmp_path / "l.mrc") as written:
        assert written.header.mode == 6
        assert written.header.ispg == 1
        np.testing.assert_array_equal(written.data, labels)
        assert written.voxel_size.x == pytest.approx(14.69)
        assert written.header.origin.tolist() == (100.0, -50.0, 7.5)
        assert written.nstart.tolist() == (1, -2, 3)
        assert written.header.dmax == 65535
    back = mrc.read_labels(tmp_path / "l.mrc")
    assert back.info.origin_angstrom == (100.0, -50.0, 7.5)
    assert back.info.nstart == (1, -2, 3)
    assert back.data.dtype == np.uint16
    assert (tmp_path / "l.mrc").stat().st_size == 1024 + 2 * labels.size


def test_too_many_labels_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match="more labels"):
        mrc.write_mrc_labels(tmp_path / "l.mrc", np.full((2, 2, 2), 65536), info_of((2, 2, 2)))
    assert list(tmp_path.iterdir()) == []


def test_maps_keep_every_value_and_the_headers_statistics(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(5, 2, (7, 30, 31))
    mrc.write_map(tmp_path / "m.mrc", values, info_of((7, 30, 31), None))
    with mrcfile.open(tmp_path / "m.mrc") as written:
        np.testing.assert_array_equal(written.data, values.astype("f4"))
        assert written.header.rms == pytest.approx(values.std(), rel=1e-5)
        assert written.header.dmean == pytest.approx(values.mean(), rel=1e-5)
    assert mrc.open_mrc(tmp_path / "m.mrc").info.voxel_size_nm is None
    assert mrcfile.validate(tmp_path / "m.mrc")


def test_large_volumes_are_written_by_slabs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mrc, "_BLOCK_VOXELS", 25)
    values = ramp((7, 4, 5))
    mrc.write_map(tmp_path / "m.mrc", values, info_of(values.shape))
    np.testing.assert_array_equal(mrc.open_mrc(tmp_path / "m.mrc").data, values)


def test_failed_writing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "m.mrc"
    path.write_text("old")

    def slices() -> Iterator[np.ndarray]:
        yield np.zeros((3, 4), "f4")
        raise ValueError("no more")

    with pytest.raises(ValueError, match="no more"):
        mrc.write_map_slices(path, slices(), info_of((2, 3, 4)))
    assert [p.name for p in tmp_path.iterdir()] == ["m.mrc"]
    assert path.read_text() == "old"


def test_slabs_and_slices_are_written_as_the_whole(tmp_path: Path) -> None:
    values = ramp((7, 4, 5))
    info = info_of(values.shape)
    mrc.write_map(tmp_path / "a.mrc", values, info)
    mrc.write_map_slices(tmp_path / "b.mrc", iter(values), info)
    assert mrcfile.read(tmp_path / "a.mrc").tobytes() == mrcfile.read(tmp_path / "b.mrc").tobytes()
    labels = values.astype("u2")
    mrc.write_label_slabs(tmp_path / "c.mrc", (labels[:3], labels[3:4], labels[4:]), info)
    with mrcfile.open(tmp_path / "c.mrc") as written:
        np.testing.assert_array_equal(written.data, labels)
        assert (written.header.dmin, written.header.dmax) == (0, labels.max())


def test_full_disk_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    values = np.ones((6, 300, 300), "u2")
    with small_disk(tmp_path / "full", megabytes=1) as full:
        for write in (mrc.write_mrc_labels, mrc.write_map, mrc.write_tomogram):
            with pytest.raises(CryoVesError, match=r"m\.mrc could not be written: the disk is full\."):
                write(
                    full / "m.mrc",
                    values.astype("f4") if write is mrc.write_tomogram else values,
                    info_of(values.shape),
                )
            assert list(full.iterdir()) == []


def test_unwritable_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match=r"m\.mrc could not be written: its folder does not exist\."):
        mrc.write_map(tmp_path / "none" / "m.mrc", ramp(), info_of((3, 4, 5)))


def test_labels_must_be_whole_numbers(tmp_path: Path) -> None:
    mrc.write_map(tmp_path / "m.mrc", ramp() + 0.5, info_of((3, 4, 5)))
    with pytest.raises(CryoVesError, match="no label volume"):
        mrc.read_labels(tmp_path / "m.mrc")
    mrc.write_map(tmp_path / "n.mrc", ramp(), info_of((3, 4, 5)))
    np.testing.assert_array_equal(mrc.read_labels(tmp_path / "n.mrc").data, ramp())


def test_copy_is_int16_where_that_holds_all_values(tmp_path: Path) -> None:
    for code, mode in [("i1", 1), ("u1", 1), ("i2", 1), ("u2", 2), ("f2", 2)]:
        stored = {"i1": 0, "u1": 0, "i2": 1, "u2": 6, "f2": 12}[code]
        sign = {"imod_stamp": IMOD_STAMP, "imod_flags": 4 + (code == "i1")}
        source = write_mrc_bytes(
            tmp_path / "s.mrc", ramp(dtype=code) - (5 if code == "i1" else 0), mode=stored, **sign
        )
        mrc.write_copy(tmp_path / "c.mrc", mrc.open_mrc(source))
        copy = mrc.open_mrc(tmp_path / "c.mrc")
        assert struct.unpack("<i", (tmp_path / "c.mrc").read_bytes()[12:16]) == (mode,)
        np.testing.assert_array_equal(copy.data, mrc.open_mrc(source).data)


def test_real_label_volume(shared_data: Path) -> None:
    volume = mrc.read_labels(shared_data / "pyto_labels" / "viz_labels.mrc")
    assert volume.shape == (60, 155, 155)
    assert volume.voxel_size_nm == pytest.approx(1.684, abs=1e-4)
    assert {2, 36, 61} <= set(np.unique(volume.data).tolist())


@pytest.mark.parametrize(("dtype", "flags"), [("i1", 5), ("f4", 4)])
def test_written_files_carry_imods_stamp(tmp_path: Path, dtype: str, flags: int) -> None:
    info = VolumeInfo((3, 4, 5), np.dtype(dtype), 2.0, (50.0, -20.0, 10.0), path="a.mrc")
    mrc.write_tomogram(tmp_path / "b.mrc", ramp(dtype=dtype), info)
    stamp, found = struct.unpack("<ii", (tmp_path / "b.mrc").read_bytes()[152:160])
    assert (stamp, found) == (IMOD_STAMP, flags)
    back = mrc.open_mrc(tmp_path / "b.mrc")
    assert back.info.origin_angstrom == (50.0, -20.0, 10.0)
    np.testing.assert_array_equal(back.data, ramp(dtype=dtype))
    assert mrcfile.validate(tmp_path / "b.mrc")
