"""Contours and masks: drawn, interpolated, mended, painted and taken back with the real mouse and keys."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.domain.region import RegionKind
from cryoves_app.ui.panels.region.details import TUBE_HINT
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, click_voxel, drag_voxels, give_vesicles, move_to_voxel, press, spot
from .region_helpers import SQUARE, click_points, draw, draw_square, flat, go_to, key, regions, xy

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_a_cytoplasm_is_drawn_point_by_point_and_filled_between(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    assert drawing.parts.tools.current.name == "contour"
    draw_square(drawing, qtbot, 30)
    (cell,) = regions(drawing)
    assert (cell.name, cell.kind, cell.interpolate) == ("cytoplasm", RegionKind.CYTOPLASM, False)
    (contour,) = cell.contours
    assert contour.closed
    assert contour.slice_index == 30
    drawn = np.array([flat(p) for p in contour.points_px])
    assert np.abs(drawn - np.array(SQUARE)).max() < 1.0

    smaller = ((80.0, 80.0), (80.0, 160.0), (150.0, 120.0))
    go_to(drawing, qtbot, 50)
    click_points(drawing, qtbot, 50, smaller)
    click_voxel(qtbot, xy(drawing), (50, *smaller[0]))  # on the first point
    (cell,) = regions(drawing)
    assert cell.drawn_slices == [30, 50]
    assert cell.interpolate
    panel = drawing.parts.region_panel.view
    assert panel.details.interpolate.isChecked()
    assert "19 slices are filled in between" in panel.details.facts.text()
    mask = rasterise(cell, (96, 256, 256), 2.2)
    assert mask[30].sum() > mask[40].sum() > mask[50].sum() > 0

    qtbot.mouseClick(panel.details.interpolate, Qt.MouseButton.LeftButton)
    assert not regions(drawing)[0].interpolate
    press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    assert regions(drawing) == (cell,)


def test_a_line_drawn_by_hand_needs_few_points(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.ORGANELLE)
    go_to(drawing, qtbot, 40)
    angles = np.linspace(0, 2 * np.pi, 120)
    drag_voxels(qtbot, xy(drawing), *((40.0, 120 + 50 * np.sin(a), 120 + 50 * np.cos(a)) for a in angles))
    (organelle,) = regions(drawing)
    (contour,) = organelle.contours
    assert organelle.kind is RegionKind.ORGANELLE
    assert 12 < len(contour.points_px) < 80
    away = [np.hypot(*(flat(p) - 120)) for p in contour.points_px]
    assert np.abs(np.array(away) - 50).max() < 2.0


def test_points_are_dragged_inserted_and_removed(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    view = xy(drawing)
    drag_voxels(qtbot, view, (30, 60, 60), (30, 50, 52), (30, 40, 45))
    assert flat(regions(drawing)[0].contours[0].points_px[0]) == pytest.approx((40, 45), abs=1.0)
    drag_voxels(qtbot, view, (30, 115, 180), (30, 115, 190), (30, 115, 200))
    points = regions(drawing)[0].contours[0].points_px
    assert len(points) == 5
    assert flat(points[2]) == pytest.approx((115, 200), abs=1.0)
    move_to_voxel(qtbot, view, (30, 115, 200))
    key(drawing, qtbot, Qt.Key.Key_Delete)
    assert len(regions(drawing)[0].contours[0].points_px) == 4
    move_to_voxel(qtbot, view, (30, 170, 120))
    key(drawing, qtbot, Qt.Key.Key_Delete)  # a line under the mouse: all of it
    assert regions(drawing)[0].contours == ()
    for _ in range(4):
        press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    assert np.abs(np.array([flat(p) for p in regions(drawing)[0].contours[0].points_px]) - SQUARE).max() < 1.0


def test_nothing_is_removed_on_a_slice_that_is_not_shown(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    move_to_voxel(qtbot, xy(drawing), (30, 60, 60))
    assert drawing.parts.regions.contour.wants(Qt.Key.Key_Delete)
    go_to(drawing, qtbot, 31)
    assert not drawing.parts.regions.contour.wants(Qt.Key.Key_Delete)


def test_escape_and_backspace_take_back_what_is_not_finished(drawing: MainWindow, qtbot: Any) -> None:
    vesicles = give_vesicles(drawing, qtbot)
    drawing.workspace.document.select([vesicles[0].id])
    model = drawing.parts.regions.model
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    go_to(drawing, qtbot, 30)
    click_points(drawing, qtbot, 30)
    key(drawing, qtbot, Qt.Key.Key_Backspace)
    assert model.draft is not None
    assert len(model.draft.points) == 3
    key(drawing, qtbot, Qt.Key.Key_Escape)
    assert model.draft is None
    assert regions(drawing) == ()
    assert drawing.workspace.document.selection == (vesicles[0].id,)
    click_points(drawing, qtbot, 30, SQUARE[:2])
    key(drawing, qtbot, Qt.Key.Key_Return)  # two points are no outline
    assert regions(drawing) == ()
    click_points(drawing, qtbot, 30, SQUARE[:3])
    press(qtbot, drawing, Qt.Key.Key_S)  # another tool
    assert model.draft is None


def test_a_double_click_ends_a_line_and_moves_no_view(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    go_to(drawing, qtbot, 30)
    cursor = drawing.workspace.document.cursor
    click_points(drawing, qtbot, 30)
    qtbot.mouseDClick(
        xy(drawing).canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot(xy(drawing), (30, *SQUARE[3]))
    )
    assert len(regions(drawing)[0].contours[0].points_px) == 4
    assert drawing.workspace.document.cursor == cursor


def test_other_planes_choose_the_slice_and_say_why(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    click_voxel(qtbot, drawing.parts.views.slices[Plane.XZ], (20, 127, 90))
    assert drawing.workspace.document.cursor[0] == pytest.approx(20, abs=1)
    assert "contours lie on z slices" in drawing.status.saved.text()
    assert regions(drawing) == ()


def test_an_active_zone_is_an_open_line_with_a_tube_and_a_warning(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.ACTIVE_ZONE)
    details = drawing.parts.region_panel.view.details
    assert details.tube_hint.isVisible()
    assert details.tube_hint.findChild(QLabel).text() == TUBE_HINT
    assert details.tube.value() == pytest.approx(8.0)
    details.tube.setValue(11.0)
    go_to(drawing, qtbot, 48)
    click_points(drawing, qtbot, 48, ((60.0, 225.0), (100.0, 232.0)))
    layer = drawing.parts.regions.layers[Plane.XY]
    assert not layer.tube.path().isEmpty()
    assert layer.tube.pen().widthF() == pytest.approx(11.0 / 2.2)
    note = xy(drawing).canvas.note
    assert note is not None
    assert note[0].startswith("Tube 11.0 nm: cover the dark band")
    key(drawing, qtbot, Qt.Key.Key_Return)
    (zone,) = regions(drawing)
    assert (zone.kind, zone.tube_nm, zone.contours[0].closed) == (RegionKind.ACTIVE_ZONE, 11.0, False)
    details.tube.setValue(14.0)
    assert regions(drawing)[0].tube_nm == 14.0
    assert layer.tube.path().isEmpty()
    assert xy(drawing).canvas.note is None
    qtbot.waitUntil(lambda: drawing.parts.regions.cuts.is_complete, timeout=PATIENCE_MS)
    mask = rasterise(regions(drawing)[0], (96, 256, 256), 2.2)
    assert mask[48, 80, 229] == 1
    press(qtbot, drawing, Qt.Key.Key_C, SHIFT)
    drag_voxels(qtbot, xy(drawing), (48, 80, 80), (48, 90, 90))
    assert "line with a tube" in drawing.status.saved.text()
    assert len(regions(drawing)) == 1


def test_the_brush_paints_and_erases_the_mask(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.EXCLUDE)
    press(qtbot, drawing, Qt.Key.Key_C, SHIFT)
    go_to(drawing, qtbot, 40)
    view = xy(drawing)
    drag_voxels(qtbot, view, (40, 100, 80), (40, 100, 110), (40, 100, 140))
    (region,) = regions(drawing)
    painted = rasterise(region, (96, 256, 256), 2.2)[40]
    radius = drawing.parts.regions.brush.radius_nm / 2.2
    assert painted.sum() == pytest.approx(np.pi * radius**2 + 2 * radius * 60, rel=0.1)
    viewport = view.canvas.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, CTRL, spot(view, (40, 100, 110)))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, CTRL, spot(view, (40, 100, 110)))
    erased = rasterise(regions(drawing)[0], (96, 256, 256), 2.2)[40]
    assert erased[100, 110] == 0
    assert erased[100, 80] == 1
    assert len(regions(drawing)[0].contours) == 2  # cut in two
    press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    np.testing.assert_array_equal(rasterise(regions(drawing)[0], (96, 256, 256), 2.2)[40], painted)
    assert [s.title for s in drawing.parts.projects.session.steps][-1].startswith("Erase on")  # type: ignore[union-attr]


def test_contours_are_copied_and_cleared_slice_by_slice(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    key(drawing, qtbot, Qt.Key.Key_PageUp, CTRL)
    assert drawing.workspace.document.cursor[0] == 31
    assert regions(drawing)[0].drawn_slices == [30, 31]
    first, second = regions(drawing)[0].contours
    assert [p[1:] for p in first.points_px] == [p[1:] for p in second.points_px]
    details = drawing.parts.region_panel.view.details
    qtbot.mouseClick(details.copy_up, Qt.MouseButton.LeftButton)
    assert regions(drawing)[0].drawn_slices == [30, 31, 32]
    qtbot.mouseClick(details.clear, Qt.MouseButton.LeftButton)
    assert regions(drawing)[0].drawn_slices == [30, 31]
    assert not details.clear.isEnabled()
