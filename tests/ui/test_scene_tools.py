"""Editing in 3-D with the real mouse: select, drag along the screen, wheel, lasso and box."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import press

LEFT, SHIFT, CONTROL = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


@pytest.fixture
def scene_window(scene_window: MainWindow) -> MainWindow:
    """Nothing but vesicles, seen from the front."""
    scene_window.parts.volume_view.contents.setCurrentText("Vesicles only")
    scene_window.parts.volume_view.look("front")
    return scene_window


def spot(window: MainWindow, vesicle: Vesicle) -> QPoint:
    row = int(np.flatnonzero(window.workspace.scene.ids == vesicle.id)[0])
    x, y = window.parts.volume_view.scene.pointing.spots()[row]
    return QPoint(round(x), round(y))


def seen_vesicle(window: MainWindow, number: int = 0) -> Vesicle:
    """One whose centre no other hides."""
    pointing = window.parts.volume_view.scene.pointing
    spots = pointing.spots()
    ids = [
        i
        for i, at in zip(window.workspace.scene.ids.tolist(), spots, strict=True)
        if pointing.vesicle_at(at) == i
    ]
    found = window.workspace.document.vesicles.get(ids[number])
    assert found is not None
    return found


def now(window: MainWindow, vesicle: Vesicle) -> Vesicle:
    found = window.workspace.document.vesicles.get(vesicle.id)
    assert found is not None
    return found


def drag(qtbot: Any, window: MainWindow, *path: QPoint, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
    canvas = window.parts.volume_view.scene.widget
    qtbot.mousePress(canvas, LEFT, keys, path[0])
    for place in path[1:]:
        _move(canvas, place, keys)
    qtbot.mouseRelease(canvas, LEFT, keys, path[-1])


def _move(canvas: Any, place: QPoint, keys: Any) -> None:
    at = QPointF(place)
    event = QMouseEvent(QEvent.Type.MouseMove, at, QPointF(canvas.mapToGlobal(place)), LEFT, LEFT, keys)
    QApplication.sendEvent(canvas, event)


def wheel(window: MainWindow, place: QPoint, steps: int) -> None:
    canvas = window.parts.volume_view.scene.widget
    event = QWheelEvent(
        QPointF(place),
        QPointF(canvas.mapToGlobal(place)),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(canvas, event)


def camera_of(window: MainWindow) -> Any:
    return window.parts.volume_view.scene.camera


def test_clicks_select_and_shift_clicks_add_and_take_away(scene_window: MainWindow, qtbot: Any) -> None:
    canvas, document = scene_window.parts.volume_view.scene.widget, scene_window.workspace.document
    first, second = seen_vesicle(scene_window, 0), seen_vesicle(scene_window, 1)
    press(qtbot, scene_window, Qt.Key.Key_S)
    qtbot.mouseClick(canvas, LEFT, pos=spot(scene_window, first))
    assert document.selection == (first.id,)
    qtbot.mouseClick(canvas, LEFT, SHIFT, spot(scene_window, second))
    assert document.selection == (first.id, second.id)
    qtbot.mouseClick(canvas, LEFT, SHIFT, spot(scene_window, first))
    assert document.selection == (second.id,)


def test_a_drag_turns_the_view_with_the_select_tool(scene_window: MainWindow, qtbot: Any) -> None:
    press(qtbot, scene_window, Qt.Key.Key_S)
    vesicle = seen_vesicle(scene_window)
    azimuth, start = camera_of(scene_window).azimuth, spot(scene_window, vesicle)
    drag(qtbot, scene_window, start, start + QPoint(20, 0), start + QPoint(40, 0))
    assert camera_of(scene_window).azimuth != azimuth
    assert now(scene_window, vesicle).sphere == vesicle.sphere


@pytest.mark.parametrize("preset", ["front", "side", "corner"])
def test_dragging_a_vesicle_moves_it_along_the_screen(
    scene_window: MainWindow, qtbot: Any, preset: str
) -> None:
    scene_window.parts.volume_view.look(preset)
    press(qtbot, scene_window, Qt.Key.Key_R)
    vesicle = seen_vesicle(scene_window)
    turned, start = camera_of(scene_window).azimuth, spot(scene_window, vesicle)
    drag(qtbot, scene_window, start, start + QPoint(10, -4), start + QPoint(24, -15))
    moved = now(scene_window, vesicle)
    assert spot(scene_window, moved).toTuple() == pytest.approx((start.x() + 24, start.y() - 15), abs=1.5)
    pointing = scene_window.parts.volume_view.scene.pointing
    near, far = pointing.ray_at(np.array(start.toTuple(), dtype=float))
    shift = np.subtract(moved.sphere.centre_nm, vesicle.sphere.centre_nm)[::-1]
    assert abs(shift @ (far - near)) / np.linalg.norm(far - near) < 0.01  # its depth is kept
    assert np.linalg.norm(shift) > 1
    assert moved.radius_nm == vesicle.radius_nm
    assert moved.origin is Origin.EDITED
    assert camera_of(scene_window).azimuth == turned
    press(qtbot, scene_window, Qt.Key.Key_Z, CONTROL)
    assert now(scene_window, vesicle) == vesicle


def test_a_drag_beside_all_vesicles_turns_the_view(scene_window: MainWindow, qtbot: Any) -> None:
    press(qtbot, scene_window, Qt.Key.Key_R)
    azimuth = camera_of(scene_window).azimuth
    drag(qtbot, scene_window, QPoint(4, 4), QPoint(30, 10), QPoint(60, 10))
    assert camera_of(scene_window).azimuth != azimuth
    assert len(scene_window.parts.projects.session.steps) == 1  # type: ignore[union-attr]


def test_the_wheel_resizes_the_current_vesicle_and_zooms_elsewhere(
    scene_window: MainWindow, qtbot: Any
) -> None:
    press(qtbot, scene_window, Qt.Key.Key_R)
    vesicle, voxel = seen_vesicle(scene_window), scene_window.workspace.document.voxel_size_nm
    scene_window.workspace.document.select([vesicle.id])
    zoom = camera_of(scene_window).scale_factor
    wheel(scene_window, spot(scene_window, vesicle), 2)
    assert now(scene_window, vesicle).radius_nm == pytest.approx(vesicle.radius_nm + voxel)
    assert camera_of(scene_window).scale_factor == zoom
    wheel(scene_window, QPoint(4, 4), 1)
    assert now(scene_window, vesicle).radius_nm == pytest.approx(vesicle.radius_nm + voxel)
    assert camera_of(scene_window).scale_factor != zoom


def test_lasso_and_box_select_what_they_enclose_on_the_screen(scene_window: MainWindow, qtbot: Any) -> None:
    document, model = scene_window.workspace.document, scene_window.workspace.scene
    press(qtbot, scene_window, Qt.Key.Key_L)
    first, second = seen_vesicle(scene_window, 0), seen_vesicle(scene_window, 5)
    spots = scene_window.parts.volume_view.scene.pointing.spots()

    def within(centre: QPoint, reach: int) -> set[int]:
        near = np.abs(spots - centre.toTuple()).max(axis=1) < reach
        return set(model.ids[near].tolist())

    for keys, vesicle in ((Qt.KeyboardModifier.NoModifier, first), (CONTROL, second)):
        at = spot(scene_window, vesicle)
        corners = [at + QPoint(-9, -9), at + QPoint(9, -9), at + QPoint(9, 9), at + QPoint(-9, 9)]
        path = corners if keys == Qt.KeyboardModifier.NoModifier else [corners[0], at, corners[2]]
        drag(qtbot, scene_window, *path, keys=keys)
        assert set(document.selection) == within(at, 9)
        assert vesicle.id in document.selection
    at = spot(scene_window, first)
    box = [at + QPoint(-9, -9), at, at + QPoint(9, 9)]
    drag(qtbot, scene_window, *box, keys=CONTROL | SHIFT)
    assert {first.id, second.id} <= set(document.selection)
    press(qtbot, scene_window, Qt.Key.Key_D)
    assert all(v.status == "rejected" for v in document.selected())
    assert scene_window.parts.projects.session.steps[-1].title.startswith("Reject")  # type: ignore[union-attr]
