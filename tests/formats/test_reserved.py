from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.formats import reserved
from cryoves_app.formats.reserved import reserve_array, write_array
from tests.small_disk import small_disk


@pytest.fixture(params=["the system takes it", "not known to the system", "not on this disk"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """How the room can be taken."""
    if request.param == "not known to the system":
        monkeypatch.delattr(reserved.os, "posix_fallocate", raising=False)
    elif request.param == "not on this disk":

        def refuse(*_: int) -> None:
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(reserved.os, "posix_fallocate", refuse, raising=False)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize(("shape", "dtype"), [((3, 4, 5), np.uint16), ((70, 300, 300), np.float32)])
def test_zeros_that_numpy_reads(tmp_path: Path, shape: tuple[int, ...], dtype: type[np.generic]) -> None:
    values = reserve_array(tmp_path / "a.npy", shape, dtype)
    assert (values.shape, values.dtype, values.any()) == (shape, np.dtype(dtype), False)
    assert (tmp_path / "a.npy").stat().st_blocks * 512 >= values.nbytes
    values[-1] = 3
    del values
    assert (np.load(tmp_path / "a.npy")[-1] == 3).all()


@pytest.mark.usefixtures("way")
def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    with small_disk(tmp_path / "full", megabytes=1) as full:
        with pytest.raises(OSError, match="No space left"):
            reserve_array(full / "a.npy", (3, 400, 500), np.float32)
        (full / "a.npy").unlink()
        with pytest.raises(OSError, match="No space left"):
            write_array(full / "a.npy", np.ones((3, 400, 500), np.float32))


def test_arrays_are_written_as_numpy_does(tmp_path: Path) -> None:
    values = np.arange(60, dtype=np.float16).reshape(3, 4, 5)
    write_array(tmp_path / "a.npy", values.transpose(2, 0, 1))
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), values.transpose(2, 0, 1))
