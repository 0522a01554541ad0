from __future__ import annotations

import gc
import tempfile
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats import tiff
from tests.formats.mrc_bytes import ramp


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("dtype", ["u1", "u2", "i2", "f4"])
def test_plain_stack_is_mapped(tmp_path: Path, order: str, dtype: str) -> None:
    tifffile.imwrite(tmp_path / "a.tif", ramp(dtype=dtype), byteorder=order, photometric="minisblack")
    volume = tiff.open_tiff(tmp_path / "a.tif")
    assert isinstance(volume.data, np.memmap)
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


def test_voxels_that_are_no_cubes_are_refused(tmp_path: Path) -> None:
    metadata = {"axes": "ZYX", "unit": "nm", "spacing": 4.0}
    tifffile.imwrite(tmp_path / "a.tif", ramp(), imagej=True, metadata=metadata, resolution=(0.5, 0.5))
    with pytest.raises(CryoVesError, match=r"not cubes \(2 × 2 × 4 nm"):
        tiff.open_tiff(tmp_path / "a.tif")


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
