"""A round of improving in the window: what is learned, what would change, keep or drop."""

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

from cryoves_app.domain.vesicle import Status
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.checkpoint import load_checkpoint
from cryoves_app.network.model_store import load_model, models_folder
from cryoves_app.ui.application import open_at_start
from cryoves_app.ui.panels.training.improve_view import ImproveView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.training.unfinished import unfinished_rounds
from tests.needs import needs_training

from .helpers import PATIENCE_MS, click_when_shown, press, settle
from .thread_watch import ThreadWatch

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def segmented(window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path) -> MainWindow:
    """A small piece of the sample with its vesicles."""
    whole = open_volume(sample)
    path = tmp_path / "piece.mrc"
    write_map(path, np.asarray(whole.data[16:80, 64:176, 64:176], dtype=np.float32), whole.info)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    with qtbot.waitSignal(window.parts.run.ended, timeout=PATIENCE_MS):
        qtbot.mouseClick(window.parts.segment.view.run, LEFT)
    window.parts.improving.usual = replace(
        window.parts.improving.usual, epochs=1, patches=3, mixed_in=1, judged_by=0
    )
    return window


def opened(window: MainWindow) -> ImproveView:
    window.workspace.commands.run("run.improve")
    view = window.parts.improving.view
    assert view is not None
    return view


def test_without_a_project_there_is_nothing_to_improve_with(window: MainWindow) -> None:
    assert not window.workspace.commands.action("run.improve").isEnabled()


@needs_training
def test_a_round_is_learned_shown_and_dropped_or_kept(segmented: MainWindow, qtbot: Any) -> None:
    window = segmented
    view = opened(window)
    assert "There is nothing to learn yet" in view.material.text()
    assert not view.improve.isEnabled()
    view.close()

    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    settle(window, qtbot)  # what is measured after a judgement is an edit, which is saved by itself
    (rejected,) = window.workspace.document.vesicles.with_status(Status.REJECTED)
    before = len(window.workspace.document.vesicles)
    assert (
        opened(window)
        .material.text()
        .startswith("In this project: 0 vesicles added, 0 corrected, 1 rejected.")
    )
    qtbot.waitUntil(lambda: view.name.text() == "default-improved", timeout=PATIENCE_MS)
    qtbot.mouseClick(view.improve, LEFT)
    watch = ThreadWatch()
    with watch.watching():
        qtbot.waitUntil(view.drop.isVisible, timeout=4 * PATIENCE_MS)
    assert watch.seen == []  # from the saved project on, the window's thread waits for no disk and no process
    assert "false" in view.verdict.text()
    assert "lost" in view.verdict.text()
    assert len(view.course.curves.rows) == 1
    if folder := os.environ.get("CRYOVES_PICTURES"):
        view.grab().save(str(Path(folder) / "improve.png"))
    model = load_model("default-improved")
    assert model.card["training"]["corrections"] == "0 vesicles added, 0 corrected, 1 rejected"
    assert window.workspace.document.vesicles.get(rejected.id) == rejected  # nothing is changed unasked
    assert len(window.workspace.document.vesicles) == before

    qtbot.mouseClick(view.keep, LEFT)
    chosen = window.parts.segment.view.model
    qtbot.waitUntil(lambda: chosen.currentData() == "default-improved", timeout=PATIENCE_MS)
    kept = window.workspace.document.vesicles.get(rejected.id)
    assert kept is not None
    assert kept.status is Status.REJECTED  # what a person judged stays
    assert view.isHidden()

    # a second round goes on from it, and is cancelled: nothing is left of it
    assert opened(window).start.currentData() == "default-improved"
    qtbot.mouseClick(view.improve, LEFT)
    qtbot.waitUntil(view.course.cancel.isVisible, timeout=PATIENCE_MS)
    qtbot.mouseClick(view.course.cancel, LEFT)
    qtbot.waitUntil(lambda: not window.parts.improving.running, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: "nothing is left" in view.course.message.text(), timeout=PATIENCE_MS)
    assert sorted(p.name for p in models_folder().iterdir()) == ["default-improved"]


@needs_training
def test_a_round_goes_on_after_its_window_was_closed(
    segmented: MainWindow,
    qtbot: Any,
    make_window: Callable[..., MainWindow],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = segmented
    improving = window.parts.improving
    improving.usual = replace(improving.usual, epochs=100, mixed_in=0)
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    view = opened(window)
    qtbot.mouseClick(view.improve, LEFT)
    qtbot.waitUntil(lambda: len(view.course.curves.rows) >= 1, timeout=4 * PATIENCE_MS)
    session = window.parts.projects.session
    assert session is not None
    home = session.home
    monkeypatch.setattr(QMessageBox, "question", lambda *_: QMessageBox.StandardButton.Yes)
    assert window.close()
    (begun,) = unfinished_rounds(models_folder())
    done = len(load_checkpoint(begun.unfinished).history)
    assert done >= 1

    again = make_window(opengl=False)
    open_at_start(again, [])
    qtbot.waitUntil(lambda: bool(again.notices.notices()), timeout=PATIENCE_MS)
    (notice,) = again.notices.notices()
    assert "Improving “default-improved” was stopped" in notice.sentence
    assert notice.button is not None
    with qtbot.waitSignal(again.parts.opener.opened, timeout=PATIENCE_MS):
        click_when_shown(qtbot, notice.button)
    qtbot.waitUntil(lambda: again.parts.improving.possible, timeout=PATIENCE_MS)
    assert again.parts.projects.session is not None
    assert again.parts.projects.session.home == home
    view = opened(again)
    line = view.stopped
    click_when_shown(qtbot, line.resume)
    qtbot.waitUntil(lambda: len(view.course.curves.rows) >= 1, timeout=4 * PATIENCE_MS)
    assert view.course.curves.rows[0]["epoch"] == done + 1
    qtbot.mouseClick(view.course.cancel, LEFT)
    qtbot.waitUntil(lambda: "whole epochs are kept" in view.course.message.text(), timeout=PATIENCE_MS)
    click_when_shown(qtbot, line.remove)
    qtbot.waitUntil(line.isHidden, timeout=PATIENCE_MS)
    assert list(models_folder().iterdir()) == []
