from __future__ import annotations

import gc
import itertools
import os
import threading
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import basic_indices

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats import file_array
from cryoves_app.formats.file_array import FileArray, Layout
from cryoves_app.formats.temporary import temporary_file

SHAPE = (5, 70, 90)
VALUES = np.random.default_rng(3).integers(-30000, 30000, SHAPE).astype(">i2")


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voxels") / "voxels.raw"
    path.write_bytes(b"head" + VALUES.tobytes())
    return path


def opened(path: Path, axes: tuple[int, int, int] = (0, 1, 2)) -> FileArray:
    return FileArray(path, Layout.contiguous(VALUES.dtype, SHAPE, 4), "a.mrc", axes)


@given(st.data())
def test_what_is_indexed_is_what_numpy_gives(stored: Path, data: st.DataObject) -> None:
    axes = data.draw(st.sampled_from([*itertools.permutations(range(3))]))
    whole = VALUES.transpose(axes)
    key = data.draw(basic_indices(whole.shape))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_array, "_READ_COST_BYTES", data.draw(st.sampled_from([1, 10**9])))
        patch.setattr(file_array, "_FEW_COLUMNS", few := data.draw(st.integers(0, 80)))
        patch.setattr(file_array, "_KEPT_COLUMNS", few + 5)
        voxels = opened(stored, axes)
        for _ in range(2):  # the second time out of what was kept
            found = voxels[key]
            assert found.ndim == 0 or found.dtype == VALUES.dtype
            np.testing.assert_array_equal(found, whole[key])


@given(st.data())
def test_a_part_is_what_numpy_gives_of_a_part(stored: Path, data: st.DataObject) -> None:
    axes = data.draw(st.sampled_from([*itertools.permutations(range(3))]))
    whole = VALUES.transpose(axes)
    corners = [sorted(data.draw(st.tuples(st.integers(0, n - 1), st.integers(1, n)))) for n in whole.shape]
    window = tuple(slice(low, max(high, low + 1)) for low, high in corners)
    part, expected = opened(stored, axes).part(window), whole[window]
    assert (part.shape, part.size, part.is_in_order) == (expected.shape, expected.size, False)
    key = data.draw(basic_indices(expected.shape))
    np.testing.assert_array_equal(part[key], expected[key])
    np.testing.assert_array_equal(part.part(np.s_[0:1, :, 0:1]), expected[0:1, :, 0:1])


def test_a_part_holds_its_file(stored: Path) -> None:
    path = temporary_file("test")
    path.write_bytes(stored.read_bytes())
    voxels = opened(path)
    voxels.remove_at_end(path)
    part = voxels.part(np.s_[1:3, :, 5:])
    del voxels
    gc.collect()
    np.testing.assert_array_equal(part, VALUES[1:3, :, 5:])
    del part
    gc.collect()
    assert not path.exists()


def test_it_serves_as_an_array(stored: Path) -> None:
    voxels = opened(stored)
    assert (voxels.shape, voxels.size, voxels.ndim, len(voxels)) == (SHAPE, VALUES.size, 3, 5)
    np.testing.assert_array_equal(np.asarray(voxels), VALUES)
    np.testing.assert_array_equal(np.asarray(voxels, np.float32), VALUES)
    np.testing.assert_array_equal(np.stack(list(voxels)), VALUES)
    assert voxels.is_in_order
    assert not opened(stored, (0, 2, 1)).is_in_order


@pytest.mark.parametrize("key", [(0, 0, 0, 0), np.zeros(SHAPE, bool), ([1, 2],), 5, -6, (0, 70), True, 1.0])
def test_other_indices_are_refused(stored: Path, key: object) -> None:
    with pytest.raises(IndexError):
        opened(stored)[key]


def test_planes_may_lie_anywhere(tmp_path: Path) -> None:
    planes = [VALUES[k].tobytes() for k in range(5)]
    (tmp_path / "a").write_bytes(b"xy" + planes[3] + b"?" + b"".join(planes[:3]) + b"abc" + planes[4])
    size = len(planes[0])
    places = [3 + size, 3 + 2 * size, 3 + 3 * size, 2, 6 + 4 * size]
    layout = Layout(VALUES.dtype, places, 70, 90)
    assert layout.end == (tmp_path / "a").stat().st_size
    voxels = FileArray(tmp_path / "a", layout, "a")
    np.testing.assert_array_equal(voxels[:], VALUES)
    np.testing.assert_array_equal(voxels[1:4, 5, ::2], VALUES[1:4, 5, ::2])


@pytest.mark.parametrize("key", [np.s_[4], np.s_[:, 69], np.s_[:, :, 7], np.s_[:], np.s_[2:, 60:70, 80:]])
def test_a_file_that_was_cut_short_is_a_sentence(tmp_path: Path, stored: Path, key: object) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(stored.read_bytes())
    voxels = opened(path)
    os.truncate(path, 4 + 9 * VALUES.nbytes // 10)
    np.testing.assert_array_equal(voxels[0], VALUES[0])
    with pytest.raises(CryoVesError, match=r"a\.mrc has become shorter since it was opened"):
        voxels[key]


def test_a_disk_that_fails_is_a_sentence(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    voxels = opened(stored)

    def fail(*_: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(file_array.os, "preadv", fail)
    with pytest.raises(CryoVesError, match=r"a\.mrc can no longer be read: input/output error\."):
        voxels[0]


def test_few_columns_are_read_with_their_neighbours(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    monkeypatch.setattr(
        file_array._OpenFile,
        "read_into",
        lambda self, out, offset, name, real=file_array._OpenFile.read_into: (
            read.append(out.nbytes),
            real(self, out, offset, name),
        ),
    )
    voxels = opened(stored)
    for x in (40, 41, 30, 50):
        np.testing.assert_array_equal(voxels[:, :, x], VALUES[:, :, x])
    np.testing.assert_array_equal(voxels[:, :, 35:39], VALUES[:, :, 35:39])
    assert sum(read) == VALUES.nbytes  # once for all
    voxels[:, :, 89]
    assert sum(read) == 2 * VALUES.nbytes


def test_neighbours_that_need_much_memory_are_not_kept(stored: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_array, "_KEPT_BYTES", 100)
    voxels = opened(stored)
    np.testing.assert_array_equal(voxels[:, :, 3], VALUES[:, :, 3])
    np.testing.assert_array_equal(voxels[:, :, 4], VALUES[:, :, 4])


def test_several_threads_read_at_once(stored: Path) -> None:
    voxels = opened(stored)
    wrong: list[int] = []

    def look(seed: int) -> None:
        for x in np.random.default_rng(seed).integers(0, 90, 50):
            if not np.array_equal(voxels[:, :, x], VALUES[:, :, x]):
                wrong.append(x)

    threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_temporary_file_goes_with_the_array_but_not_with_its_pieces(stored: Path) -> None:
    path = temporary_file("test")
    path.write_bytes(stored.read_bytes())
    voxels = opened(path)
    voxels.remove_at_end(path)
    piece = voxels[1]
    assert path.exists()
    del voxels
    gc.collect()
    assert not path.parent.exists()
    np.testing.assert_array_equal(piece, VALUES[1])
