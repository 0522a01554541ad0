"""Levels of an OME-Zarr image in the window: asked about once, shown, and changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import psutil
import pytest
import zarr
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QApplication

from cryoves_app.formats.ome_zarr.chunks import ChunkedArray
from cryoves_app.ui.application import open_at_start
from cryoves_app.ui.dialogs.levels import LevelsDialog
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.shell.recent_menu import RecentMenu
from tests.formats.zarr_images import AXES, describe, grey, write_image

from .helpers import PATIENCE_MS, press, settle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def image(tmp_path: Path) -> Path:
    return write_image(tmp_path / "b12.zarr", grey((24, 48, 56)), levels=3)


def drop(window: MainWindow, path: Path) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    at, none = QPointF(QPoint(200, 200)), Qt.KeyboardModifier.NoModifier
    window.dropEvent(QDropEvent(at, Qt.DropAction.CopyAction, mime, LEFT, none))


def asked(window: MainWindow, qtbot: Any) -> LevelsDialog:
    qtbot.waitUntil(
        lambda: any(d.isVisible() for d in window.findChildren(LevelsDialog)), timeout=PATIENCE_MS
    )
    (dialog,) = [d for d in window.findChildren(LevelsDialog) if d.isVisible()]
    qtbot.waitUntil(lambda: dialog.list.height() > 0, timeout=PATIENCE_MS)
    return dialog


def rows(dialog: LevelsDialog) -> list[list[str]]:
    items = [dialog.list.topLevelItem(n) for n in range(dialog.list.topLevelItemCount())]
    return [[item.text(c) for c in range(4)] for item in items if item is not None]


def open_by(window: MainWindow, qtbot: Any, dialog: LevelsDialog) -> None:
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.button, LEFT)
    QApplication.sendPostedEvents(None, 52)  # Qt's deferred deletions


def shape_of(window: MainWindow) -> tuple[int, int, int] | None:
    volume = window.workspace.document.volume
    return volume.shape if volume is not None else None


def test_a_dropped_image_is_asked_about_and_the_open_level_is_shown_and_changed(
    window: MainWindow, qtbot: Any, image: Path
) -> None:
    drop(window, image)
    dialog = asked(window, qtbot)
    assert rows(dialog) == [
        ["0", "14.69 Å", "56 × 48 × 24", "0.0645"],
        ["1", "29.38 Å", "28 × 24 × 12", "0.00806"],
        ["2", "58.76 Å", "14 × 12 × 6", "0.00101"],
    ]
    assert dialog.level.name == "0"
    if folder := os.environ.get("CRYOVES_PICTURES"):
        dialog.grab().save(str(Path(folder) / "levels.png"))
    assert shape_of(window) is None
    press(qtbot, dialog.list, Qt.Key.Key_Down)
    open_by(window, qtbot, dialog)
    settle(window, qtbot)
    assert shape_of(window) == (12, 24, 28)
    view = window.parts.open_panel.view
    assert "<b>b12.zarr/1</b>" in view.facts.text()
    assert "Level 1 of 3" in view.facts.text()
    assert window.windowTitle().startswith("b12.zarr/1")
    window.parts.steps.open_step("Open")
    qtbot.waitUntil(lambda: view.level.isVisible() and view.level.height() > 0, timeout=PATIENCE_MS)
    if folder := os.environ.get("CRYOVES_PICTURES"):
        window.grab().save(str(Path(folder) / "level_open.png"))
    qtbot.mouseClick(view.level, LEFT)
    dialog = asked(window, qtbot)
    assert dialog.level.name == "1"
    press(qtbot, dialog.list, Qt.Key.Key_Up)
    open_by(window, qtbot, dialog)
    settle(window, qtbot)
    assert shape_of(window) == (24, 48, 56)
    assert "Level 0 of 3 (the finest)" in view.facts.text()


def test_what_is_open_stays_so_when_no_level_is_chosen(
    open_window: MainWindow, qtbot: Any, image: Path
) -> None:
    settle(open_window, qtbot)
    before = shape_of(open_window)
    assert not open_window.parts.open_panel.view.level.isVisibleTo(open_window)
    open_window.parts.opener.open([image / "zarr.json"])
    press(qtbot, asked(open_window, qtbot), Qt.Key.Key_Escape)
    QApplication.sendPostedEvents(None, 52)
    settle(open_window, qtbot)
    assert shape_of(open_window) == before


def test_one_level_a_named_level_and_what_was_open_before_are_not_asked_about(
    window: MainWindow, qtbot: Any, image: Path, tmp_path: Path
) -> None:
    single = write_image(tmp_path / "single.zarr", grey())
    for path, shape in ((single, (20, 40, 50)), (image / "2", (6, 12, 14))):
        with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
            drop(window, path)
        assert shape_of(window) == shape
        settle(window, qtbot)
    recent = window.findChild(RecentMenu)
    assert isinstance(recent, RecentMenu)
    recent.fill()
    texts = [action.text() for action in recent.actions()]
    assert texts[:2] == ["b12.zarr/2", "single.zarr"]
    assert not window.findChildren(LevelsDialog)


def test_of_ten_gigabytes_the_window_shows_the_first_slices_of_what_is_there(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    """Seconds are measured elsewhere (docs/measured.md); here it is what they hang on: chunks, and memory."""
    shape, chunks = (1024, 1600, 1600), (64, 200, 200)
    array = zarr.create_array(
        tmp_path / "big.zarr" / "0", shape=shape, chunks=chunks, dtype="f4", fill_value=0
    )
    array[512:576, :400, :200] = 3.0
    scale = {"type": "scale", "scale": [10.0] * 3}
    sets = [{"path": "0", "coordinateTransformations": [scale]}]
    describe(tmp_path / "big.zarr", {"axes": AXES, "datasets": sets})
    before = psutil.Process().memory_info().rss
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([tmp_path / "big.zarr"])
    settle(window, qtbot)
    assert shape_of(window) == shape
    volume = window.workspace.document.volume
    assert volume is not None
    assert isinstance(volume.data, ChunkedArray)
    assert volume.data.chunks_read <= 2  # both that are there lie in the slice that is shown
    assert psutil.Process().memory_info().rss - before < 500e6


def test_the_library_is_loaded_soon_after_the_start(
    window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the first image needn't wait for it: half a second."""
    asked = []
    monkeypatch.setattr("cryoves_app.ui.application.load_library", lambda: asked.append(1))
    open_at_start(window, [])
    qtbot.waitUntil(lambda: asked == [1], timeout=PATIENCE_MS)
