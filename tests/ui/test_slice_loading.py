"""Slices are read once, in a thread, and kept for all views together."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject

from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers import slice_loader
from cryoves_app.ui.viewers.slice_cache import Request, SliceCache
from cryoves_app.ui.viewers.slice_loader import SliceLoader
from cryoves_app.ui.viewers.slicing import Look, Plane, read_slice

from .helpers import PATIENCE_MS, settle

pytestmark = pytest.mark.usefixtures("qapp")
LOOK = Look()
#: A slice along z of these takes 80 bytes.
DATA = np.arange(200, dtype=np.float32).reshape(10, 4, 5)


class SlowData:
    """A tomogram of which a slice comes once it is let."""

    shape, dtype, size = DATA.shape, DATA.dtype, DATA.size

    def __init__(self) -> None:
        self.go, self.keys = threading.Event(), list[Any]()

    def __getitem__(self, key: Any) -> Any:
        self.keys.append(key)
        self.go.wait(PATIENCE_MS / 1000)
        return DATA[key]


def request(index: int, plane: Plane = Plane.XY) -> Request:
    return Request(plane, index, LOOK)


def test_what_is_used_stays_and_the_rest_goes_when_there_is_no_room() -> None:
    kept = SliceCache(most_bytes=3 * 80)
    for index in (0, 1, 2):
        kept.keep(DATA, request(index), DATA[index])
    assert kept.find(DATA, request(0)) is not None
    kept.keep(DATA, request(3), DATA[3])
    assert [kept.find(DATA, request(index)) is not None for index in range(4)] == [True, False, True, True]
    assert kept.size_bytes == 3 * 80
    kept.keep(DATA, request(0, Plane.YZ), np.zeros((10, 40), np.float32))  # larger than all the room
    assert kept.size_bytes == 0


def test_what_is_kept_again_counts_once() -> None:
    kept = SliceCache(most_bytes=2 * 80)
    for _ in range(5):
        kept.keep(DATA, request(0), DATA[0])
    assert kept.size_bytes == 80


def test_each_tomogram_has_its_own_slices_until_it_is_no_longer_shown() -> None:
    kept, other = SliceCache(), DATA + 1
    kept.keep(DATA, request(0), DATA[0])
    kept.keep(other, request(0), other[0])
    found = kept.find(other, request(0))
    assert found is not None
    assert found[0, 0] == 1
    kept.forget(DATA)
    assert kept.find(DATA, request(0)) is None
    assert kept.find(other, request(0)) is not None
    kept.forget(None)
    assert kept.size_bytes == 80


def test_a_slice_that_is_being_read_is_not_asked_for_again(qtbot: Any) -> None:
    owner, data, shown = QObject(), SlowData(), list[int]()
    loader = SliceLoader(lambda index, _image: shown.append(index), SliceCache(), owner)
    loader.set_data(data)  # type: ignore[arg-type]
    for index in (3, 3, 5, 3, 3):
        loader.want(Plane.XY, index, LOOK)
    data.go.set()
    qtbot.waitUntil(lambda: loader.idle, timeout=PATIENCE_MS)
    assert (len(data.keys), shown) == (1, [3])
    loader.want(Plane.XY, 5, LOOK)
    qtbot.waitUntil(lambda: loader.idle, timeout=PATIENCE_MS)
    loader.want(Plane.XY, 3, LOOK)
    assert (len(data.keys), shown) == (2, [3, 5, 3])


def test_of_a_tomogram_that_is_no_longer_shown_nothing_arrives(qtbot: Any) -> None:
    owner, data, kept = QObject(), SlowData(), SliceCache()
    shown: list[float] = []
    loader = SliceLoader(lambda _index, image: shown.append(float(image[0, 0])), kept, owner)
    loader.set_data(data)  # type: ignore[arg-type]
    loader.want(Plane.XY, 3, LOOK)
    loader.set_data(DATA + 1000)
    loader.want(Plane.XY, 3, LOOK)
    data.go.set()
    qtbot.waitUntil(lambda: loader.idle, timeout=PATIENCE_MS)
    assert shown == [1060.0]
    assert kept.size_bytes == 80


def test_what_could_not_be_read_is_read_again_when_it_is_asked_for_again(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, shown, told = QObject(), list[int](), list[str]()
    loader = SliceLoader(lambda index, _image: shown.append(index), SliceCache(), owner)
    loader.failed.connect(told.append)
    loader.set_data(DATA)
    with monkeypatch.context() as broken:
        broken.setattr(slice_loader, "read_slice", lambda *_: np.load("no such file"))
        loader.want(Plane.XY, 3, LOOK)
        qtbot.waitUntil(lambda: loader.idle, timeout=PATIENCE_MS)
    assert (len(told), shown) == (1, [])
    loader.want(Plane.XY, 3, LOOK)
    qtbot.waitUntil(lambda: loader.idle, timeout=PATIENCE_MS)
    assert (len(told), shown) == (1, [3])


def test_slices_and_the_3d_view_read_each_slice_once(
    open_window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, document = open_window.parts, open_window.workspace.document
    read: Counter[tuple[Plane, int]] = Counter()

    def counted(data: Any, plane: Plane, index: int, look: Look | None = None) -> Any:
        read[plane, index] += 1
        return read_slice(data, plane, index, look)

    settle(open_window, qtbot)
    monkeypatch.setattr(slice_loader, "read_slice", counted)
    z, y, x = document.cursor
    for cursor in ((z + 5, y + 6, x + 7), (z, y, x), (z + 5, y + 6, x + 7)):
        document.move_cursor(cursor)
        settle(open_window, qtbot)
        assert all(view.shown_index == view.index for view in parts.views.slices.values())
    assert set(read.values()) == {1}
    assert set(read) == {(Plane.XY, int(z + 5)), (Plane.XZ, int(y + 6)), (Plane.YZ, int(x + 7))}
