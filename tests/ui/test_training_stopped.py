"""A training that does not come to its end: window closed, disk full. Nothing is corrupt, and going on is offered."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from cryoves_app.network.checkpoint import load_checkpoint
from cryoves_app.network.model_store import load_model, models_folder
from cryoves_app.ui.application import open_at_start
from cryoves_app.ui.panels.training.view import TrainingView
from cryoves_app.ui.shell.main_window import MainWindow
from tests.needs import needs_training
from tests.small_disk import small_disk

from .helpers import PATIENCE_MS, click_when_shown
from .test_training import add, begin, dataset, go_on, opened, wait  # noqa: F401
from .thread_watch import ThreadWatch

LEFT = Qt.MouseButton.LeftButton


def epochs(view: TrainingView) -> list[int]:
    return [int(row["epoch"]) for row in view.course.curves.rows]


def ended(window: MainWindow, qtbot: Any) -> None:
    wait(qtbot, lambda: not window.parts.training.running)


@needs_training
def test_a_training_goes_on_after_its_window_was_closed(
    make_window: Callable[..., MainWindow],
    qtbot: Any,
    dataset: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window(opengl=False)
    view = opened(window)
    add(view, qtbot, dataset, monkeypatch)
    begin(view, qtbot, "lab")
    wait(qtbot, lambda: len(epochs(view)) >= 1)
    asked: list[str] = []
    monkeypatch.setattr(
        QMessageBox, "question", lambda *a: asked.append(a[2]) or QMessageBox.StandardButton.Yes
    )
    worker = window.parts.training.bridge.worker
    assert window.close()
    assert "whole epochs" in asked[0]
    assert worker.pid is None
    kept = load_checkpoint(models_folder() / "lab.training")
    assert len(kept.history) >= 1
    assert not (models_folder() / "lab").exists()

    again = make_window(opengl=False)
    open_at_start(again, [])
    qtbot.waitUntil(lambda: bool(again.notices.notices()), timeout=PATIENCE_MS)
    (notice,) = again.notices.notices()
    assert notice.sentence == "The training of “lab” was stopped before it was finished."
    assert notice.button is not None
    click_when_shown(qtbot, notice.button)
    view = opened(again)
    wait(qtbot, lambda: len(epochs(view)) >= 1)
    assert epochs(view)[0] == len(kept.history) + 1
    qtbot.mouseClick(view.course.cancel, LEFT)
    ended(again, qtbot)

    click_when_shown(qtbot, view.stopped.remove)
    qtbot.waitUntil(view.stopped.isHidden, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: not again.parts.training.stopped.found, timeout=PATIENCE_MS)
    assert list(models_folder().iterdir()) == []


def fill(disk: Path) -> Path:
    """Take the room that is left."""
    with (disk / "filling").open("wb", buffering=0) as stream:
        while free := shutil.disk_usage(disk).free:
            stream.write(bytes(min(1 << 20, free)))
    return disk / "filling"


@needs_training
def test_a_training_goes_on_once_a_full_disk_has_room_again(
    window: MainWindow,
    qtbot: Any,
    dataset: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "full", megabytes=150) as disk:
        monkeypatch.setenv("CRYOVES_DATA", str(disk))
        view = opened(window)
        add(view, qtbot, dataset, monkeypatch)
        begin(view, qtbot, "lab")
        wait(qtbot, lambda: len(epochs(view)) >= 1)
        filling = fill(disk)
        ended(window, qtbot)
        assert "could not be written: the disk is full." in view.course.message.text()
        kept = load_checkpoint(disk / "models" / "lab.training")
        assert not (disk / "models" / "lab").exists()

        filling.unlink()
        go_on(view, qtbot)
        wait(qtbot, lambda: len(epochs(view)) >= 1 or not window.parts.training.running)
        assert epochs(view)[0] == len(kept.history) + 1
        qtbot.mouseClick(view.course.stop, LEFT)
        ended(window, qtbot)
        assert load_model("lab").card["training"]["epochs"] >= epochs(view)[0]
        window.parts.training.bridge.close()


@needs_training
def test_while_a_network_learns_the_windows_thread_waits_for_no_disk_and_no_process(
    window: MainWindow,
    qtbot: Any,
    dataset: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All that could stall it; what it draws is as little as without a training."""
    watch = ThreadWatch()
    view = opened(window)
    add(view, qtbot, dataset, monkeypatch)
    with watch.watching():
        begin(view, qtbot, "lab")
        wait(qtbot, lambda: len(epochs(view)) >= 2 and view.course.glimpse.isVisible())
        qtbot.mouseClick(view.course.cancel, LEFT)
        ended(window, qtbot)
        go_on(view, qtbot)
        wait(qtbot, lambda: len(epochs(view)) >= 1)
        qtbot.mouseClick(view.course.stop, LEFT)
        ended(window, qtbot)
        qtbot.waitUntil(lambda: "lab" in window.parts.run.models, timeout=PATIENCE_MS)
    assert watch.seen == []
