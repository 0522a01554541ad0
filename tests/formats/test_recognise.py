"""Files that are no tomograms are named, with the way to one."""

from __future__ import annotations

import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
import tifffile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.volume_file import open_volume
from tests.formats.mrc_bytes import ramp, write_mrc_bytes


def _hdf5() -> bytes:
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file["MDF/images/0/image"] = np.zeros((4, 5, 6))
    return buffer.getvalue()


def _npy() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.zeros((40, 50, 60)))
    return buffer.getvalue()


def _zip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.mrc", b"x" * 2000)
    return buffer.getvalue()


def _nifti() -> bytes:
    raw = bytearray(5000)
    struct.pack_into("<i", raw, 0, 348)
    raw[344:348] = b"n+1\0"
    return bytes(raw)


def _tiff() -> bytes:
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, np.zeros((4, 50, 60), "u1"), photometric="minisblack")
    return buffer.getvalue()


EM = struct.pack("<4B3i", 6, 0, 0, 5, 60, 50, 40) + bytes(496 + 4000)
ZSTD = b"\x28\xb5\x2f\xfd" + bytes(2000)


@pytest.mark.parametrize(
    ("name", "content", "what", "way_out"),
    [
        ("a.hdf", _hdf5(), "an HDF5 file (EMAN2, ilastik, Imaris)", "e2proc3d.py IN OUT.mrc"),
        ("a.mrc", _hdf5(), "an HDF5 file", "e2proc3d.py"),
        ("a.npy", _npy(), "a numpy array", "mrcfile.write("),
        ("a.mrc.zst", ZSTD, "a file packed with zstd", "zstd -d FILE"),
        ("a.zip", _zip(), "a packed archive", "unpack it first"),
        ("a.nii", _nifti(), "a NIfTI file", "Fiji"),
        ("a.nii.gz", gzip.compress(_nifti()), "a NIfTI file", "Fiji"),
        ("a.tif.gz", gzip.compress(_tiff()), "a packed TIFF file", "unpack it first"),
        ("a.em", EM, "an EM file (TOM toolbox, PyTom, Dynamo)", "e2proc3d.py"),
        ("a.dm4", bytes(3000), "a file of DigitalMicrograph", "dm2mrc"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + bytes(3000), "a picture", "a stack of many images"),
        ("a.mod", b"IMODV1.2" + bytes(3000), "an IMOD model", "import the model"),
        ("a.am", b"# AmiraMesh BINARY 2.1\n" + bytes(3000), "an Amira or Avizo file", "save it there as MRC or TIFF"),
        ("a.nrrd", b"NRRD0004\n" + bytes(3000), "a NRRD file", "Fiji"),
        ("a.vol", bytes(3000), "a SPIDER file", "e2proc3d.py"),
        ("a.raw", bytes(3000), "raw numbers without a header", "raw2mrc"),
        ("a.db", b"SQLite format 3\0" + bytes(3000), "a CryoVes project or another database", ".cryoves"),
    ],
)  # fmt: skip
def test_what_it_is_and_what_to_do(
    tmp_path: Path, name: str, content: bytes, what: str, way_out: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CryoVesError) as failure:
        open_volume(tmp_path / name)
    sentence = str(failure.value)
    assert sentence.startswith(f"{tmp_path / name} is {what}")
    assert way_out in sentence
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("name", "inside", "what"),
    [
        ("a.zarr", "readme", "a Zarr folder without its metadata"),
        ("a.n5", "x", "an N5 folder"),
    ],
)
def test_folders_of_chunks(tmp_path: Path, name: str, inside: str, what: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / inside).write_text("{}")
    with pytest.raises(
        CryoVesError,
        match=f"is {what}; CryoVes reads MRC and TIFF files and OME-Zarr: (save the volume as|copy it)",
    ):
        open_volume(tmp_path / name)


def test_a_name_alone_does_not_refuse_a_tomogram(tmp_path: Path) -> None:
    """Content comes first: people give MRC files any name."""
    for name in ("a.em", "a.raw", "a.vol", "a.hdf"):
        np.testing.assert_array_equal(open_volume(write_mrc_bytes(tmp_path / name, ramp()), 2.0).data, ramp())


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_pipes_and_devices_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mrc")
    for path in (tmp_path / "a.mrc", Path(os.devnull)):
        with pytest.raises(CryoVesError, match="is no file but a device or a pipe"):
            open_volume(path)
