"""The mouse's habits: as here, as in 3dmod, as in napari, with real events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from cryoves_app.ui.base.mouse_habits import MouseHabits
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.dialogs.shortcuts import shortcut_page
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import click_voxel, give_vesicles, press, settle, spot, turn_wheel

CONTROL = Qt.KeyboardModifier.ControlModifier
ZOOMING = (MouseHabits.IMOD, MouseHabits.NAPARI)


def use(window: MainWindow, habits: MouseHabits) -> SliceView:
    """Through the menu."""
    window.workspace.commands.action(f"mouse.{habits}").trigger()
    return window.parts.views.slices[Plane.XY]


def drag(qtbot: Any, view: SliceView, button: Qt.MouseButton, start: QPoint, by: QPoint) -> None:
    port = view.canvas.viewport()
    qtbot.mousePress(port, button, pos=start)
    for share in (1, 2, 3, 4):
        qtbot.mouseMove(port, start + by * share / 4)
    qtbot.mouseRelease(port, button, pos=start + by)


@pytest.fixture
def reviewed(open_window: MainWindow, qtbot: Any) -> MainWindow:
    give_vesicles(open_window, qtbot)
    settle(open_window, qtbot)
    return open_window


def on_a_vesicle(window: MainWindow, qtbot: Any) -> tuple[int, tuple[float, float, float]]:
    """The slices at a vesicle; its number and centre."""
    vesicle = window.workspace.document.vesicles.vesicles[4]
    z, y, x, _radius = vesicle.sphere.to_px(window.workspace.document.voxel_size_nm)
    window.workspace.document.move_cursor((z, y, x))
    settle(window, qtbot)
    return vesicle.id, (z, y, x)


@pytest.mark.parametrize("habits", list(MouseHabits))
def test_the_wheel_zooms_or_steps_and_control_does_the_other(
    open_window: MainWindow, habits: MouseHabits
) -> None:
    view = use(open_window, habits)

    def zoomed(turn: Callable[[], None]) -> bool:
        index, scale = view.index, view.canvas.voxels_per_pixel
        turn()
        assert (view.index != index) != (view.canvas.voxels_per_pixel < scale)  # one of the two
        return view.index == index

    assert zoomed(lambda: turn_wheel(view, 1)) == (habits in ZOOMING)
    assert zoomed(lambda: turn_wheel(view, 1, CONTROL)) == (habits not in ZOOMING)


@pytest.mark.parametrize("habits", ZOOMING)
@pytest.mark.parametrize("key", [Qt.Key.Key_S, Qt.Key.Key_V])
def test_a_left_drag_pans_anywhere_and_a_click_is_a_click(
    reviewed: MainWindow, qtbot: Any, habits: MouseHabits, key: Qt.Key
) -> None:
    number, place = on_a_vesicle(reviewed, qtbot)
    view, document = use(reviewed, habits), reviewed.workspace.document
    press(qtbot, view.canvas, key)
    cursor, seen = document.cursor, view.canvas.box.viewRect().center()
    drag(qtbot, view, Qt.MouseButton.LeftButton, spot(view, place), QPoint(40, 0))
    assert (document.selection, document.cursor) == ((), cursor)
    scale = view.canvas.voxels_per_pixel
    assert view.canvas.box.viewRect().center().x() == pytest.approx(seen.x() - 40 * scale, abs=1.5 * scale)
    if key == Qt.Key.Key_S:
        click_voxel(qtbot, view, place)
        assert document.selection == (number,)
    else:
        click_voxel(qtbot, view, (place[0], place[1] + 9, place[2]))
        assert document.cursor[1] == pytest.approx(place[1] + 9, abs=scale)


def test_here_a_drag_on_a_vesicle_selects_it_and_pans_nothing(reviewed: MainWindow, qtbot: Any) -> None:
    number, place = on_a_vesicle(reviewed, qtbot)
    view = use(reviewed, MouseHabits.CRYOVES)
    seen = view.canvas.box.viewRect().center()
    drag(qtbot, view, Qt.MouseButton.LeftButton, spot(view, place), QPoint(40, 0))
    assert reviewed.workspace.document.selection == (number,)
    assert view.canvas.box.viewRect().center() == seen


@pytest.mark.parametrize("habits", list(MouseHabits))
def test_the_right_button_sets_the_contrast_or_zooms(
    open_window: MainWindow, qtbot: Any, habits: MouseHabits
) -> None:
    view = use(open_window, habits)
    levels, scale = open_window.workspace.state.settings.levels, view.canvas.voxels_per_pixel
    drag(qtbot, view, Qt.MouseButton.RightButton, view.canvas.viewport().rect().center(), QPoint(0, -80))
    zooms = habits is MouseHabits.NAPARI
    assert (view.canvas.voxels_per_pixel < scale) == zooms
    assert (open_window.workspace.state.settings.levels == levels) == zooms


def test_tools_that_drag_keep_their_drags(reviewed: MainWindow, qtbot: Any) -> None:
    number, place = on_a_vesicle(reviewed, qtbot)
    view = use(reviewed, MouseHabits.NAPARI)
    press(qtbot, view.canvas, Qt.Key.Key_R)
    before = reviewed.workspace.document.vesicles.get(number)
    drag(qtbot, view, Qt.MouseButton.LeftButton, spot(view, place), QPoint(30, 0))
    after = reviewed.workspace.document.vesicles.get(number)
    assert before is not None
    assert after is not None
    assert after.x_nm > before.x_nm


def test_keys_set_the_contrast(open_window: MainWindow, qtbot: Any) -> None:
    view, state = use(open_window, MouseHabits.IMOD), open_window.workspace.state

    def after(key: Qt.Key) -> tuple[float, float]:
        """How brightness and width of the levels change."""
        black, white = state.settings.levels
        press(qtbot, view.canvas, key)
        now = state.settings.levels
        return (black + white) / 2 - sum(now) / 2, (white - black) - (now[1] - now[0])

    more, less = after(Qt.Key.Key_F6)[1], after(Qt.Key.Key_F5)[1]
    assert more > 0 > less
    assert after(Qt.Key.Key_F8)[0] > 0 > after(Qt.Key.Key_F7)[0]


def test_the_choice_is_remembered_and_the_page_of_keys_tells_it(
    window: MainWindow, make_window: Callable[..., MainWindow], preferences: PreferenceFile
) -> None:
    use(window, MouseHabits.NAPARI)
    again = make_window(opengl=False)
    assert again.workspace.state.settings.mouse is MouseHabits.NAPARI
    checked = [h for h in MouseHabits if again.workspace.commands.action(f"mouse.{h}").isChecked()]
    assert checked == [MouseHabits.NAPARI]
    page = shortcut_page(again.workspace.commands, (), MouseHabits.NAPARI)
    assert "<b>Right drag</b></td><td>Zoom (up and down)" in page
    preferences.change(mouse="of somebody else")
    assert make_window(opengl=False).workspace.state.settings.mouse is MouseHabits.CRYOVES


@pytest.mark.parametrize("words", ["mouse napari", "3dmod", "habits"])
def test_the_search_finds_the_habits(window: MainWindow, words: str) -> None:
    assert any(c.key.startswith("mouse.") for c in window.workspace.commands.search(words))
