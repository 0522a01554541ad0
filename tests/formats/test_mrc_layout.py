"""Extended headers that are announced and not written, or not whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.mrc import open_mrc
from tests.formats.mrc_bytes import mrc_bytes, write_mrc_bytes


def grey(dtype: str = "f4") -> NDArray[np.generic]:
    """Noise that is a little smooth, as every image of a microscope is."""
    noise = gaussian_filter(np.random.default_rng(4).normal(0, 1, (12, 60, 64)), 0.8)
    return (noise * 50 + 20).astype(dtype)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("dtype", "mode"), [("i1", 0), ("i2", 1), ("f4", 2)])
@pytest.mark.parametrize("written", [0, 100, 1024, 39_936])
def test_voxels_are_found_by_the_files_length(
    tmp_path: Path, order: str, dtype: str, mode: int, written: int
) -> None:
    values = grey(dtype)
    path = write_mrc_bytes(
        tmp_path / "a.mrc", values, order, extended=bytes(range(1, 251)) * 160, mode=mode, nsymbt=49920
    )
    raw = path.read_bytes()
    path.write_bytes(raw[:1024] + raw[1024 : 1024 + written] + raw[1024 + 40_000 :])
    volume = open_mrc(path)
    np.testing.assert_array_equal(volume.data, values)
    assert volume.info.warnings[-1] == (
        f"The header announces 49920 further bytes before the voxels, of which {written or 'none'} are there; the "
        "voxels were found by the file's length."
    )


@pytest.mark.parametrize("missing", [1, 2, 100, 256, 4096, 6400, 20_000])
def test_an_end_that_is_missing_is_no_missing_header(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "cut.mrc"
    path.write_bytes(mrc_bytes(grey(), extended=b"\1\2\3\4" * 10_000)[:-missing])
    with pytest.raises(CryoVesError, match=r"cut\.mrc is cut short: \d+ bytes expected, \d+ found"):
        open_mrc(path)


def test_more_missing_than_was_announced(tmp_path: Path) -> None:
    path = tmp_path / "cut.mrc"
    path.write_bytes(mrc_bytes(grey(), nsymbt=1000)[:-8])
    with pytest.raises(CryoVesError, match="cut short"):
        open_mrc(path)


def test_an_image_that_shows_no_edges_is_not_guessed_at(tmp_path: Path) -> None:
    path = tmp_path / "cut.mrc"
    path.write_bytes(mrc_bytes(np.zeros((12, 60, 64), "f4"), extended=bytes(5000), nsymbt=9000))
    with pytest.raises(CryoVesError, match="cut short"):
        open_mrc(path)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("dtype", "mode"), [("i1", 0), ("i2", 1), ("f4", 2)])
@pytest.mark.parametrize("before", [80, 1024, 2048])
@pytest.mark.parametrize("announced", [0, 640])
def test_bytes_before_the_voxels_that_nobody_announced(
    tmp_path: Path, order: str, dtype: str, mode: int, before: int, announced: int
) -> None:
    values = grey(dtype)
    path = write_mrc_bytes(
        tmp_path / "a.mrc", values, order, extended=b"\1" * (announced + before), mode=mode, nsymbt=announced
    )
    volume = open_mrc(path)
    np.testing.assert_array_equal(volume.data, values)
    assert volume.info.warnings[-1] == (
        f"There are {before} bytes before the voxels that the header does not announce; the voxels were found by the "
        "file's length."
    )


@pytest.mark.parametrize("behind", [1, 80, 512, 2048])
def test_what_follows_the_voxels_is_no_header(tmp_path: Path, behind: int) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(mrc_bytes(grey()) + b"\1" * behind)
    volume = open_mrc(path)
    np.testing.assert_array_equal(volume.data, grey())
    assert volume.info.warnings == ()


def test_sections_that_the_header_does_not_know_are_told(tmp_path: Path) -> None:
    path = write_mrc_bytes(tmp_path / "a.mrc", grey(), nz=9, mz=9, cella_z=180)
    volume = open_mrc(path)
    np.testing.assert_array_equal(volume.data, grey()[:9])
    assert "longer than its header says, by 3 sections" in volume.info.warnings[-1]
