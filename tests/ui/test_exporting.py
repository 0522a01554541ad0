"""Export from the window, and measures that follow edits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from cryoves_app.formats.table import read_vesicles, write_vesicles
from cryoves_app.ui.command_sets.files import import_file
from cryoves_app.ui.main_window import MainWindow

from .helpers import give_vesicles, press


def test_ticked_formats_are_written_and_existing_files_are_kept(
    open_window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    panel = open_window.parts.export
    open_window.parts.steps.open_step("Export")
    assert not panel.view.button.isEnabled()
    give_vesicles(open_window, qtbot)
    assert panel.view.selection.text().startswith("8 accepted; left out: 4 outliers")
    panel.view.folder.setText(str(tmp_path / "out"))
    for name in ("labels", "star"):
        panel.view.formats[name].setChecked(True)
    qtbot.mouseClick(panel.view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.view.result.isVisible(), timeout=20_000)
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"sample_vesicles.csv", "sample.mod", "sample_labels.mrc"} <= names
    assert len(read_vesicles(tmp_path / "out" / "sample_vesicles.csv")) == 12
    press(qtbot, open_window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: "error" in _kinds(open_window), timeout=20_000)


def _kinds(window: MainWindow) -> set[str]:
    return {"error" if "already" in s or "exist" in s else "other" for s in window.notices.sentences()}


def test_nearest_neighbours_follow_an_edit_without_a_step_of_history(open_window: MainWindow, qtbot: Any) -> None:
    vesicles = give_vesicles(open_window, qtbot)
    document, session = open_window.workspace.document, open_window.parts.projects.session
    assert session is not None
    qtbot.waitUntil(lambda: document.vesicles.vesicles[0].nn_distance_nm is not None, timeout=5000)
    before = document.vesicles.vesicles[0].nn_distance_nm
    document.select([vesicles[0].id])
    open_window.parts.editor.move_by_px((0.0, 4.0, 0.0))
    qtbot.waitUntil(lambda: document.vesicles.vesicles[0].nn_distance_nm not in (None, before), timeout=5000)
    assert len(session.steps) == 2


def test_what_was_exported_can_be_imported(open_window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    give_vesicles(open_window, qtbot)
    document, projects = open_window.workspace.document, open_window.parts.projects
    table = tmp_path / "table.csv"
    write_vesicles(table, document.vesicles, document.voxel_size_nm)
    import_file(table, projects, open_window.workspace)
    qtbot.waitUntil(lambda: len(document.vesicles) == 24, timeout=5000)
    press(qtbot, open_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(document.vesicles) == 12
