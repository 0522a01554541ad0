"""Adapting to the open tomogram in the window, without labels."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import models_folder
from cryoves_app.ui.shell.main_window import MainWindow
from tests.needs import needs_training

from .helpers import PATIENCE_MS

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
