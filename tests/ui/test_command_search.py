"""The command search, with real keys."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import (
    PATIENCE_MS,
    give_vesicles,
    press,
)

pytestmark = pytest.mark.usefixtures("qapp")


def test_command_search_finds_and_runs(open_window: MainWindow, qtbot: object) -> None:
    press(qtbot, open_window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(open_window.search.isVisible, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    qtbot.keyClicks(open_window.search.line, "xz al")  # type: ignore[attr-defined]
    press(qtbot, open_window.search.line, Qt.Key.Key_Return)
    assert open_window.parts.views.layout_name == "XZ"
    assert not open_window.parts.views.slices[Plane.XY].isVisible()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("brightness", "grey values"),
        ("delete", "Reject"),
        ("hide", "Vesicles"),
        ("compare", "Next volume"),
        ("reset contrast", "grey values"),
        ("screenshot", "picture"),
        ("movie", "movie"),
        ("measure distance", "Ruler"),
        ("train", "model"),
        ("fit", "Fit again"),
    ],
)
def test_the_search_knows_what_people_call_things(
    open_window: MainWindow, qtbot: Any, typed: str, found: str
) -> None:
    press(qtbot, open_window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(open_window.search.isVisible, timeout=PATIENCE_MS)
    qtbot.keyClicks(open_window.search.line, typed)
    lines = [open_window.search.list.item(row).text() for row in range(open_window.search.list.count())]
    assert any(found in line for line in lines), lines
    open_window.search.hide()


def test_the_search_says_why_something_is_not_possible(open_window: MainWindow, qtbot: Any) -> None:
    press(qtbot, open_window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(open_window.search.isVisible, timeout=PATIENCE_MS)
    qtbot.keyClicks(open_window.search.line, "merge")
    lines = [open_window.search.list.item(row).text() for row in range(open_window.search.list.count())]
    assert lines == ["Merge    M    – needs two or more selected vesicles"]
    open_window.search.hide()


def test_typing_in_a_field_is_no_command(open_window: MainWindow, qtbot: object) -> None:
    give_vesicles(open_window, qtbot)
    line = open_window.parts.vesicles.view.filter
    line.setFocus()
    qtbot.keyClicks(line, "add 2")  # type: ignore[attr-defined]
    assert line.text() == "add 2"
    assert open_window.parts.projects.session is not None
    assert len(open_window.parts.projects.session.steps) == 1
