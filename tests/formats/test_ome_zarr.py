"""OME-Zarr images as tomograms: levels, units, chunks, and what must not be believed."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import DoubtKind
from cryoves_app.formats.ome_zarr.chunks import ChunkedArray
from cryoves_app.formats.ome_zarr.identity import look_at_zarr
from cryoves_app.formats.tomogram_reference import fingerprint
from cryoves_app.formats.volume_file import load_labels, open_volume
from tests.cli.program import run_python
from tests.formats.zarr_images import AXES, describe, grey, write_image, zipped


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("is_zipped", [False, True])
def test_both_versions_are_read_from_folders_and_zip_files(
    tmp_path: Path, version: int, is_zipped: bool
) -> None:
    data = grey()
    path = write_image(tmp_path / "b12.zarr", data, version=version)
    volume = open_volume(zipped(path) if is_zipped else path)
    assert volume.shape == (20, 40, 50)
    assert volume.info.header_voxel_size_nm == pytest.approx(1.469)
    assert np.array_equal(np.asarray(volume.data), data)
    assert np.array_equal(volume.data[7], data[7])
    assert np.array_equal(volume.data[3:19:3, ::-2, 5], data[3:19:3, ::-2, 5])


@pytest.mark.parametrize("name", ["zarr.json", "0", "0/zarr.json"])
def test_a_file_that_a_dialog_can_choose_or_a_level_means_the_image(tmp_path: Path, name: str) -> None:
    path = write_image(tmp_path / "b12.zarr", grey())
    assert open_volume(path / name).info.header_voxel_size_nm == pytest.approx(1.469)


@pytest.mark.parametrize("is_zipped", [False, True])
def test_the_finest_level_is_taken_and_others_by_their_path(tmp_path: Path, is_zipped: bool) -> None:
    path = write_image(tmp_path / "b12.zarr", grey(), voxel=10, levels=3)
    path = zipped(path) if is_zipped else path
    finest, second = open_volume(path), open_volume(path / "1", 2.0)
    assert (finest.shape, second.shape) == ((20, 40, 50), (10, 20, 25))
    assert finest.info.header_voxel_size_nm == pytest.approx(1.0)
    assert second.info.header_voxel_size_nm == pytest.approx(2.0)
    (note,) = [w for w in finest.info.warnings if "levels" in w]
    assert "holds 3 levels; 0 (10 Å) is open" in note
    assert "1 (20 Å), 2 (40 Å)" in note


@pytest.mark.parametrize(
    ("unit", "voxel"), [("angstrom", 14.69), ("nanometer", 1.469), ("micrometer", 1.469e-3)]
)
def test_units_are_heeded(tmp_path: Path, unit: str, voxel: float) -> None:
    path = write_image(
        tmp_path / "b12.zarr", grey(), voxel=voxel, unit=unit, translation=(voxel, 0, 2 * voxel)
    )
    info = open_volume(path).info
    assert info.header_voxel_size_nm == pytest.approx(1.469)
    assert info.origin_angstrom == pytest.approx((29.38, 0, 14.69))


@pytest.mark.parametrize("unit", [None, "parsec"])
def test_without_a_unit_that_is_known_the_voxel_size_is_asked_for(tmp_path: Path, unit: str | None) -> None:
    info = open_volume(write_image(tmp_path / "b12.zarr", grey(), unit=unit)).info
    assert info.voxel_size_nm is None
    assert info.doubt is not None
    assert info.doubt.kind is DoubtKind.UNKNOWN


def test_transformations_of_level_and_image_are_multiplied(tmp_path: Path) -> None:
    path = write_image(tmp_path / "b12.zarr", grey())
    level = {"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [2, 2, 2]}]}
    common = [{"type": "scale", "scale": [7.0, 7.0, 7.0]}]
    describe(path, {"axes": AXES, "datasets": [level], "coordinateTransformations": common})
    assert open_volume(path).info.header_voxel_size_nm == pytest.approx(1.4)


def test_times_and_channels_of_one_are_left_out_and_more_are_refused(tmp_path: Path) -> None:
    axes = [{"name": "c", "type": "channel"}, *AXES]
    for count in (1, 2):
        path = tmp_path / f"{count}.zarr"
        data = np.stack([grey()] * count)
        zarr.create_array(path / "0", data=data, chunks=(1, 8, 16, 16))
        scale = {"type": "scale", "scale": [1, 14.69, 14.69, 14.69]}
        describe(path, {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": [scale]}]})
    assert np.array_equal(np.asarray(open_volume(tmp_path / "1.zarr").data), grey())
    with pytest.raises(CryoVesError, match="holds 2 volumes"):
        open_volume(tmp_path / "2.zarr")


@pytest.mark.parametrize("dtype", ["u1", "i1", ">i2", "f2", ">f4", "f8", "bool"])
def test_numbers_of_all_kinds_come_as_this_computer_has_them(tmp_path: Path, dtype: str) -> None:
    data = (grey() % 2).astype(dtype)
    volume = open_volume(write_image(tmp_path / "b12.zarr", data, version=2))
    assert volume.data.dtype.isnative
    assert np.array_equal(np.asarray(volume.data), data)


def test_shards_are_read_chunk_by_chunk(tmp_path: Path) -> None:
    data = grey((32, 40, 50))
    path = write_image(tmp_path / "b12.zarr", data, chunks=(8, 20, 25), shards=(32, 40, 50))
    volume = open_volume(path)
    assert isinstance(volume.data, ChunkedArray)
    assert np.array_equal(volume.data[9], data[9])
    assert volume.data.chunks_read == 4


def test_labels_come_as_any_label_volume(tmp_path: Path) -> None:
    labels = (grey() % 7).astype("u4")
    path = write_image(tmp_path / "b12.zarr" / "labels" / "vesicles", labels)
    found, _ = load_labels(path, labels.shape)
    assert np.array_equal(found, labels)


@given(st.data())
def test_any_index_gives_what_numpy_gives(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    image = _once(tmp_path_factory)
    key = tuple(data.draw(_index(n)) for n in image.shape)
    assert np.array_equal(image[key], KNOWN[key])


KNOWN = grey((11, 13, 17))
_kept: list[Any] = []


def _once(folders: pytest.TempPathFactory) -> Any:
    if not _kept:
        path = write_image(folders.mktemp("any") / "a.zarr", KNOWN, chunks=(4, 5, 6))
        _kept.append(open_volume(path, 1.0).data)
    return _kept[0]


def _index(length: int) -> st.SearchStrategy[Any]:
    return st.integers(-length, length - 1) | st.slices(length).filter(lambda s: s.step != 0)


def test_a_part_is_a_volume_of_its_own(tmp_path: Path) -> None:
    data = grey()
    whole = open_volume(write_image(tmp_path / "b12.zarr", data)).data
    assert isinstance(whole, ChunkedArray)
    part = whole.part((slice(3, 17), slice(10, 40), slice(20, 45))).part(
        (slice(2, 9), slice(0, 9), slice(1, 8))
    )
    assert np.array_equal(part[1:], data[3:17, 10:40, 20:45][2:9, 0:9, 1:8][1:])


# -- what tells one from another


def test_a_changed_chunk_makes_another_tomogram(tmp_path: Path) -> None:
    path = write_image(tmp_path / "b12.zarr", grey())
    before, seen = fingerprint(path), look_at_zarr(path)
    assert fingerprint(path) == before
    chunk = next(p for p in sorted((path / "0" / "c").rglob("*")) if p.is_file())
    chunk.write_bytes(chunk.read_bytes() + b"x")
    assert fingerprint(path) != before
    assert look_at_zarr(path) != seen


# -- what must not be believed


def _array(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def _with(folder: Path, **changes: object) -> Path:
    path = write_image(folder / "bad.zarr", grey(), version=2)
    file = path / "0" / ".zarray"
    file.write_text(json.dumps({**_array(file), **changes}))
    return path


def _with_dataset(folder: Path, name: object) -> Path:
    path = write_image(folder / "bad.zarr", grey())
    describe(path, {"axes": AXES, "datasets": [{"path": name}]})
    return path


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dtype": "|O"}, "no plain numbers"),
        ({"dtype": "<c8"}, "no plain numbers"),
        ({"dtype": [["a", "<f4"]]}, "no plain numbers"),
        ({"filters": [{"id": "pickle"}]}, "packed with “pickle”"),
        ({"compressor": {"id": "msgpack2"}}, "packed with “msgpack2”"),
        ({"shape": [20, 40, 1 << 40]}, "cannot be"),
        ({"shape": [20, 40, -3]}, "no usable shape"),
        ({"shape": [20, 40]}, "has 2 axes"),
        ({"chunks": [1, 1, 0]}, "no usable shape"),
        ({"shape": [20, 9999, 9999], "chunks": [1, 1, 1]}, "too many"),
        ({"shape": [9999] * 3, "chunks": [9999] * 3}, "unpacked as a whole"),
    ],
)
def test_an_array_that_lies_or_hides_code_is_refused(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    with pytest.raises(CryoVesError, match=words):
        open_volume(_with(tmp_path, **changes))


@pytest.mark.parametrize("name", ["../secret", "/etc", "a/../../b", "..", "c:\\x", "", 7, "a//b"])
def test_a_level_outside_of_the_image_is_not_followed(tmp_path: Path, name: object) -> None:
    with pytest.raises(CryoVesError, match=r"not one inside it|cannot be understood"):
        open_volume(_with_dataset(tmp_path, name))


def test_a_level_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CryoVesError, match=r"bad.zarr/s3 is no Zarr array"):
        open_volume(_with_dataset(tmp_path, "s3"))


@pytest.mark.parametrize("text", ["", "[", "[1]", "[" * 9000, '{"ome": 3, "multiscales": 5}'])
def test_metadata_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    path = write_image(tmp_path / "bad.zarr", grey(), version=2)
    (path / ".zattrs").write_text(text)
    with pytest.raises(CryoVesError):
        open_volume(path)


@pytest.mark.parametrize(
    "multiscale", [{}, {"datasets": []}, {"datasets": [{"path": "0"}], "axes": ["y", "x"]}]
)
def test_a_description_without_its_parts_is_refused(tmp_path: Path, multiscale: dict[str, Any]) -> None:
    path = write_image(tmp_path / "bad.zarr", grey())
    describe(path, multiscale)
    with pytest.raises(CryoVesError, match=r"cannot be understood|no level|ends in z, y, x"):
        open_volume(path)


def test_a_damaged_chunk_is_one_sentence(tmp_path: Path) -> None:
    path = write_image(tmp_path / "b12.zarr", grey())
    chunk = path / "0" / "c" / "1" / "0" / "0"
    chunk.write_bytes(b"\x00" * 40)
    volume = open_volume(path)
    assert np.array_equal(volume.data[0], grey()[0])
    with pytest.raises(CryoVesError, match="the chunk 1/0/0 is damaged"):
        volume.data[9]


def test_a_zip_file_of_something_else_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "no image")
    with pytest.raises(CryoVesError, match="packed archive"):
        open_volume(tmp_path / "a.zip")


def test_a_folder_without_metadata_is_named(tmp_path: Path) -> None:
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(CryoVesError, match="without its metadata"):
        open_volume(tmp_path / "empty.zarr")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_nothing_outside_is_read_through_the_metadata(tmp_path: Path) -> None:
    write_image(tmp_path / "other.zarr", grey())
    with pytest.raises(CryoVesError, match="not one inside it"):
        open_volume(_with_dataset(tmp_path / "in", "../../other.zarr/0"))


def test_nothing_of_it_is_loaded_before_it_is_needed() -> None:
    done = run_python("import sys, cryoves_app.formats.volume_file; print('zarr' in sys.modules)")
    assert done.stdout.strip() == "False", done.stderr


@pytest.mark.parametrize(("at", "value"), [(6, 200), (8, 1), (10, 97)])
def test_zip_files_of_unknown_versions_encrypted_or_packed_unknowably(
    tmp_path: Path, at: int, value: int
) -> None:
    """By the list at the end of the file, in which each entry begins with PK12."""
    write_image(tmp_path / "a.zarr", grey(), version=3)
    path = zipped(tmp_path / "a.zarr")
    raw = bytearray(path.read_bytes())
    for start in [n for n in range(len(raw)) if raw[n : n + 4] == b"PK\x01\x02"]:
        raw[start + at] = value
    path.write_bytes(raw)
    with pytest.raises(CryoVesError, match=r"a\.zarr\.zip"):
        open_volume(path)
