"""Chains of directories that no library may be let near."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.tiff import open_tiff
from cryoves_app.formats.tiff_directories import check_directories
from tests.formats.mrc_bytes import ramp


def chain(*links: int, order: str = "<", tags: bytes = b"") -> bytes:
    """A classic TIFF file whose directories, of 100 bytes each, are followed by those of these numbers (-1: none)."""
    raw = bytearray(8 + 100 * len(links))
    raw[:8] = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    for k, link in enumerate(links):
        at = 8 + 100 * k
        raw[at : at + 2] = struct.pack(f"{order}H", len(tags) // 12)
        raw[at + 2 : at + 2 + len(tags)] = tags
        following = 8 + 100 * link if link >= 0 else 0
        raw[at + 2 + len(tags) : at + 6 + len(tags)] = struct.pack(f"{order}I", following)
    return bytes(raw)


def checked(raw: bytes) -> int:
    return check_directories(io.BytesIO(raw), len(raw), "a.tif")


@pytest.mark.parametrize("order", ["<", ">"])
def test_directories_are_counted(order: str) -> None:
    assert checked(chain(-1, order=order)) == 1
    assert checked(chain(1, 2, 3, -1, order=order)) == 4
    assert checked(chain(3, -1, 1, 2, order=order)) == 4


@pytest.mark.parametrize("links", [(0,), (1, 0), (1, 2, 1), (*range(1, 150), 140)])
def test_a_circle_is_found(links: tuple[int, ...]) -> None:
    with pytest.raises(
        CryoVesError, match=r"a\.tif is a damaged TIFF file: its images follow each other without end"
    ):
        checked(chain(*links))


def test_more_images_than_any_tomogram_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cryoves_app.formats.tiff_directories._MOST_PAGES", 20)
    assert checked(chain(*range(1, 20), -1)) == 20
    with pytest.raises(CryoVesError, match="without end"):
        checked(chain(*range(1, 21), -1))


@pytest.mark.parametrize("raw", [b"II*\0" + bytes(4), b"II+\0" + bytes(12)])
def test_no_image(raw: bytes) -> None:
    with pytest.raises(CryoVesError, match="it holds no image"):
        checked(raw)


@pytest.mark.parametrize(
    "raw", [b"II*\0", b"II*\0\x08\0\0\0\1", chain(50), chain(1, -1)[:105], chain(1, -1)[:109]]
)
def test_cut_short(raw: bytes) -> None:
    with pytest.raises(CryoVesError, match=r"a\.tif is a damaged TIFF file: .*cut short"):
        checked(raw)


def test_all_directories_claim_the_whole_file() -> None:
    tag = struct.pack("<HHII", 273, 4, 2**30, 8)
    with pytest.raises(CryoVesError, match="claim far more than the file holds"):
        checked(chain(-1, tags=tag))


def test_absurdly_many_entries() -> None:
    raw = bytearray(chain(-1))
    raw[8:10] = struct.pack("<H", 60_000)
    with pytest.raises(CryoVesError, match="has 60000 entries"):
        checked(bytes(raw) + bytes(800_000))


def test_what_tifffile_writes_passes(tmp_path: Path) -> None:
    for name, more in {
        "a": {},
        "b": {"bigtiff": True},
        "c": {"byteorder": ">"},
        "d": {"compression": "zlib"},
    }.items():
        path = tmp_path / f"{name}.tif"
        tifffile.imwrite(path, ramp((9, 8, 7)), photometric="minisblack", **more)
        with path.open("rb") as stream:
            assert check_directories(stream, path.stat().st_size, "a") == 9


def test_a_chain_that_never_ends(shared_cases: Path) -> None:
    with pytest.raises(
        CryoVesError, match=r"endless-ifd-chain\.tif is a damaged TIFF file: its images follow"
    ):
        open_tiff(shared_cases / "faults" / "endless-ifd-chain.tif")


def test_a_circle_in_a_real_stack(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((300, 8, 8), "u1"), photometric="minisblack", metadata=None)
    with tifffile.TiffFile(path) as tif:
        offsets = [page.offset for page in tif.pages]
        at = offsets[-1] + 2 + 12 * len(tif.pages[-1].tags)
    raw = bytearray(path.read_bytes())
    raw[at : at + 4] = struct.pack("<I", offsets[200])
    path.write_bytes(raw)
    with pytest.raises(CryoVesError, match="without end"):
        open_tiff(path)
