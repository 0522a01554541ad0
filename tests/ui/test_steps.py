"""The path at the left: what each step lacks, and the line that explains it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import give_vesicles


def test_a_step_says_what_it_lacks_and_leads_there(open_window: MainWindow, qtbot: Any) -> None:
    steps = open_window.parts.steps
    note = steps.sections["Export"].note
    assert "needs vesicles" in note.text()
    steps.open_step("Export")
    note.linkActivated.emit("Segment")
    assert steps.current == "Segment"
    give_vesicles(open_window, qtbot)
    assert "needs vesicles" not in note.text()


def test_the_explanation_is_put_away_for_good(
    open_window: MainWindow, make_window: Callable[..., MainWindow], qtbot: Any
) -> None:
    section = open_window.parts.steps.sections["Segment"]
    assert section.hint.isVisible()
    qtbot.mouseClick(section.hint_close, Qt.MouseButton.LeftButton)
    assert not section.hint.isVisible()
    open_window.parts.steps.open_step("Review")
    open_window.parts.steps.open_step("Segment")
    assert not section.hint.isVisible()
    again = make_window(opengl=False).parts.steps.sections
    assert not again["Segment"].hint_text.text()
    assert again["Review"].hint_text.text()


def test_no_step_is_wider_than_its_place(open_window: MainWindow, qtbot: Any) -> None:
    steps = open_window.parts.steps
    for title in steps.sections:
        steps.open_step(title)
        QApplication.processEvents()  # the step is laid out
        content = steps.widget()
        assert content is not None
        assert content.width() <= steps.viewport().width(), title
