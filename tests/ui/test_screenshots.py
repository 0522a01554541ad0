"""Writes pictures of the window in all its states, for people to look at, and checks that nothing is cut off.

``CRYOVES_SCREENSHOTS`` names the folder they go to; without it they go to the test's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from cryoves_app.ui import theme
from cryoves_app.ui.main_window import MainWindow

from .helpers import give_vesicles

SIZES = {"reference": (1440, 900), "small": (1280, 720)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    chosen = Path(os.environ.get("CRYOVES_SCREENSHOTS", tmp_path))
    chosen.mkdir(parents=True, exist_ok=True)
    return chosen


@pytest.fixture(params=["dark", "light"])
def themed(request: pytest.FixtureRequest, qapp: QApplication) -> Any:
    yield request.param
    theme.apply_theme(qapp, "dark")


def take(window: MainWindow, qtbot: Any, path: Path) -> None:
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=5000)
    qtbot.wait(150)
    picture = window.grab()
    assert picture.save(str(path))
    assert picture.width() >= window.width()


def cut_off(parent: QWidget) -> list[str]:
    """Texts that have less room than they need."""
    found = []
    for label in parent.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap() and label.width() + 1 < label.sizeHint().width():
            found.append(label.text())
    for button in parent.findChildren(QAbstractButton):
        if button.isVisible() and button.text() and button.width() + 1 < button.minimumSizeHint().width():
            found.append(button.text())
    return found


@pytest.mark.parametrize("size", list(SIZES))
def test_each_state_is_photographed_and_nothing_is_cut_off(
    make_window: Callable[..., MainWindow], qtbot: Any, sample: Path, folder: Path, themed: str, size: str
) -> None:
    window = make_window()
    theme.apply_theme(QApplication.instance(), themed)  # type: ignore[arg-type]
    window.resize(*SIZES[size])
    name = f"{themed}-{size}"
    take(window, qtbot, folder / f"start-{name}.png")
    assert cut_off(window.start_page) == []
    with qtbot.waitSignal(window.parts.opener.opened, timeout=10_000):
        window.parts.opener.open([sample])
    take(window, qtbot, folder / f"opened-{name}.png")
    give_vesicles(window, qtbot)
    window.parts.review.go_next()
    for tab in range(window.inspector.count()):
        window.inspector.setCurrentIndex(tab)
        take(window, qtbot, folder / f"{window.inspector.tabText(tab).lower()}-{name}.png")
        assert cut_off(window.inspector.currentWidget()) == []
    for step in window.parts.steps.sections:
        window.parts.steps.open_step(step)
        qtbot.wait(50)
        assert cut_off(window.parts.steps) == []
    window.notices.tell("error", "The tomogram can no longer be read. Is the disk still connected?")
    take(window, qtbot, folder / f"error-{name}.png")
    assert window.width() <= SIZES[size][0]
    assert window.height() <= SIZES[size][1]
