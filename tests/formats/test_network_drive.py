from __future__ import annotations

import gc
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats import volume_file
from cryoves_app.formats.network_drive import is_on_network_drive, lies_on_network
from tests.formats.mrc_bytes import ramp, write_mrc_bytes


@dataclass
class Mount:
    mountpoint: str
    fstype: str
    opts: str = "rw"


MOUNTS = [
    Mount("/", "ext4"), Mount("/data", "nfs4"), Mount("/data/scratch", "xfs"), Mount("/Volumes/lab", "smbfs"),
    Mount("C:\\", "NTFS", "rw,fixed"), Mount("Z:\\", "", "rw,remote"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("path", "remote"),
    [
        ("/home/me/a.mrc", False), ("/data/a.mrc", True), ("/database/a.mrc", False), ("/data/scratch/a.mrc", False),
        ("/Volumes/lab/x/a.mrc", True), ("C:\\x\\a.mrc", False),
        ("Z:\\x\\a.mrc", True), ("\\\\server\\share\\a.mrc", True),
    ],
)  # fmt: skip
def test_nearest_mount_decides(path: str, remote: bool) -> None:
    assert lies_on_network(path, MOUNTS) == remote


def test_temporary_folder_is_local(tmp_path: Path) -> None:
    assert not is_on_network_drive(tmp_path)


def test_tomogram_from_a_network_drive_is_copied_and_cleaned_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_mrc_bytes(tmp_path / "a.mrc", ramp())
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(volume_file, "is_on_network_drive", lambda _: True)
    volume = volume_file.open_volume(source, 2.0)
    assert volume.info.path == str(source)
    source.unlink()  # the connection is gone
    np.testing.assert_array_equal(volume.data, ramp())
    del volume
    gc.collect()
    assert list((tmp_path / "temporary").iterdir()) == []


def test_failures_name_the_file_and_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = tmp_path / "bad.mrc"
    bad.write_bytes(b"x" * 3000)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setattr(volume_file, "is_on_network_drive", lambda _: True)
    with pytest.raises(CryoVesError, match=r"bad\.mrc is neither"):
        volume_file.open_volume(bad)
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=10))
    with pytest.raises(
        CryoVesError, match=r"lies on a network drive; a local copy of it needs 3\.0 kB .* has 10 bytes free"
    ):
        volume_file.open_volume(bad)
    assert list((tmp_path / "temporary").iterdir()) == []
