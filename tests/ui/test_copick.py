"""A copick project in the window: its tomograms are listed and opened."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cryoves_app.ui.dialogs.copick_runs import CopickRunsDialog
from cryoves_app.ui.shell.main_window import MainWindow
from tests.formats.copick_projects import make_project

from .helpers import PATIENCE_MS


def dialog_of(window: MainWindow, qtbot: Any) -> CopickRunsDialog:
    qtbot.waitUntil(lambda: bool(window.findChildren(CopickRunsDialog)), timeout=PATIENCE_MS)
    (dialog,) = window.findChildren(CopickRunsDialog)
    return dialog


def test_a_projects_tomograms_are_listed_and_one_is_opened(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    config = make_project(tmp_path)
    window.parts.opener.open([config])
    dialog = dialog_of(window, qtbot)
    lines = [dialog.list.item(row).text() for row in range(dialog.list.count())]
    assert lines == ["TS_001, 14.69 Å, wbp", "TS_002, 14.69 Å, wbp"]
    assert not dialog.button.isEnabled()
    dialog.list.item(1).setSelected(True)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    volume = window.workspace.document.volume
    assert volume is not None
    assert volume.shape == (20, 40, 50)
    assert "TS_002" in str(volume.info.path)
    QApplication.sendPostedEvents(None, 52)  # Qt's deferred deletions
    assert not window.findChildren(CopickRunsDialog)


def test_a_file_that_is_no_project_and_one_without_tomograms_are_told(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    told: list[str] = []
    window.parts.opener.failed.connect(told.append)
    (tmp_path / "a.json").write_text("{}")
    window.parts.opener.open([tmp_path / "a.json"])
    assert "is no copick configuration" in told[0]
    window.parts.opener.open([make_project(tmp_path / "p", runs=())])
    assert not window.findChildren(CopickRunsDialog)
