"""Regions drawn with the real mouse and keys, for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import Qt

from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, Position, click_voxel, press

SQUARE = ((60.0, 60.0), (60.0, 180.0), (170.0, 180.0), (170.0, 60.0))


def xy(window: MainWindow) -> SliceView:
    return window.parts.views.slices[Plane.XY]


def go_to(window: MainWindow, qtbot: Any, z: int) -> None:
    _, y, x = window.workspace.document.cursor
    window.workspace.document.move_cursor((z, y, x))
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)


def regions(window: MainWindow) -> tuple[Region, ...]:
    """What the project holds; the window must show the same."""
    session = window.parts.projects.session
    assert session is not None
    assert session.project.regions == window.workspace.document.regions
    return session.project.regions


def draw(window: MainWindow, qtbot: Any, kind: RegionKind) -> None:
    qtbot.mouseClick(window.parts.region_panel.view.draw[kind], Qt.MouseButton.LeftButton)


def click_points(window: MainWindow, qtbot: Any, z: int, points: Any = SQUARE) -> None:
    for y, x in points:
        click_voxel(qtbot, xy(window), (z, y, x))


def key(
    window: MainWindow, qtbot: Any, which: Qt.Key, modifiers: Any = Qt.KeyboardModifier.NoModifier
) -> None:
    press(qtbot, xy(window).canvas.viewport(), which, modifiers)


def draw_square(window: MainWindow, qtbot: Any, z: int, points: Any = SQUARE) -> None:
    go_to(window, qtbot, z)
    click_points(window, qtbot, z, points)
    key(window, qtbot, Qt.Key.Key_Return)


def ring(z: float) -> Contour:
    return Contour(tuple((z, y, x) for y, x in SQUARE))


def flat(position: Position) -> np.ndarray:
    return np.array(position[1:])
