from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.formats.voxel_size import suggested_voxel_size_nm
from tests.formats.mrc_bytes import write_mrc_bytes

CUBE = np.zeros((64, 64, 64), "i2")


def cube_of(path: Path, angstrom: float) -> Path:
    sizes = {f"cella_{axis}": 64 * angstrom for axis in "xyz"}
    return write_mrc_bytes(path, CUBE, mode=1, **sizes)


@pytest.mark.parametrize("name", ["a.mrc", "a.rec", "a.rec.nad", "a.st", "a.map", "a.ali", "noname"])
def test_files_are_known_by_their_content(tmp_path: Path, name: str) -> None:
    volume = open_volume(cube_of(tmp_path / name, 22.0))
    assert volume.voxel_size_nm == pytest.approx(2.2)
    assert volume.info.warnings == ()
    tifffile.imwrite(tmp_path / f"{name}2", CUBE, photometric="minisblack")
    assert open_volume(tmp_path / f"{name}2", 1.5).voxel_size_nm == 1.5


@pytest.mark.parametrize(
    ("angstrom", "suggested_nm"), [(0.0, None), (1.0, None), (1.469, 1.469), (3.9, 3.9), (51.0, None)]
)
def test_doubtful_voxel_size_is_unknown_and_said(
    tmp_path: Path, angstrom: float, suggested_nm: float | None
) -> None:
    path = cube_of(tmp_path / "a.mrc", angstrom)
    info = open_volume(path).info
    assert info.voxel_size_nm is None
    assert "voxel size" in info.warnings[-1]
    suggestion = suggested_voxel_size_nm(info)
    assert suggestion == (None if suggested_nm is None else pytest.approx(suggested_nm))
    assert open_volume(path, 2.0).voxel_size_nm == 2.0


@pytest.mark.parametrize("angstrom", [17.0, 22.0, 50.0])
def test_sensible_voxel_size_is_taken(tmp_path: Path, angstrom: float) -> None:
    info = open_volume(cube_of(tmp_path / "a.mrc", angstrom)).info
    assert info.voxel_size_nm == pytest.approx(angstrom / 10)
    assert suggested_voxel_size_nm(info) is None


def test_volume_that_would_be_tiny_for_the_network_is_doubtful(tmp_path: Path) -> None:
    info = open_volume(cube_of(tmp_path / "a.mrc", 14.69)).info
    assert info.voxel_size_nm is None
    assert "very thin or small" in info.warnings[-1]
    assert info.header_voxel_size_nm == pytest.approx(1.469)


@pytest.mark.parametrize("size", [0.0, -1.0, float("nan"), float("inf")])
def test_given_voxel_size_must_be_a_length(tmp_path: Path, size: float) -> None:
    with pytest.raises(CryoVesError, match="above 0"):
        open_volume(cube_of(tmp_path / "a.mrc", 20.0), size)


def test_real_tomograms_open(shared_data: Path) -> None:
    synapse = open_volume(next((shared_data / "fibsem_synapse").glob("*.mrc")))
    assert synapse.shape == (71, 131, 171)
    assert synapse.voxel_size_nm == pytest.approx(5.0)
    crop = open_volume(shared_data / "cryoet_crop" / "crop.mrc")
    assert crop.shape == (202, 115, 112)
