"""Adapting to the open tomogram in the window, without labels."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.checkpoint import load_checkpoint
from cryoves_app.network.model_store import models_folder
from cryoves_app.ui.application import open_at_start
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.training.unfinished import unfinished_adaptations
from tests.needs import needs_training

from .helpers import PATIENCE_MS, click_when_shown

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def opened(window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path) -> MainWindow:
    whole = open_volume(sample)
    path = tmp_path / "piece.mrc"
    write_map(path, np.asarray(whole.data[16:80, 32:176, 32:176], dtype=np.float32), whole.info)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    return window


def test_without_a_tomogram_there_is_nothing_to_adapt_to(window: MainWindow) -> None:
    assert not window.workspace.commands.action("run.adapt").isEnabled()


@needs_training
def test_what_came_of_it_is_said_and_nothing_is_left_where_it_was_dropped(
    opened: MainWindow, qtbot: Any
) -> None:
    adapting = opened.parts.adapting
    adapting.usual = replace(adapting.usual, epochs=1, patches=3, mixed_in=0, judged_by=0)
    opened.workspace.commands.run("run.adapt")
    view = adapting.view
    assert view is not None
    assert view.name.text() == "default-adapted"
    qtbot.mouseClick(view.adapt, LEFT)
    assert not view.adapt.isEnabled()
    qtbot.waitUntil(lambda: not adapting.running, timeout=4 * PATIENCE_MS)
    assert view.verdict.isVisible(), view.course.message.text()
    assert "The fits taught" in view.verdict.text()
    assert len(view.course.curves.rows) == 1
    if folder := os.environ.get("CRYOVES_PICTURES"):
        view.grab().save(str(Path(folder) / "adapt.png"))
    kept = "is kept" in view.verdict.text()
    assert view.choose.isVisible() is kept
    left = [path.name for path in models_folder().iterdir()] if models_folder().exists() else []
    assert left == (["default-adapted"] if kept else [])
    assert view.adapt.isEnabled()
    view.close()


@needs_training
def test_it_goes_on_after_its_window_was_closed(
    opened: MainWindow,
    qtbot: Any,
    make_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapting = opened.parts.adapting
    adapting.usual = replace(adapting.usual, epochs=200, patches=3, mixed_in=0, judged_by=0)
    opened.workspace.commands.run("run.adapt")
    view = adapting.view
    assert view is not None
    qtbot.mouseClick(view.adapt, LEFT)
    qtbot.waitUntil(lambda: len(view.course.curves.rows) >= 1, timeout=4 * PATIENCE_MS)
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    assert opened.close()
    (begun,) = unfinished_adaptations(models_folder())
    done = len(load_checkpoint(begun.unfinished).history)
    assert done >= 1

    again = make_window(opengl=False)
    open_at_start(again, [])
    qtbot.waitUntil(lambda: bool(again.notices.notices()), timeout=PATIENCE_MS)
    (notice,) = again.notices.notices()
    assert notice.sentence == "Adapting “default-adapted” was stopped before it was finished."
    assert notice.button is not None
    click_when_shown(qtbot, notice.button)
    course = again.parts.adapting.view
    assert course is not None
    qtbot.waitUntil(lambda: len(course.course.curves.rows) >= 1, timeout=4 * PATIENCE_MS)
    assert course.course.curves.rows[0]["epoch"] == done + 1
    qtbot.mouseClick(course.course.cancel, LEFT)
    click_when_shown(qtbot, course.stopped.remove)
    qtbot.waitUntil(lambda: not again.parts.adapting.stopped.found, timeout=PATIENCE_MS)
    assert list(models_folder().iterdir()) == [], again.notices.sentences()
    course.close()
