from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.mrc import open_mrc
from tests.formats.mrc_bytes import mrc_bytes, ramp
from tests.small_disk import small_disk

PACKERS = [gzip.compress, bz2.compress, lzma.compress]
Pack = Callable[[bytes], bytes]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files, which must be empty in the end."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("pack", PACKERS)
@pytest.mark.parametrize("kept", [3, 9, -40, -9, -1])
def test_what_is_cut_short_is_told_so(tmp_path: Path, temporary: Path, pack: Pack, kept: int) -> None:
    path = tmp_path / "a.mrc.gz"
    path.write_bytes(pack(mrc_bytes(np.random.default_rng(1).random((4, 50, 60), np.float32)))[:kept])
    with pytest.raises(CryoVesError, match=r"a\.mrc\.gz (could not be unpacked|is neither)"):
        open_mrc(path)


@pytest.mark.parametrize("pack", PACKERS)
def test_any_damage_is_one_sentence(tmp_path_factory: pytest.TempPathFactory, pack: Pack) -> None:
    whole = pack(mrc_bytes(ramp((4, 20, 30))))
    folder = tmp_path_factory.mktemp("damaged")
    (folder / "temporary").mkdir()

    said: list[str] = []

    @given(st.integers(len(whole) // 4, len(whole) - 1), st.binary(min_size=1, max_size=4))
    def damage(at: int, by: bytes) -> None:
        (folder / "a.mrc.gz").write_bytes(whole[:at] + by + whole[at + len(by) :])
        try:
            open_mrc(folder / "a.mrc.gz")
        except CryoVesError as error:
            said.append(str(error))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder / "temporary"))
        damage()
    assert list((folder / "temporary").iterdir()) == []
    assert said
    assert all("a.mrc.gz" in sentence for sentence in said)


def test_a_damaged_file_of_sixteen_bytes(temporary: Path, shared_cases: Path) -> None:
    with pytest.raises(CryoVesError, match="could not be unpacked: it is damaged or cut short"):
        open_mrc(shared_cases / "faults" / "zlib-error.mrc.gz")


@pytest.mark.parametrize("pack", PACKERS)
def test_a_small_file_that_unpacks_to_much_is_refused_by_its_header(
    tmp_path: Path, temporary: Path, pack: Pack
) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(pack(bytes(20_000_000)))
    with pytest.raises(CryoVesError, match=r"bomb\.gz is neither an MRC nor a TIFF file\."):
        open_mrc(path)


def test_no_more_is_unpacked_than_the_header_says(
    tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.mrc.gz"
    path.write_bytes(gzip.compress(mrc_bytes(ramp()) + bytes(50_000_000)))
    volume = open_mrc(path)
    np.testing.assert_array_equal(volume.data, ramp())
    assert [f.stat().st_size for f in temporary.glob("*/cryoves.*")] == [1024 + 4 * ramp().size]
    del volume


def test_a_header_that_says_too_much_is_refused_before_the_disk_is_full(
    tmp_path: Path, temporary: Path
) -> None:
    path = tmp_path / "a.mrc.gz"
    path.write_bytes(gzip.compress(mrc_bytes(ramp(), nx=90_000, ny=90_000, nz=90_000)))
    with pytest.raises(CryoVesError, match=r"Unpacking .*a\.mrc\.gz needs 2916 TB .* free; make room"):
        open_mrc(path)


def test_a_disk_that_gets_full_meanwhile_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mrc.gz"
    path.write_bytes(gzip.compress(mrc_bytes(np.random.default_rng(1).random((4, 500, 600), np.float32))))
    usage = shutil.disk_usage(tmp_path)
    with small_disk(tmp_path / "full", megabytes=1) as full:
        monkeypatch.setattr(tempfile, "tempdir", str(full))
        with pytest.raises(CryoVesError, match=r"Unpacking .*a\.mrc\.gz needs 4\.8 MB .* 1\.0 MB free"):
            open_mrc(path)
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
        with pytest.raises(
            CryoVesError, match=r"a\.mrc\.gz could not be read: the disk for temporary files is full\."
        ):
            open_mrc(path)
        assert list(full.iterdir()) == []
