from __future__ import annotations

import gc
import shutil
import struct
import tempfile
from pathlib import Path

import numpy as np
import psutil
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats import tiff
from cryoves_app.formats.volume_file import load_labels
from tests.formats.mrc_bytes import ramp
from tests.small_disk import small_disk


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4"])
def test_plain_stack_is_read_where_it_lies(
    tmp_path: Path, order: str, dtype: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tiff, "temporary_file", None)
    tifffile.imwrite(tmp_path / "a.tif", ramp(dtype=dtype), byteorder=order, photometric="minisblack")
    volume = tiff.open_tiff(tmp_path / "a.tif")
    assert volume.data.dtype == np.dtype(dtype).newbyteorder(order)
    np.testing.assert_array_equal(volume.data, ramp(dtype=dtype))
    assert volume.shape == (3, 4, 5)
    assert volume.info.voxel_size_nm is None


def test_compressed_stack_is_unpacked_and_cleaned_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    tifffile.imwrite(tmp_path / "a.tif", ramp(), compression="zlib", photometric="minisblack")
    volume = tiff.open_tiff(tmp_path / "a.tif")
    np.testing.assert_array_equal(volume.data, ramp())
    del volume
    gc.collect()
    assert [p.name for p in tmp_path.iterdir()] == ["a.tif"]


@pytest.mark.parametrize(
    ("unit", "factor"), [("nm", 1.0), ("micron", 1e-3), ("\\u00B5m", 1e-3), ("angstrom", 10.0), ("um", 1e-3)]
)
def test_spacing_of_imagej(tmp_path: Path, unit: str, factor: float) -> None:
    size = 2.2 * factor
    metadata = {"axes": "ZYX", "unit": unit, "spacing": size}
    tifffile.imwrite(
        tmp_path / "a.tif", ramp(), imagej=True, metadata=metadata, resolution=(1 / size, 1 / size)
    )
    assert tiff.open_tiff(tmp_path / "a.tif").voxel_size_nm == pytest.approx(2.2, rel=1e-3)


@pytest.mark.parametrize("metadata", [{"axes": "ZYX", "spacing": 2.2}, {"axes": "ZYX", "unit": "nm"}])
def test_half_known_spacing_is_unknown(tmp_path: Path, metadata: dict[str, object]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", ramp(), imagej=True, metadata=metadata, resolution=(0.5, 0.5))
    assert tiff.open_tiff(tmp_path / "a.tif").info.voxel_size_nm is None


def test_spacing_of_ome(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX"} | {
        f"PhysicalSize{a}{end}": value for a in "XYZ" for end, value in (("", 14.69), ("Unit", "Å"))
    }
    tifffile.imwrite(tmp_path / "a.ome.tif", ramp(), metadata=metadata)
    volume = tiff.open_tiff(tmp_path / "a.ome.tif")
    assert volume.voxel_size_nm == pytest.approx(1.469)
    assert volume.shape == (3, 4, 5)


def test_voxels_that_are_no_cubes_have_no_one_size(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "unit": "nm", "spacing": 4.0}
    tifffile.imwrite(tmp_path / "a.tif", ramp(), imagej=True, metadata=metadata, resolution=(0.5, 0.5))
    info = tiff.open_tiff(tmp_path / "a.tif").info
    assert (info.voxel_size_nm, info.header_sizes_nm) == (None, (2.0, 2.0, 4.0))


def test_images_colours_and_more_dimensions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((8, 9), "u1"))
    with pytest.raises(CryoVesError, match="single image"):
        tiff.open_tiff(path)
    tifffile.imwrite(path, np.zeros((4, 8, 9, 3), "u1"), photometric="rgb")
    with pytest.raises(CryoVesError, match="colours"):
        tiff.open_tiff(path)
    tifffile.imwrite(path, np.zeros((2, 4, 8, 9), "u1"), photometric="minisblack")
    with pytest.raises(CryoVesError, match="4 dimensions"):
        tiff.open_tiff(path)
    tifffile.imwrite(path, np.zeros((4, 8, 9), "c8"), photometric="minisblack")
    with pytest.raises(CryoVesError, match="no grey values"):
        tiff.open_tiff(path)


@pytest.mark.parametrize("kept", [6, 60, 300])
def test_damaged_file_is_one_sentence(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ramp((10, 20, 20)), compression="zlib", photometric="minisblack")
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(CryoVesError, match=r"a\.tif"):
        tiff.open_tiff(path)


@pytest.mark.parametrize(
    ("dtype", "compression", "predictor"),
    [
        ("u2", "lzw", 1), ("u2", "lzw", 2), ("u2", "zlib", 2), ("f4", "lzw", 3), ("f4", "zlib", 3),
        ("f4", "zstd", 1), ("f4", "lzma", 1), ("u2", "packbits", 1), ("f4", "lerc", 1), ("i1", "lzw", 1),
    ],
)  # fmt: skip
def test_compressions(tmp_path: Path, dtype: str, compression: str, predictor: int) -> None:
    values = np.random.default_rng(2).integers(0, 100, (5, 40, 50)).astype(dtype)
    tifffile.imwrite(
        tmp_path / "a.tif", values, compression=compression, predictor=predictor, photometric="minisblack"
    )
    np.testing.assert_array_equal(tiff.open_tiff(tmp_path / "a.tif").data, values)


def test_lossy_compression_of_cameras(tmp_path: Path) -> None:
    values = np.tile(np.linspace(0, 255, 64).astype("u1"), (6, 64, 1))
    tifffile.imwrite(tmp_path / "a.tif", values, compression="jpeg", photometric="minisblack")
    found = np.asarray(tiff.open_tiff(tmp_path / "a.tif").data)
    assert np.abs(found.astype(int) - values).max() <= 2


