"""The three slices by mouse and keys: stepping, zooming, panning, contrast."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt

from cryoves_app.domain.volume import Volume
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import (
    PATIENCE_MS,
    click_voxel,
    drag_voxels,
    give_vesicles,
    hover_until,
    press,
    settle,
    turn_wheel,
)

pytestmark = pytest.mark.usefixtures("qapp")


def test_wheel_steps_slices_and_keys_move(open_window: MainWindow, qtbot: object) -> None:
    document = open_window.workspace.document
    view = open_window.parts.views.slices[Plane.XY]
    z = document.cursor[0]
    turn_wheel(view, 1)
    assert document.cursor[0] == z + 1
    click_voxel(qtbot, view, document.cursor)
    press(qtbot, view.canvas, Qt.Key.Key_PageUp)
    assert document.cursor[0] == z + 2
    press(qtbot, view.canvas, Qt.Key.Key_Home)
    assert document.cursor[0] == z + 1  # the centre of 96 slices is 48, opening shows 47


def test_control_wheel_zooms_about_the_mouse(open_window: MainWindow) -> None:
    view = open_window.parts.views.slices[Plane.XY]
    before = view.canvas.voxels_per_pixel
    turn_wheel(view, 2, Qt.KeyboardModifier.ControlModifier)
    assert view.canvas.voxels_per_pixel < before
    assert open_window.workspace.document.cursor[0] == view.index


def test_slices_meet_at_the_crosshair(open_window: MainWindow, qtbot: object) -> None:
    document = open_window.workspace.document
    press(qtbot, open_window, Qt.Key.Key_V)
    view = open_window.parts.views.slices[Plane.XY]
    click_voxel(qtbot, view, (0.0, 100.0, 70.0))
    assert document.cursor[1:] == pytest.approx((100, 70), abs=1)
    qtbot.waitUntil(lambda: open_window.parts.views.idle, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    assert document.volume is not None
    for plane, other in open_window.parts.views.slices.items():
        at = tuple(round(c) for c in document.cursor)
        shown = other.image
        assert shown is not None
        assert shown[at[plane.vertical], at[plane.horizontal]] == document.volume.data[at]


def test_row_zero_is_at_the_bottom_as_in_3dmod_and_at_the_top_on_request(open_window: MainWindow) -> None:
    canvas = open_window.parts.views.slices[Plane.XY].canvas
    low, high = (canvas.screen_position((0.0, y, 10.0)).y() for y in (10.0, 200.0))
    assert low > high
    open_window.workspace.commands.run("view.orientation")
    low, high = (canvas.screen_position((0.0, y, 10.0)).y() for y in (10.0, 200.0))
    assert low < high


def test_status_line_tells_voxel_nanometres_and_grey(open_window: MainWindow, qtbot: object) -> None:
    view = open_window.parts.views.slices[Plane.XY]
    place = open_window.status.place
    hover_until(qtbot, view, (0.0, 50.0, 40.0), lambda: place.text().startswith("x 40 y 50 z 47 · "))
    assert "nm" in place.text()
    assert open_window.parts.views.slices[Plane.XY].place.toolTip() == "Slice 48 in IMOD, which counts from 1"


def test_space_held_hides_what_is_drawn_over_the_image(open_window: MainWindow, qtbot: object) -> None:
    give_vesicles(open_window, qtbot)
    view = open_window.parts.views.slices[Plane.XY]
    click_voxel(qtbot, view, (0.0, 5.0, 5.0))
    qtbot.keyPress(view.canvas, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert not any(i.isVisible() for i in view.canvas.circles.items.values())
    assert not any(line.isVisible() for line in view.canvas.crosshair.lines)
    qtbot.keyRelease(view.canvas, Qt.Key.Key_Space)  # type: ignore[attr-defined]
    assert all(i.isVisible() for i in view.canvas.circles.items.values())


def test_right_drag_changes_the_contrast(open_window: MainWindow, qtbot: object) -> None:
    canvas = open_window.parts.views.slices[Plane.XY].canvas
    black, white = open_window.workspace.state.settings.levels
    middle = canvas.viewport().rect().center()
    qtbot.mousePress(canvas.viewport(), Qt.MouseButton.RightButton, pos=middle)  # type: ignore[attr-defined]
    qtbot.mouseMove(canvas.viewport(), middle + QPoint(0, -60))  # type: ignore[attr-defined]
    qtbot.mouseRelease(canvas.viewport(), Qt.MouseButton.RightButton)  # type: ignore[attr-defined]
    new_black, new_white = open_window.workspace.state.settings.levels
    assert new_white - new_black < white - black
    assert new_white - new_black > 0.9 * (white - black)  # gently
    press(qtbot, open_window, Qt.Key.Key_H)
    assert open_window.workspace.state.settings.levels == pytest.approx((black, white))


def test_a_smaller_tomogram_opens_in_its_middle(open_window: MainWindow, volume: Volume) -> None:
    document = open_window.workspace.document
    document.set_volume(volume)
    assert document.cursor == (19, 29, 39)
    assert [v.index for v in open_window.parts.views.slices.values()] == [19, 29, 39]


def test_a_drag_on_empty_ground_pans_and_a_click_there_selects_nothing(
    open_window: MainWindow, qtbot: Any
) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    document, view = open_window.workspace.document, open_window.parts.views.slices[Plane.XY]
    z = vesicle.z_nm / document.voxel_size_nm
    document.move_cursor((z, 100.0, 100.0))
    settle(open_window, qtbot)
    for tool in (Qt.Key.Key_S, Qt.Key.Key_R):
        press(qtbot, open_window, tool)
        document.select([vesicle.id])
        before = view.canvas.box.viewRect().center()
        drag_voxels(qtbot, view, (z, 200.0, 200.0), (z, 210.0, 220.0))
        moved = view.canvas.box.viewRect().center() - before
        assert moved.toTuple() == pytest.approx((-20.0, -10.0), abs=1.0)
        assert document.selection == (vesicle.id,)
        click_voxel(qtbot, view, (z, 220.0, 220.0))
        assert document.selection == ()


def test_with_space_held_the_mouse_pans_anywhere(open_window: MainWindow, qtbot: Any) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    document, view = open_window.workspace.document, open_window.parts.views.slices[Plane.XY]
    document.fly_to(vesicle.id)
    settle(open_window, qtbot)
    document.select([])
    at = vesicle.sphere.to_px(document.voxel_size_nm)[:3]
    before = view.canvas.box.viewRect().center()
    view.canvas.setFocus()
    qtbot.keyPress(view.canvas, Qt.Key.Key_Space)
    drag_voxels(qtbot, view, at, (at[0], at[1], at[2] + 10))
    qtbot.keyRelease(view.canvas, Qt.Key.Key_Space)
    assert (view.canvas.box.viewRect().center() - before).x() == pytest.approx(-10.0, abs=1.0)
    assert document.selection == ()


def test_the_slices_zoom_together_unless_told_otherwise(open_window: MainWindow) -> None:
    views = open_window.parts.views
    xy, xz, yz = (views.slices[plane].canvas for plane in (Plane.XY, Plane.XZ, Plane.YZ))
    turn_wheel(views.slices[Plane.XY], 3, Qt.KeyboardModifier.ControlModifier)
    assert xz.voxels_per_pixel == pytest.approx(xy.voxels_per_pixel)
    assert yz.voxels_per_pixel == pytest.approx(xy.voxels_per_pixel)
    open_window.workspace.commands.run("view.link_zoom")
    before = xz.voxels_per_pixel
    turn_wheel(views.slices[Plane.XY], 3, Qt.KeyboardModifier.ControlModifier)
    assert xz.voxels_per_pixel == before
    assert xy.voxels_per_pixel < 0.7 * before
