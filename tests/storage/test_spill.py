"""Arrays that go to the disk in place of the memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.storage import spill
from cryoves_app.storage.spill import Spill
from tests.small_disk import small_disk


def words(number: int, count: int = 1000) -> np.ndarray[tuple[int], np.dtype[np.uint32]]:
    return np.full(count, number, np.uint32)


def test_what_was_put_comes_back_and_no_file_is_seen(tmp_path: Path) -> None:
    kept = Spill(tmp_path)
    places = [kept.put(words(n, 10 + n)) for n in range(5)]
    for n in (3, 0, 4, 1, 2):
        place = places[n]
        assert place is not None
        np.testing.assert_array_equal(kept.get(place, 10 + n), words(n, 10 + n))
    assert kept.put(words(0, 0)) is not None
    del kept
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_taken() -> None:
    assert Spill(None).put(words(1)) is None


def test_it_stops_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "MOST_BYTES", 10_000)
    kept = Spill(tmp_path)
    places = [kept.put(words(n)) for n in range(4)]
    assert [p is None for p in places] == [False, False, True, True]
    np.testing.assert_array_equal(kept.get(places[1] or 0, 1000), words(1))


def test_a_folder_that_vanished_is_no_error(tmp_path: Path) -> None:
    assert Spill(tmp_path / "gone").put(words(1)) is None


def test_a_full_disk_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_SHARE_OF_FREE", 10.0)  # as where others fill the disk meanwhile
    with small_disk(tmp_path / "full", megabytes=4) as disk:
        kept = Spill(disk)
        taken = [kept.put(words(n, 250_000)) for n in range(10)]
        assert 2 <= sum(place is not None for place in taken) <= 4
        for n, place in enumerate(taken):
            if place is not None:
                np.testing.assert_array_equal(kept.get(place, 250_000), words(n, 250_000))


def test_what_cannot_be_read_any_more_is_none(tmp_path: Path) -> None:
    kept = Spill(tmp_path)
    place = kept.put(words(7))
    assert kept._file is not None
    assert place is not None
    kept._file.truncate(100)
    assert kept.get(place, 1000) is None
