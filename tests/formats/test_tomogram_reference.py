from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats import tomogram_reference as tr
from cryoves_app.formats.volume_file import open_volume
from tests.formats.mrc_bytes import ramp, write_mrc_bytes


@pytest.fixture
def tomogram(tmp_path: Path) -> Path:
    (tmp_path / "data").mkdir()
    return write_mrc_bytes(tmp_path / "data" / "a.mrc", ramp())


def test_reference_describes_the_file(tmp_path: Path, tomogram: Path) -> None:
    reference = tr.reference_to(open_volume(tomogram, 2.2), tmp_path / "p.cryoves", "user")
    assert reference.relative_path == "data/a.mrc"
    assert reference.absolute_path == str(tomogram)
    assert reference.size_bytes == tomogram.stat().st_size
    assert reference.shape == (3, 4, 5)
    assert (reference.voxel_size_nm, reference.voxel_size_source) == (2.2, "user")
    with pytest.raises(CryoVesError, match="voxel size"):
        tr.reference_to(open_volume(write_mrc_bytes(tmp_path / "b.mrc", ramp(), cella_x=0)), None)


def test_tomogram_is_found_after_a_move(tmp_path: Path, tomogram: Path) -> None:
    project = tmp_path / "p.cryoves"
    reference = tr.reference_to(open_volume(tomogram, 2.2), project)
    assert tr.find_tomogram(reference, project) == tomogram
    assert tr.find_tomogram(reference, None) == tomogram
    tmp_path.joinpath("data").rename(tmp_path / "elsewhere")
    assert tr.find_tomogram(reference, project) is None
    assert (
        tr.find_tomogram(reference, tmp_path / "elsewhere" / "p.cryoves") == tmp_path / "elsewhere" / "a.mrc"
    )
    (tmp_path / "new").mkdir()
    (tmp_path / "elsewhere").rename(tmp_path / "new" / "data")
    assert tr.find_tomogram(reference, tmp_path / "new" / "p.cryoves") == tmp_path / "new" / "data" / "a.mrc"


def test_another_file_of_that_name_is_not_taken(tmp_path: Path, tomogram: Path) -> None:
    reference = tr.reference_to(open_volume(tomogram, 2.2), tmp_path / "p.cryoves")
    write_mrc_bytes(tomogram, ramp() + 1)
    assert not tr.is_same_tomogram(tomogram, reference)
    assert tr.find_tomogram(reference, tmp_path / "p.cryoves") is None


def test_fingerprint_sees_start_end_and_length(tmp_path: Path) -> None:
    path = tmp_path / "big"
    data = np.zeros(5 << 20, "u1")
    seen = set()
    for change in ([], [0], [-1]):
        changed = data.copy()
        changed[change] = 1
        path.write_bytes(changed.tobytes())
        seen.add(tr.fingerprint(path))
    path.write_bytes(data[:-1].tobytes())
    seen.add(tr.fingerprint(path))
    assert len(seen) == 4
    with pytest.raises(CryoVesError, match="does not exist"):
        tr.fingerprint(tmp_path / "none")
