"""Letting the pages of a mapped array go loses nothing that was written to it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import psutil
import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.reserved import open_array, reserve_array, write_array
from cryoves_app.storage.mapped import release_pages, released_planes

MEGABYTE = 1 << 20


def test_what_was_written_stays_and_leaves_the_memory(tmp_path: Path) -> None:
    values = reserve_array(tmp_path / "a.npy", (64, 512, 512), np.float32)
    before = psutil.Process().memory_info().rss
    values[...] = 3.0
    held = psutil.Process().memory_info().rss
    release_pages(values[1:])
    left = psutil.Process().memory_info().rss
    assert np.all(values[::7] == 3.0)
    assert held - before > 50 * MEGABYTE
    assert left - before < 10 * MEGABYTE


def test_planes_are_changed_without_the_whole_in_memory(tmp_path: Path) -> None:
    values = reserve_array(tmp_path / "a.npy", (128, 512, 512), np.float32)
    before = psutil.Process().memory_info().rss
    for k, plane in enumerate(released_planes(values)):
        plane[...] = k
        assert psutil.Process().memory_info().rss - before < 40 * MEGABYTE
    assert values[:, 5, 7].tolist() == list(range(128))


def test_arrays_that_are_not_mapped_are_left_alone() -> None:
    values = np.ones(5)
    release_pages(values[1:])
    assert values.sum() == 5


def test_an_array_is_read_where_it_is_indexed(tmp_path: Path) -> None:
    values = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
    write_array(tmp_path / "a.npy", values)
    read = open_array(tmp_path / "a.npy")
    np.testing.assert_array_equal(read[1:3, :, 2:5], values[1:3, :, 2:5])
    np.testing.assert_array_equal(np.asarray(read), values)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:-100])
    with pytest.raises(CryoVesError, match="shorter"):
        read[3]


@pytest.mark.parametrize("values", [np.zeros(3, np.float32), np.asfortranarray(np.ones((2, 3, 4)))])
def test_what_is_no_volume_is_not_opened(values: np.ndarray, tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(ValueError, match="holds no volume"):
        open_array(tmp_path / "a.npy")
