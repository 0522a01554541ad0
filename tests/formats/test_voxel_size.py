"""What a file says of its voxels, what a person gives, and when either is odd."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import DoubtKind
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.formats.voxel_size import suggested_voxel_size_nm
from tests.formats.mrc_bytes import write_mrc_bytes

CUBE = np.zeros((96, 96, 96), "i2")


def mrc_of(path: Path, x: float, y: float, z: float, values: np.ndarray = CUBE) -> Path:
    """A file whose voxels have these edges in ångström."""
    depth, height, width = values.shape
    cell = {"cella_x": width * x, "cella_y": height * y, "cella_z": depth * z}
    return write_mrc_bytes(path, values, mode=1, **cell)


def tiff_of(path: Path, unit: str, spacing: str, per_pixel: float, more: str = "") -> Path:
    text = f"ImageJ=1.53t\nimages=96\nslices=96\nunit={unit}\nspacing={spacing}\nloop=false\n{more}"
    tifffile.imwrite(
        path, CUBE.astype("u1"), photometric="minisblack", description=text, metadata=None, software="ImageJ",
        resolution=(1 / per_pixel, 1 / per_pixel),
    )  # fmt: skip
    return path


@pytest.mark.parametrize(
    ("edges", "kind", "suggested_nm"),
    [
        ((22, 22, 22.4), DoubtKind.NOT_CUBES, 2.2),
        ((22, 22, 0.2292), DoubtKind.NOT_CUBES, 2.2),
        ((22, 44, 22), DoubtKind.NOT_CUBES, None),
        ((1, 1, 22), DoubtKind.NOT_CUBES, None),
        ((22, 22, 0), DoubtKind.UNKNOWN, 2.2),
        ((0, 0, 22), DoubtKind.UNKNOWN, None),
        ((22, 22, float("nan")), DoubtKind.UNKNOWN, 2.2),
        ((22, -22, 22), DoubtKind.UNKNOWN, None),
        ((0, 0, 0), DoubtKind.UNKNOWN, None),
        ((1.469, 1.469, 1.469), DoubtKind.IMPLAUSIBLE, 14.69 / 10),
    ],
)
def test_no_fault_of_the_header_keeps_a_file_from_opening(
    tmp_path: Path, edges: tuple[float, float, float], kind: DoubtKind, suggested_nm: float | None
) -> None:
    path = mrc_of(tmp_path / "a.mrc", *edges)
    info = open_volume(path).info
    assert info.voxel_size_nm is None
    assert info.doubt is not None
    assert (info.doubt.kind, info.warnings[-1]) == (kind, info.doubt.sentence)
    suggestion = suggested_voxel_size_nm(info)
    assert suggestion == (None if suggested_nm is None else pytest.approx(suggested_nm, rel=1e-5))
    assert open_volume(path, 2.2).voxel_size_nm == 2.2


def test_a_given_size_is_taken_for_all_axes_and_the_files_are_told(tmp_path: Path) -> None:
    info = open_volume(mrc_of(tmp_path / "a.mrc", 22, 22, 22 / 96), 2.2).info
    assert info.voxel_size_nm == 2.2
    assert info.warnings == (
        "The file says of its voxels 22 × 22 × 0.2292 Å in x, y, z; the size given is taken for all axes.",
    )
    assert info.doubt is None


@pytest.mark.parametrize(
    ("given", "kind", "reason"),
    [
        (0.1469, DoubtKind.TENFOLD, "10 times smaller than the file's 14.69 Å: was it given in nm instead"),
        (14.69, DoubtKind.TENFOLD, "10 times larger than the file's 14.69 Å"),
        (0.15, DoubtKind.TENFOLD, "10 times smaller"),
        (2.938, DoubtKind.BINNED, "2 times larger than the file's 14.69 Å: is it that of the binned"),
        (0.367, DoubtKind.BINNED, "4 times smaller than the file's 14.69 Å: is it that of the unbinned"),
        (0.184, DoubtKind.BINNED, "8 times smaller"),
        (0.01469, DoubtKind.IMPLAUSIBLE, "doubtful for a tomogram"),
        (1.469, None, ""),
        (1.6, None, ""),
        (2.2, None, ""),
    ],
)
def test_a_given_size_is_weighed_against_the_files(
    tmp_path: Path, given: float, kind: DoubtKind | None, reason: str
) -> None:
    volume = open_volume(mrc_of(tmp_path / "a.mrc", 14.69, 14.69, 14.69), given)
    assert volume.voxel_size_nm == given
    doubt = volume.info.doubt
    assert (doubt.kind if doubt else None) == kind
    assert reason in (doubt.sentence if doubt else "")


def test_a_given_size_that_mends_the_files_is_not_odd(tmp_path: Path) -> None:
    assert open_volume(mrc_of(tmp_path / "a.mrc", 1.469, 1.469, 1.469), 1.469).info.doubt is None
    assert open_volume(mrc_of(tmp_path / "b.mrc", 0, 0, 0), 1.469).info.doubt is None
    odd = open_volume(mrc_of(tmp_path / "c.mrc", 22, 22, 0.2), 22.0).info.doubt
    assert odd is not None
    assert odd.kind is DoubtKind.TENFOLD


def test_a_thin_tomogram_is_no_fault(tmp_path: Path) -> None:
    thin = np.zeros((40, 200, 200), "i2")
    info = open_volume(mrc_of(tmp_path / "a.mrc", 22, 22, 22, thin)).info
    assert (info.voxel_size_nm, info.warnings) == (pytest.approx(2.2), ())


@pytest.mark.parametrize(
    ("unit", "spacing", "per_pixel", "more"),
    [
        ("micron", "0,0022", 0.0022, ""),
        ("micron", "0.0022", 0.0022, ""),
        ("Angstroms", "22.0", 22.0, ""),
        ("angstrom", "22.0", 22.0, ""),
        ("\\u00C5", "22", 22.0, ""),
        ("nanometers", "2.2", 2.2, ""),
        ("Nanometres", "2.2", 2.2, ""),
        (" nm ", "2.2", 2.2, ""),
        ("nm", "0.0022", 2.2, "zunit=micron\n"),
        ("nm", "2.2", 2.2, "yunit=nm\nzunit=nm\n"),
        ("microns", "-0.0022", 0.0022, ""),
    ],
)
def test_spacing_of_imagej_in_all_its_forms(
    tmp_path: Path, unit: str, spacing: str, per_pixel: float, more: str
) -> None:
    info = open_volume(tiff_of(tmp_path / "a.tif", unit, spacing, per_pixel, more)).info
    assert info.voxel_size_nm == pytest.approx(2.2, rel=1e-3)


@pytest.mark.parametrize(
    ("unit", "spacing", "more"),
    [
        ("micron", "0;0022", ""),
        ("micron", "nan", ""),
        ("micron", "", ""),
        ("micron", "1e400", ""),
        ("pixel", "1.0", ""),
        ("", "2.2", ""),
        ("nm", "2.2", "zunit=parsec\n"),
        ("nm", "5.5", ""),
    ],
)
def test_nothing_in_the_metadata_of_a_tiff_keeps_it_from_opening(
    tmp_path: Path, unit: str, spacing: str, more: str
) -> None:
    path = tiff_of(tmp_path / "a.tif", unit, spacing, 2.2, more)
    assert open_volume(path).info.voxel_size_nm is None
    assert open_volume(path, 2.2).voxel_size_nm == 2.2


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_given_size_must_be_a_length(tmp_path: Path, size: float) -> None:
    with pytest.raises(CryoVesError, match="above 0"):
        open_volume(mrc_of(tmp_path / "a.mrc", 22, 22, 22), size)
