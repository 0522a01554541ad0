"""Real events at places in the tomogram."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.base.recompute import is_everything_computed
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.workflow.project.actions.add import import_vesicles

Position = tuple[float, float, float]
#: How long something is waited for that comes within moments; on a busy machine it comes later.
PATIENCE_MS = 60_000
#: After so long without an answer the mouse is moved again.
HOVER_MS = 3_000


def is_settled(window: MainWindow) -> bool:
    """Whether all that follows from what was done is computed and shown."""
    scene = window.parts.volume_view
    return window.parts.views.idle and (scene.idle or not scene.isVisible()) and is_everything_computed()


def settle(window: MainWindow, qtbot: Any) -> None:
    """Wait until it is so."""
    qtbot.waitUntil(lambda: is_settled(window), timeout=PATIENCE_MS)
    QApplication.processEvents()  # what was done last is drawn


def accept_recovery(window: MainWindow, qtbot: Any) -> str:
    """Press the button of the only notice, which offers to go on after a crash; gives its sentence."""
    window.offer_recovery()
    (notice,) = window.notices.notices()
    assert notice.button is not None
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    return notice.sentence


def click_when_shown(qtbot: Any, button: QWidget) -> None:
    """Click a button that has just unfolded, as soon as it can be clicked and has its place."""
    qtbot.waitUntil(
        lambda: button.isVisible() and button.isEnabled() and button.height() > 0, timeout=PATIENCE_MS
    )
    QApplication.processEvents()  # its line is laid out
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def spot(view: SliceView, at: Position) -> QPoint:
    """Where a voxel position is on the view's canvas."""
    return view.canvas.screen_position(at).toPoint()


def click_voxel(qtbot: Any, view: SliceView, at: Position) -> None:
    qtbot.mouseClick(view.canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, at))


def move_to_voxel(qtbot: Any, view: SliceView, at: Position) -> None:
    qtbot.mouseMove(view.canvas.viewport(), spot(view, at) + QPoint(3, 3))
    qtbot.mouseMove(view.canvas.viewport(), spot(view, at))


def hover_until(qtbot: Any, view: SliceView, at: Position, shown: Callable[[], bool]) -> None:
    """Move the mouse until something is shown: the screen's own pointer may just have left the window."""
    waited = 0
    while not shown() and waited < PATIENCE_MS:
        move_to_voxel(qtbot, view, at)
        with contextlib.suppress(qtbot.TimeoutError):
            qtbot.waitUntil(shown, timeout=HOVER_MS)
        waited += HOVER_MS
    assert shown()


def drag_voxels(qtbot: Any, view: SliceView, *path: Position) -> None:
    """Press at the first place, move over the others, release at the last."""
    spots = [spot(view, p) for p in path]
    viewport = view.canvas.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=spots[0])
    for place in spots[1:]:
        qtbot.mouseMove(viewport, place)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=spots[-1])


def turn_wheel(
    view: SliceView,
    steps: int,
    modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier,
    at: Position | None = None,
) -> None:
    viewport = view.canvas.viewport()
    place = QPointF(spot(view, at) if at else viewport.rect().center())
    event = QWheelEvent(
        place,
        QPointF(viewport.mapToGlobal(place.toPoint())),
        QPoint(),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(viewport, event)


def press(
    qtbot: Any, widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    qtbot.keyClick(widget, key, modifiers)


def open_file(window: MainWindow, qtbot: Any, path: Path) -> None:
    """Open it, and wait until it is seen."""
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)


def give_vesicles(window: MainWindow, qtbot: Any) -> tuple[Vesicle, ...]:
    """Put vesicles into the open project, as one step: most accepted, some outliers; their distances are measured."""
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    states = (Status.ACCEPTED, Status.OUTLIER, Status.ACCEPTED)
    vesicles = VesicleSet.of(
        Vesicle(
            id=i + 1,
            z_nm=100.0 + 3 * i,
            y_nm=120.0 + 55 * (i % 6),
            x_nm=110.0 + 50 * (i // 2),
            radius_nm=18.0 + 0.5 * i,
            p_value=10.0 ** -(i % 5),
            correlation=0.8,
            status=states[i % 3],
        )
        for i in range(12)
    )
    assert window.parts.projects.edit(lambda project: import_vesicles(project, vesicles, "a table"))
    qtbot.waitUntil(
        is_everything_computed, timeout=PATIENCE_MS
    )  # else they change later, under what is compared
    return tuple(window.workspace.document.vesicles)


def saved_project(window: MainWindow, qtbot: Any, tomogram: Path) -> Path:
    """A project beside its tomogram, with twelve vesicles of which one is checked; it is open."""
    open_file(window, qtbot, tomogram)
    give_vesicles(window, qtbot)
    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_A)
    settle(window, qtbot)
    press(qtbot, window, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    return tomogram.with_suffix(".cryoves")
