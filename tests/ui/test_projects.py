"""Projects in the window: voxel size, saving, opening again."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.ui.base.recompute import is_everything_computed
from cryoves_app.ui.panels.start.view import one_for_each_tomogram
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.shell.recent_menu import RecentMenu
from cryoves_app.workflow.project.working_copies import left_behind

from .helpers import PATIENCE_MS, give_vesicles, open_file, press, saved_project, settle
from .thread_watch import ThreadWatch


def test_save_and_open_again_bring_everything_back(window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    open_file(window, qtbot, tomogram)
    vesicles = give_vesicles(window, qtbot)
    document, projects = window.workspace.document, window.parts.projects
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_A)
    recipe = document.recipe.with_value("outliers", "p_cut", 0.02)
    document.set_recipe(recipe)
    settle(window, qtbot)  # what is measured after an edit is part of what is saved
    state = (document.vesicles, document.cursor, document.selection, recipe)
    press(qtbot, window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    home = tomogram.with_suffix(".cryoves")
    assert home.exists()
    assert projects.saved_text == "all edits saved"
    projects.close()
    document.set_volume(None)
    open_file(window, qtbot, home)
    assert (document.vesicles, document.cursor, document.selection, document.recipe) == state
    press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(window, qtbot)
    assert tuple(document.vesicles) == vesicles  # the history came along


def test_a_saved_project_saves_every_edit_by_itself(window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    window.workspace.commands.run("file.save")
    assert window.parts.projects.session is not None
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: window.parts.projects.saved_text == "all edits saved", timeout=PATIENCE_MS)


def test_saving_by_itself_makes_the_window_wait_for_no_file(
    window: MainWindow, qtbot: Any, tomogram: Path
) -> None:
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    window.workspace.commands.run("file.save")
    projects, watch = window.parts.projects, ThreadWatch()
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    settle(window, qtbot)
    with watch.watching():
        qtbot.waitUntil(lambda: projects.saved_text == "all edits saved", timeout=PATIENCE_MS)
    assert watch.seen == []


def test_a_moved_tomogram_is_found_beside_its_project(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path
) -> None:
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    window.workspace.commands.run("file.save")
    window.parts.projects.close()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for file in (tomogram, tomogram.with_suffix(".cryoves")):
        file.rename(elsewhere / file.name)
    open_file(window, qtbot, elsewhere / "synapse.cryoves")
    volume = window.workspace.document.volume
    assert volume is not None
    assert Path(str(volume.info.path)).resolve() == (elsewhere / "synapse.mrc").resolve()
    assert len(window.workspace.document.vesicles) == 12


def test_an_unreadable_project_is_answered_with_a_sentence(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.cryoves"
    broken.write_bytes(b"SQLite format 3\x00 and then nothing")
    window.parts.opener.open([broken])
    qtbot.waitUntil(
        lambda: any("broken.cryoves" in s for s in window.notices.sentences()), timeout=PATIENCE_MS
    )
    assert window.isVisible()


def test_a_doubtful_voxel_size_has_to_be_typed_in(window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "nameless.mrc"
    data = np.random.default_rng(0).normal(size=(60, 120, 120)).astype(np.float32)
    write_map(path, data, VolumeInfo(data.shape, data.dtype, 0.1))
    open_file(window, qtbot, path)
    parts = window.parts
    assert parts.steps.current == "Open"
    assert parts.open_panel.view.doubt.isVisible()
    assert not parts.segment.view.run.isEnabled()
    assert parts.projects.session is None
    parts.open_panel.view.voxel_size.setValue(22.0)
    qtbot.mouseClick(parts.open_panel.view.use_button, Qt.MouseButton.LeftButton)
    assert window.workspace.document.voxel_size_nm == pytest.approx(2.2)
    qtbot.waitUntil(lambda: parts.projects.session is not None, timeout=PATIENCE_MS)
    assert parts.projects.session.project.tomogram.voxel_size_source == "user"
    assert not parts.open_panel.view.doubt.isVisible()
    give_vesicles(window, qtbot)
    parts.projects.give_voxel_size(1.0)
    assert window.workspace.document.voxel_size_nm == pytest.approx(2.2)


def test_what_was_open_is_in_the_file_menu(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path
) -> None:
    other = Path(shutil.copy(tomogram, tmp_path / "other.mrc"))
    for path in (tomogram, other):
        open_file(window, qtbot, path)
    menu = window.findChild(RecentMenu)
    assert isinstance(menu, RecentMenu)
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions()] == ["other.mrc", "synapse.mrc"]
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        menu.actions()[1].trigger()
    assert "synapse.mrc" in window.windowTitle()
    tomogram.unlink()
    menu.aboutToShow.emit()
    assert [a.text() for a in menu.actions()] == ["other.mrc"]


def test_a_panel_that_was_put_away_stays_away(open_window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    open_window.workspace.commands.run("view.panel_inspector")
    assert not open_window.inspector_dock.isVisible()
    press(qtbot, open_window, Qt.Key.Key_F11)
    assert not open_window.steps_dock.isVisible()
    press(qtbot, open_window, Qt.Key.Key_F11)
    assert open_window.steps_dock.isVisible()
    open_file(open_window, qtbot, tomogram)
    assert not open_window.inspector_dock.isVisible()
    open_window.workspace.commands.run("view.panel_inspector")
    assert open_window.inspector_dock.isVisible()


def test_ten_times_a_mistyped_voxel_size_is_offered(window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "mistyped.mrc"
    data = np.random.default_rng(0).normal(size=(60, 120, 120)).astype(np.float32)
    write_map(path, data, VolumeInfo(data.shape, data.dtype, 0.22))
    open_file(window, qtbot, path)
    panel = window.parts.open_panel.view
    assert panel.suggestion.text() == "Ten times that: 22 Å"
    assert "2.2 Å" in panel.facts.text()
    qtbot.mouseClick(panel.suggestion, Qt.MouseButton.LeftButton)
    assert panel.preview.voxel_size_nm == pytest.approx(2.2)  # the circle shows it before it counts
    assert window.parts.projects.session is None
    qtbot.mouseClick(panel.use_button, Qt.MouseButton.LeftButton)
    assert window.workspace.document.voxel_size_nm == pytest.approx(2.2)
    assert not panel.suggestion.isVisible()
    assert not panel.use_button.isVisible()


def test_what_is_only_looked_at_is_no_edit(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path
) -> None:
    home = saved_project(window, qtbot, tomogram)
    window.parts.projects.close()
    before = home.read_bytes()
    open_file(window, qtbot, home)
    levels = window.workspace.state.settings.levels
    window.workspace.document.move_cursor((3.0, 4.0, 5.0))
    window.workspace.state.change(levels=(levels[0], levels[1] + 1))
    settle(window, qtbot)
    open_file(window, qtbot, Path(shutil.copy(tomogram, tmp_path / "other.mrc")))
    assert window.notices.sentences() == []
    assert left_behind() == []
    assert home.read_bytes() == before


def test_the_next_tomograms_contrast_is_not_kept_with_the_last(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path
) -> None:
    home = saved_project(window, qtbot, tomogram)
    levels = window.workspace.state.settings.levels
    other = tmp_path / "bright.mrc"
    data = np.random.default_rng(0).normal(1e6, 1.0, size=(60, 120, 120)).astype(np.float32)
    write_map(other, data, VolumeInfo(data.shape, data.dtype, 2.2))
    open_file(window, qtbot, other)
    assert window.workspace.state.settings.levels[0] > 1e5
    open_file(window, qtbot, home)
    assert window.workspace.state.settings.levels == levels


def test_an_open_project_can_be_opened_again(window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    """Its last edits are there, and it goes on saving itself: no other program has changed the file."""
    home = saved_project(window, qtbot, tomogram)
    document, projects = window.workspace.document, window.parts.projects
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    judged = [v.judgements for v in document.vesicles]
    open_file(window, qtbot, home)
    qtbot.waitUntil(lambda: projects.session is not None, timeout=PATIENCE_MS)
    assert [v.judgements for v in document.vesicles] == judged
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    qtbot.waitUntil(lambda: projects.saved_text == "all edits saved", timeout=PATIENCE_MS)
    assert window.notices.sentences() == []
    assert [v.judgements for v in read_project(home).vesicles] == [v.judgements for v in document.vesicles]
    assert left_behind() == []


def test_the_start_page_shows_a_tomogram_and_its_project_as_one() -> None:
    paths = [Path("a/x.mrc"), Path("a/y.mrc"), Path("a/x.cryoves"), Path("b/x.mrc")]
    assert one_for_each_tomogram(paths) == [Path("a/x.cryoves"), Path("a/y.mrc"), Path("b/x.mrc")]


def test_a_packed_folder_opens_anywhere_with_its_history(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    window.workspace.document.select([1])
    press(qtbot, window, Qt.Key.Key_A)
    qtbot.waitUntil(is_everything_computed, timeout=PATIENCE_MS)
    vesicles = tuple(window.workspace.document.vesicles)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_args: str(tmp_path))
    pack = window.workspace.commands.action("file.pack")
    pack.trigger()
    qtbot.waitUntil(lambda: any("is packed" in s for s in window.notices.sentences()), timeout=PATIENCE_MS)
    session = window.parts.projects.session
    assert session is not None
    assert session.home is None  # where the project is kept stays as it was
    pack.trigger()
    assert any("exists already" in s for s in window.notices.sentences())
    window.parts.projects.discard()
    (tmp_path / "synapse_packed").rename(tmp_path / "handed on")
    tomogram.unlink()
    open_file(window, qtbot, tmp_path / "handed on" / "synapse.cryoves")
    assert tuple(window.workspace.document.vesicles) == vesicles
    assert [v.reviewer for v in vesicles[:2]] == ["Ada", ""]  # who judged goes along
    for _ in range(2):
        press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(window.workspace.document.vesicles) == 0