def test_a_compression_that_nobody_knows_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, ramp(), compression="zlib", photometric="minisblack")
    raw = bytearray(path.read_bytes())
    entry = struct.pack("<HHI", 259, 3, 1)  # the tag of the compression
    while (at := raw.find(entry + struct.pack("<H", 8))) >= 0:
        raw[at + 8 : at + 10] = struct.pack("<H", 48124)
    path.write_bytes(raw)
    with pytest.raises(CryoVesError, match=r"cannot unpack \(JETRAW\); save it uncompressed, or with LZW"):
        tiff.open_tiff(path)


def test_white_zeros_are_told(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", ramp(dtype="u1"), photometric="miniswhite")
    volume = tiff.open_tiff(tmp_path / "a.tif")
    assert volume.info.is_inverted
    assert volume.info.warnings == (
        "The file says that its lowest values are white, so dense matter has high values in it.",
    )
    np.testing.assert_array_equal(volume.data, ramp(dtype="u1"))
    tifffile.imwrite(tmp_path / "b.tif", ramp(dtype="u1"), photometric="minisblack")
    assert not tiff.open_tiff(tmp_path / "b.tif").info.is_inverted


def test_a_full_disk_is_not_taken_for_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((8, 500, 600), "f4"), compression="zlib", photometric="minisblack")
    usage = shutil.disk_usage(tmp_path)
    with small_disk(tmp_path / "full", megabytes=3) as full:
        monkeypatch.setattr(tempfile, "tempdir", str(full))
        with pytest.raises(CryoVesError, match=r"Unpacking .*a\.tif needs 9\.6 MB .* 3\.\d MB free"):
            tiff.open_tiff(path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(
            CryoVesError, match=r"a\.tif could not be read: the disk for temporary files is full\."
        ):
            tiff.open_tiff(path)
        assert list(full.iterdir()) == []


def test_a_plane_larger_than_memory_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((3, 100, 100), "u1"), compression="zlib", photometric="minisblack")
    memory = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=10_000))
    with pytest.raises(CryoVesError, match="there is not enough memory"):
        tiff.open_tiff(path)


@pytest.mark.parametrize("compression", [None, "lzw", "zlib"])
def test_any_damage_is_one_sentence(
    tmp_path_factory: pytest.TempPathFactory, compression: str | None
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path, temporary = folder / "a.tif", folder / "temporary"
    temporary.mkdir()
    metadata = {"axes": "ZYX", "unit": "nm", "spacing": 2.2}
    tifffile.imwrite(path, ramp((4, 9, 8)), compression=compression, imagej=True, metadata=metadata)
    whole = path.read_bytes()

    said: list[str] = []

    @given(st.lists(st.tuples(st.integers(0, len(whole) - 1), st.binary(min_size=1, max_size=4)), max_size=4))
    def damage(places: list[tuple[int, bytes]]) -> None:
        raw = bytearray(whole)
        for at, by in places:
            raw[at : at + len(by)] = by
        path.write_bytes(raw)
        try:
            np.asarray(tiff.open_tiff(path).data)
        except CryoVesError as error:
            said.append(str(error))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(temporary))
        damage()
        gc.collect()
    assert list(temporary.iterdir()) == []
    assert said
    assert all("a.tif" in sentence for sentence in said)


def test_labels_come_back_with_their_spacing(tmp_path: Path) -> None:
    labels = ramp(dtype="u2")
    tiff.write_tiff_labels(tmp_path / "l.tif", labels, VolumeInfo((3, 4, 5), np.dtype("f4"), 1.684))
    with tifffile.TiffFile(tmp_path / "l.tif") as tif:
        assert tif.is_imagej
        assert tif.series[0].axes == "ZYX"
        assert tif.series[0].dtype == np.uint16
    back = tiff.open_tiff(tmp_path / "l.tif")
    np.testing.assert_array_equal(back.data, labels)
    assert back.voxel_size_nm == pytest.approx(1.684)


def test_real_stack_has_no_voxel_size(shared_data: Path) -> None:
    volume = tiff.open_tiff(shared_data / "microtubule_crops" / "0_0_30_47_25.tif")
    assert volume.shape == (96, 96, 96)
    assert volume.info.voxel_size_nm is None


def test_full_disk_is_told_when_labels_are_written(tmp_path: Path) -> None:
    labels = np.ones((6, 300, 300), "u2")
    with small_disk(tmp_path / "full", megabytes=1) as full:
        with pytest.raises(CryoVesError, match=r"l\.tif could not be written: the disk is full\."):
            tiff.write_tiff_labels(full / "l.tif", labels, VolumeInfo(labels.shape, np.dtype("f4"), 1.684))
        assert list(full.iterdir()) == []


@pytest.mark.parametrize(
    ("compression", "photometric"), [(None, 1), ("zlib", 1), ("packbits", 1), ("zlib", 0), (None, 0)]
)
def test_masks_of_one_bit_are_labels(tmp_path: Path, compression: str | None, photometric: int) -> None:
    mask = np.random.default_rng(1).random((5, 9, 13)) > 0.6
    path = tmp_path / "mask.tif"
    tifffile.imwrite(path, mask, compression=compression, photometric=photometric)
    labels, info = load_labels(path)
    np.testing.assert_array_equal(labels, mask)
    assert not info.is_inverted
    assert sum("only 0 and 1" in words for words in info.warnings) == 1
