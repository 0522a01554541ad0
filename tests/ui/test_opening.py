"""What the window waits for when a tomogram or a project is opened, and what becomes of what comes too late."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest

from cryoves_app.analysis.by_hand.manual_fit import ManualFitter
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.project.working_copies import working_folder

from .helpers import PATIENCE_MS, give_vesicles, open_file, settle


def test_opening_makes_the_window_wait_for_no_disk(
    window: MainWindow, qtbot: Any, tomogram: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_by: list[int] = []
    flush = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (asked_by.append(threading.get_ident()), flush(file)))
    projects, here = window.parts.projects, threading.get_ident()
    open_file(window, qtbot, tomogram)
    qtbot.waitUntil(lambda: projects.session is not None, timeout=PATIENCE_MS)
    assert len(asked_by) > 0  # the new project's working copy
    assert here not in asked_by
    give_vesicles(window, qtbot)
    assert projects.save(tomogram.with_suffix(".cryoves"))
    projects.close()  # keeps where the user looked
    asked_by.clear()
    open_file(window, qtbot, tomogram.with_suffix(".cryoves"))
    assert len(asked_by) > 0
    assert here not in asked_by


def test_of_two_projects_opened_at_once_the_last_is_shown_and_none_is_left_open(
    window: MainWindow, qtbot: Any, tomogram: Path
) -> None:
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    homes = [tomogram.with_name(f"{name}.cryoves") for name in ("one", "two")]
    for home in homes:
        assert window.parts.projects.save(home)
    window.parts.opener.open([homes[0]])
    open_file(window, qtbot, homes[1])
    session = window.parts.projects.session
    assert session is not None
    assert session.home == homes[1]
    assert len(list(working_folder().glob("*.cryoves"))) == 1


def test_what_comes_right_after_opening_waits_for_no_look_at_all_grey_values(
    window: MainWindow, qtbot: Any, tomogram: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_by: list[int] = []
    look = ManualFitter.of
    monkeypatch.setattr(
        ManualFitter, "of", lambda *known: (asked_by.append(threading.get_ident()), look(*known))[1]
    )
    window.inspector.setCurrentWidget(window.parts.card.view)
    open_file(window, qtbot, tomogram)
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    moved = give_vesicles(window, qtbot)[0]
    window.workspace.document.select([moved.id])
    settle(window, qtbot)
    assert threading.get_ident() not in asked_by
    assert len(asked_by) == 1
    assert window.parts.fitting.known is not None
