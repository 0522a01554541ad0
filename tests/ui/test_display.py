"""How things are drawn: contrast, averaging, overlays, colours; and the ruler."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton

from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane, read_slice

from .helpers import PATIENCE_MS, click_voxel, drag_voxels, give_vesicles, move_to_voxel, press


@pytest.fixture
def display(open_window: MainWindow, qtbot: Any) -> Any:
    open_window.inspector.setCurrentWidget(open_window.parts.display.view)
    qtbot.waitUntil(lambda: len(open_window.parts.display.sample) > 0, timeout=PATIENCE_MS)
    return open_window.parts.display.view


def test_percentile_buttons_set_the_contrast(open_window: MainWindow, display: Any, qtbot: Any) -> None:
    button = next(b for b in display.contrast.findChildren(QToolButton) if b.text() == "5 %")
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    volume = open_window.workspace.document.volume
    assert volume is not None
    black, white = np.percentile(np.asarray(volume.data), [5, 95])
    levels = open_window.workspace.state.settings.levels
    assert levels == pytest.approx((black, white), abs=0.1 * (white - black))
    assert display.contrast.slider.value() == pytest.approx(levels, rel=0.02)
    for view in open_window.parts.views.slices.values():
        assert tuple(view.canvas.image.levels) == pytest.approx(levels)


def test_averaging_and_smoothing_change_what_is_drawn_and_nothing_else(
    open_window: MainWindow, display: Any, qtbot: Any
) -> None:
    display.slab.setFocus()
    qtbot.keyClick(display.slab, Qt.Key.Key_Down)
    display.smoothing.setFocus()
    qtbot.keyClick(display.smoothing, Qt.Key.Key_Down)
    look = open_window.workspace.state.settings.look
    assert (look.slab, look.smoothing_px) == (3, 1.0)
    qtbot.waitUntil(lambda: open_window.parts.views.idle, timeout=PATIENCE_MS)
    volume = open_window.workspace.document.volume
    assert volume is not None
    for plane, view in open_window.parts.views.slices.items():
        np.testing.assert_allclose(view.image, read_slice(volume.data, plane, view.index, look))


def tick(qtbot: Any, box: Any) -> None:
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, box.height() // 2))


def test_filled_vesicles_follow_the_opacity(open_window: MainWindow, display: Any, qtbot: Any) -> None:
    first = give_vesicles(open_window, qtbot)[0]
    open_window.workspace.document.fly_to(first.id)
    circles = open_window.parts.views.slices[Plane.XY].canvas.circles
    tick(qtbot, display.overlays["fill_vesicles"])
    display.opacity.setValue(70)
    assert circles.selected.brush().color().alphaF() == pytest.approx(0.7, abs=0.01)
    tick(qtbot, display.overlays["fill_vesicles"])
    assert circles.selected.brush().style() == Qt.BrushStyle.NoBrush


def test_shapes_are_drawn_when_asked_for_if_there_are_any(
    open_window: MainWindow, display: Any, qtbot: Any
) -> None:
    box = display.overlays["show_shapes"]
    assert not box.isEnabled()
    first = give_vesicles(open_window, qtbot)[0]
    document = open_window.workspace.document
    assert not box.isEnabled()
    terms = (0.0, 0.0, 0.0, 3.0, *[0.0] * 8)
    document.set_vesicles(document.vesicles.replaced(v.but(shape_terms_nm=terms) for v in document.vesicles))
    assert box.isEnabled()
    document.fly_to(first.id)
    view = open_window.parts.views.slices[Plane.XY]
    qtbot.waitUntil(lambda: open_window.parts.views.idle, timeout=PATIENCE_MS)
    width, height = shape_of(view.canvas.circles.selected.path())
    assert width == pytest.approx(height)
    tick(qtbot, box)
    width, height = shape_of(view.canvas.circles.selected.path())
    assert width == pytest.approx((2 * first.radius_nm + 3.0 * 15**0.5) / document.voxel_size_nm, rel=0.02)
    assert height < 0.8 * width
    tick(qtbot, box)
    assert view.circles.outlines is None


def shape_of(path: Any) -> tuple[float, float]:
    return path.boundingRect().width(), path.boundingRect().height()


def test_the_panel_follows_keys_and_menus(open_window: MainWindow, display: Any, qtbot: Any) -> None:
    press(qtbot, open_window, Qt.Key.Key_O)
    assert not display.overlays["show_vesicles"].isChecked()
    open_window.workspace.commands.run("colour.radius_nm")
    assert display.colour.currentText() == "radius"
    assert not display.legend.isVisible()
    assert not display.overlays["show_probability"].isEnabled()  # there is no map yet


def test_the_colour_bar_is_in_a_view_that_is_seen(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    views = open_window.parts.views
    open_window.workspace.state.change(colour_by="p_value")
    bar = views.slices[Plane.XY].canvas.colour_bar
    assert bar is not None
    assert bar.cut == (pytest.approx(0.5), "cut 0.001")  # half way from 1e-6 to 1 on the logarithm
    assert views.slices[Plane.XZ].canvas.colour_bar is None
    open_window.workspace.commands.run("layout.XZ")
    assert views.slices[Plane.XZ].canvas.colour_bar is not None


def test_the_ruler_measures_by_a_drag(open_window: MainWindow, qtbot: Any) -> None:
    press(qtbot, open_window, Qt.Key.Key_U)
    view = open_window.parts.views.slices[Plane.XY]
    drag_voxels(qtbot, view, (47.0, 100.0, 60.0), (47.0, 120.0, 90.0), (47.0, 140.0, 90.0))
    expected = 50 * open_window.workspace.document.voxel_size_nm
    assert nanometres(view) == pytest.approx(expected, rel=0.03)


def test_the_ruler_measures_from_slice_to_slice_by_two_clicks(open_window: MainWindow, qtbot: Any) -> None:
    press(qtbot, open_window, Qt.Key.Key_U)
    view, document = open_window.parts.views.slices[Plane.XY], open_window.workspace.document
    z = document.cursor[0]
    click_voxel(qtbot, view, (z, 100.0, 60.0))
    document.move_cursor((z + 30, 100.0, 60.0))
    move_to_voxel(qtbot, view, (z + 30, 100.0, 100.0))
    click_voxel(qtbot, view, (z + 30, 100.0, 100.0))
    assert nanometres(view) == pytest.approx(50 * document.voxel_size_nm, rel=0.03)
    move_to_voxel(qtbot, view, (z + 30, 200.0, 200.0))  # it is finished: the mouse drags it no further
    assert nanometres(view) == pytest.approx(50 * document.voxel_size_nm, rel=0.03)


def nanometres(view: SliceView) -> float:
    text, _place = view.canvas.note or ("0 nm", None)
    return float(text.removesuffix(" nm"))
