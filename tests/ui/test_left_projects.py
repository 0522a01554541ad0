"""Projects that were left: closing, crashes, and what is offered afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from cryoves_app.formats.project.project_file import read_project
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.project.working_copies import left_behind

from .helpers import PATIENCE_MS, accept_recovery, give_vesicles, open_file, press, saved_project


def test_an_edit_just_before_closing_is_saved(window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    window.workspace.commands.run("file.save")
    document, projects = window.workspace.document, window.parts.projects
    press(qtbot, window, Qt.Key.Key_N)
    for key in (Qt.Key.Key_D, Qt.Key.Key_A, Qt.Key.Key_D):
        press(qtbot, window, key)
        projects._autosave._begin()  # it is being written, or waits for that, while the next edit comes
    left = tuple(document.vesicles)
    projects.close()
    assert tuple(read_project(tomogram.with_suffix(".cryoves")).vesicles) == left
    qtbot.wait(100)  # what a thread still brings is too late
    assert tuple(read_project(tomogram.with_suffix(".cryoves")).vesicles) == left


def test_closing_asks_once_for_work_without_a_place(
    open_window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def answer(*_args: object) -> QMessageBox.StandardButton:
        asked.append(1)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", answer)
    give_vesicles(open_window, qtbot)
    open_window.close()
    assert open_window.isVisible()
    assert asked == [1]


def test_after_a_crash_the_next_start_offers_to_go_on(
    make_window: Callable[..., MainWindow], qtbot: Any, tomogram: Path
) -> None:
    first = make_window(opengl=False)
    open_file(first, qtbot, tomogram)
    vesicles = give_vesicles(first, qtbot)
    session = first.parts.projects.session
    assert session is not None
    session.close()  # what a crash leaves: a working copy that nobody holds
    first.parts.projects.session = None
    second = make_window(opengl=False)
    assert "synapse" in accept_recovery(second, qtbot)
    assert tuple(second.workspace.document.vesicles) == vesicles


def test_another_tomogram_leaves_the_edits_of_the_last_on_offer(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path
) -> None:
    open_file(window, qtbot, tomogram)
    vesicles = give_vesicles(window, qtbot)
    open_file(window, qtbot, Path(shutil.copy(tomogram, tmp_path / "other.mrc")))
    assert len(window.workspace.document.vesicles) == 0
    (notice,) = window.notices.notices()
    assert "synapse" in notice.sentence
    assert notice.button is not None
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert tuple(window.workspace.document.vesicles) == vesicles
    assert window.notices.sentences() == []  # of the other nothing was left


def test_a_copy_older_than_its_project_is_not_offered(window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    home = saved_project(window, qtbot, tomogram)
    session = window.parts.projects.session
    assert session is not None
    session.set_values(model="another")
    window.parts.projects.session = None
    session.close()  # as a crash leaves it: an edit that the file does not have
    (copy,) = left_behind()
    assert copy.home == home
    open_file(window, qtbot, home)  # and the user goes on with the file instead
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    assert window.parts.projects.save()
    later = home.stat().st_mtime + 60
    os.utime(home, (later, later))
    assert left_behind() == []
    assert copy.path.exists()  # nothing is thrown away


def test_a_project_beside_its_tomogram_is_offered(window: MainWindow, qtbot: Any, tomogram: Path) -> None:
    home = saved_project(window, qtbot, tomogram)
    vesicles = tuple(window.workspace.document.vesicles)
    window.parts.projects.close()
    open_file(window, qtbot, tomogram)
    (notice,) = window.notices.notices()
    assert "synapse.cryoves (12 vesicles, 1 checked)" in notice.sentence
    assert [b.text() for b in notice.buttons] == ["Go on with it", "Start anew"]
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)
    assert tuple(window.workspace.document.vesicles) == vesicles
    assert "synapse.mrc · synapse.cryoves" in window.windowTitle()
    open_file(window, qtbot, tomogram)
    (notice,) = window.notices.notices()
    qtbot.mouseClick(notice.buttons[1], Qt.MouseButton.LeftButton)
    assert window.notices.notices() == []
    give_vesicles(window, qtbot)
    before = home.read_bytes()
    press(qtbot, window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    second = tomogram.with_name("synapse_2.cryoves")
    assert second.exists()
    assert window.notices.sentences()[-1] == (
        "Saved beside the tomogram as synapse_2.cryoves, because synapse.cryoves there is another project. "
        f"From now on every edit is saved in {second}."
    )
    assert home.read_bytes() == before


def test_a_refused_save_is_asked_about_at_quitting(
    window: MainWindow, qtbot: Any, tomogram: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = saved_project(window, qtbot, tomogram)
    press(qtbot, window, Qt.Key.Key_D)
    home.write_bytes(b"another program wrote here")
    asked: list[str] = []

    def answer(*words: Any) -> QMessageBox.StandardButton:
        asked.append(words[2])
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(QMessageBox, "question", answer)
    window.close()
    assert window.isVisible()
    assert len(asked) == 1
    assert "synapse.cryoves" in asked[0]
    window.parts.projects.discard()


def test_a_reopened_project_stands_where_it_was_left(
    window: MainWindow, qtbot: Any, tomogram: Path, tmp_path: Path
) -> None:
    home = saved_project(window, qtbot, tomogram)
    parts = window.parts
    parts.steps.open_step("Measure")
    window.show_tab(parts.plots.view)
    window.workspace.commands.run("layout.XY")
    open_file(window, qtbot, Path(shutil.copy(tomogram, tmp_path / "other.mrc")))
    window.show_tab(parts.card.view)
    window.workspace.commands.run("layout.4-up")
    open_file(window, qtbot, home)
    assert (parts.steps.current, parts.views.layout_name) == ("Measure", "XY")
    assert window.inspector.currentWidget() is parts.plots.view
