"""Every installed model on a box, side by side."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.resources import resource_path
from cryoves_app.network.model_store import models_folder
from cryoves_app.ui.base.picture import rgb_pixels
from cryoves_app.ui.panels.trial.view import TrialView
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import PATIENCE_MS


@pytest.fixture
def second_model(tmp_path: Path) -> str:
    """A copy of the bundled model under another name."""
    folder = models_folder() / "second"
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(resource_path("models") / "default", folder)
    return folder.name


def test_models_are_tried_on_a_box_and_one_is_chosen(
    second_model: str, open_window: MainWindow, qtbot: Any
) -> None:
    window, segment = open_window, open_window.parts.segment
    assert list(window.parts.run.models) == ["default", second_model]
    view = segment.view
    qtbot.mouseClick(view.box_on, Qt.MouseButton.LeftButton, pos=QPoint(10, view.box_on.height() // 2))
    view.box_edge.setValue(80)
    z, y, x = window.workspace.document.cursor
    window.workspace.document.move_cursor((z - 9, y, x))
    qtbot.mouseClick(view.trial, Qt.MouseButton.LeftButton)
    (dialog,) = window.findChildren(TrialView)
    assert dialog.slider.value() == round(z - 9)  # where the user was looking
    qtbot.waitUntil(lambda: all(c.button.isEnabled() for c in dialog.columns.values()), timeout=PATIENCE_MS)
    texts = {column.result.text().rsplit(". ", 1)[0] for column in dialog.columns.values()}
    assert len(texts) == 1  # the same weights find the same
    assert "vesicle" in texts.pop()
    assert len(window.workspace.document.vesicles) == 0
    pictures = {rgb_pixels(c.picture.grab().toImage()).tobytes() for c in dialog.columns.values()}
    dialog.probability.setChecked(True)
    pictures |= {rgb_pixels(c.picture.grab().toImage()).tobytes() for c in dialog.columns.values()}
    assert len(pictures) == 2
    with qtbot.waitSignal(dialog.closed):
        qtbot.mouseClick(dialog.columns[second_model].button, Qt.MouseButton.LeftButton)
    assert view.model.currentData() == second_model


def test_published_weights_are_imported_and_chosen(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = Path(
        shutil.copy(resource_path("models") / "default" / "model.weights.h5", tmp_path / "from the lab.h5")
    )
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(weights), ""))
    open_window.workspace.commands.run("run.import_model")
    segment = open_window.parts.segment
    qtbot.waitUntil(lambda: segment.view.model.currentData() == "from-the-lab", timeout=PATIENCE_MS)
    assert "from-the-lab" in open_window.notices.sentences()[0]


def test_a_file_that_is_no_network_is_answered_with_a_sentence(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = tmp_path / "notes.h5"
    wrong.write_text("no weights")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(wrong), ""))
    open_window.workspace.commands.run("run.import_model")
    qtbot.waitUntil(lambda: bool(open_window.notices.sentences()), timeout=PATIENCE_MS)
    assert "notes.h5" in open_window.notices.sentences()[0]
    assert list(open_window.parts.run.models) == ["default"]
