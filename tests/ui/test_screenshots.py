"""Writes pictures of the window in all its states, for people to look at, and checks that nothing is cut off.

``CRYOVES_SCREENSHOTS`` names the folder they go to; without it they go to the test's own.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from cryoves_app.ui.base import theme
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import PATIENCE_MS, give_vesicles, settle
from .photographer import PROJECT
from .screen_checks import cut_off, elided_cells

SIZES = {"reference": (1440, 900), "small": (1280, 720)}
#: What a full HD screen leaves a window at a scaling of 200 %, with a bar and a title.
SMALLEST = (960, 470)


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
    settle(window, qtbot)
    picture = window.grab()
    assert picture.save(str(path))
    assert picture.width() >= window.width()


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
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
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
        QApplication.processEvents()  # the step is laid out
        assert cut_off(window.parts.steps) == []
    window.notices.tell("error", "The tomogram can no longer be read. Is the disk still connected?")
    take(window, qtbot, folder / f"error-{name}.png")
    assert window.width() <= SIZES[size][0]
    assert window.height() <= SIZES[size][1]


STATES = ("1-start", "2-opened", "3-running", "4-finished", "5-card", "6-scene")


@pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="the scene in 3-D needs a display")
def test_a_first_session_is_photographed_at_100_and_150_percent(folder: Path, tmp_path: Path) -> None:
    finished: list[str] = []
    for percent in (100, 150):
        pictures = folder / f"session-{percent}"
        pictures.mkdir(exist_ok=True)
        environment = {**os.environ, "QT_SCALE_FACTOR": str(percent / 100)}
        command = [sys.executable, "-m", "tests.ui.photographer", str(pictures), *finished]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr
        assert [p.stem for p in sorted(pictures.glob("*.png"))] == list(STATES)
        finished = finished or [str(shutil.copy(pictures / PROJECT, tmp_path / PROJECT))]


def test_the_window_fits_a_full_hd_screen_at_200_percent(
    make_window: Callable[..., MainWindow], qtbot: Any, sample: Path
) -> None:
    window = make_window()
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([sample])
    give_vesicles(window, qtbot)
    window.parts.review.go_next()
    window.resize(*SMALLEST)
    for tab in range(window.inspector.count()):
        window.inspector.setCurrentIndex(tab)
        settle(window, qtbot)
        assert cut_off(window.inspector) == [], window.inspector.tabText(tab)
    for step in window.parts.steps.sections:
        window.parts.steps.open_step(step)
        QApplication.processEvents()
        needed = window.minimumSizeHint()
        assert needed.width() <= SMALLEST[0], step
        assert needed.height() <= SMALLEST[1], step
        assert cut_off(window.parts.steps) == [], step
        assert elided_cells(window.parts.steps.sections[step]) == [], step
    assert window.search_field.fontMetrics().horizontalAdvance(window.search_field.placeholderText()) < (
        window.search_field.width() - 8
    )
