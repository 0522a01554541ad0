"""Vesicles placed by hand with the real mouse, on the sample, from an empty list."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle import Origin
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, click_voxel, drag_voxels, hover_until, press, spot


@pytest.fixture
def adding(open_window: MainWindow, qtbot: Any) -> MainWindow:
    qtbot.waitUntil(lambda: open_window.parts.projects.session is not None, timeout=PATIENCE_MS)
    press(qtbot, open_window, Qt.Key.Key_E)
    return open_window


@pytest.fixture(scope="module")
def truth() -> list[Sphere]:
    return [v.sphere for v in read_vesicles(resource_path("sample", "sample_truth.csv"))]


def go_to(window: MainWindow, qtbot: Any, at: tuple[float, float, float]) -> None:
    window.workspace.document.move_cursor(at)
    window.parts.views.centre()
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)


def test_single_clicks_three_voxels_off_find_the_vesicles(
    adding: MainWindow, qtbot: Any, truth: list[Sphere]
) -> None:
    document = adding.workspace.document
    planes = list(Plane)
    for number, true in enumerate(truth[:30]):
        plane = planes[number % 3]
        centre = true.to_px(document.voxel_size_nm)[:3]
        click = list(centre)
        click[plane.horizontal] += 3.0 if number % 2 else -3.0
        go_to(adding, qtbot, (click[0], click[1], click[2]))
        click_voxel(qtbot, adding.parts.views.slices[plane], (click[0], click[1], click[2]))
    found = [v.sphere for v in document.vesicles]
    assert len(found) == 30
    errors = np.array([f.distance_nm(t) for f, t in zip(found, truth, strict=False)])
    assert np.sum(errors < 1.0) >= 29
    assert errors.mean() <= 0.5
    radii = [sorted((f.radius_nm, t.radius_nm)) for f, t in zip(found, truth, strict=False)]
    assert np.mean([1 - small / large for small, large in radii]) <= 0.015
    assert all(v.origin == Origin.MANUAL and v.reviewed for v in document.vesicles)


def test_the_fit_follows_the_mouse_without_adding(
    adding: MainWindow, qtbot: Any, truth: list[Sphere]
) -> None:
    at = truth[3].to_px(adding.workspace.document.voxel_size_nm)[:3]
    go_to(adding, qtbot, at)
    view = adding.parts.views.slices[Plane.XY]
    hover_until(qtbot, view, at, lambda: not view.canvas.sketch.path().isEmpty())
    outline = view.canvas.sketch.path().boundingRect()
    assert outline.width() / 2 == pytest.approx(truth[3].radius_nm / 2.2, abs=1.0)
    assert "Fit: radius" in adding.status.saved.text()
    assert len(adding.workspace.document.vesicles) == 0


def test_drag_from_centre_to_rim_and_shift_keeps_what_is_drawn(
    adding: MainWindow, qtbot: Any, truth: list[Sphere]
) -> None:
    document = adding.workspace.document
    z, y, x, radius = truth[5].to_px(document.voxel_size_nm)
    go_to(adding, qtbot, (z, y, x))
    view = adding.parts.views.slices[Plane.XY]
    drag_voxels(qtbot, view, (z, y, x), (z, y, x + radius))
    (first,) = document.vesicles
    assert first.radius_nm == pytest.approx(truth[5].radius_nm, abs=1.5)
    viewport = view.canvas.viewport()
    shift = Qt.KeyboardModifier.ShiftModifier
    start, end = spot(view, (z, y + 40, x)), spot(view, (z, y + 40, x + 10))
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, shift, start)
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, shift, end)
    second = document.current
    assert second is not None
    assert second.radius_nm == pytest.approx(10 * document.voxel_size_nm, abs=1.0)
    press(qtbot, adding, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert [v.id for v in document.vesicles] == [first.id]


def rim_points(sphere: tuple[float, float, float, float], plane: Plane, degrees: list[float]) -> list[Any]:
    """Places on the great circle of a sphere (voxels) in a plane."""
    *centre, radius = sphere
    places = []
    for angle in np.deg2rad(degrees):
        at = list(centre)
        at[plane.horizontal] += radius * np.cos(angle)
        at[plane.vertical] += radius * np.sin(angle)
        places.append(tuple(at))
    return places


@pytest.mark.parametrize("plane", list(Plane))
def test_points_on_the_rim_give_a_fitted_vesicle(
    adding: MainWindow, qtbot: Any, truth: list[Sphere], plane: Plane
) -> None:
    document = adding.workspace.document
    sphere = truth[7].to_px(document.voxel_size_nm)
    press(qtbot, adding, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    go_to(adding, qtbot, sphere[:3])
    view = adding.parts.views.slices[plane]
    for number, at in enumerate(rim_points(sphere, plane, [20.0, 130.0, 250.0])):
        assert "Rim" in adding.status.saved.text() or number == 0
        click_voxel(qtbot, view, at)
    assert len(document.vesicles) == 0
    for other in adding.parts.views.slices.values():
        assert not other.canvas.sketch.path().isEmpty()
    press(qtbot, view.canvas, Qt.Key.Key_Return)
    (found,) = document.vesicles
    assert found.sphere.distance_nm(truth[7]) < 1.0
    assert found.radius_nm == pytest.approx(truth[7].radius_nm, abs=1.0)
    assert found.contrast is not None
    assert view.canvas.sketch.path().isEmpty()


def test_rim_points_are_taken_back_and_a_double_click_ends(
    adding: MainWindow, qtbot: Any, truth: list[Sphere]
) -> None:
    document = adding.workspace.document
    sphere = truth[9].to_px(document.voxel_size_nm)
    press(qtbot, adding, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    go_to(adding, qtbot, sphere[:3])
    view = adding.parts.views.slices[Plane.XY]
    first, *others = rim_points(sphere, Plane.XY, [0.0, 110.0, 230.0, 300.0])
    click_voxel(qtbot, view, first)
    press(qtbot, view.canvas, Qt.Key.Key_Backspace)
    press(qtbot, view.canvas, Qt.Key.Key_Return)  # nothing to take
    click_voxel(qtbot, view, (sphere[0], sphere[1], sphere[2] + 2 * sphere[3]))
    press(qtbot, view.canvas, Qt.Key.Key_Escape)
    click_voxel(qtbot, view, first)
    press(qtbot, adding, Qt.Key.Key_S)  # another tool: what was begun is forgotten
    press(qtbot, adding, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    press(qtbot, view.canvas, Qt.Key.Key_Return)
    assert len(document.vesicles) == 0
    for at in others:
        click_voxel(qtbot, view, at)
    cursor = document.cursor
    viewport = view.canvas.viewport()
    qtbot.mouseDClick(
        viewport, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ShiftModifier, spot(view, others[-1])
    )
    (drawn,) = document.vesicles
    assert document.cursor == cursor
    assert drawn.contrast is None  # as drawn: nothing was fitted
    assert drawn.sphere.distance_nm(truth[9]) < 2.0
    assert drawn.radius_nm == pytest.approx(truth[9].radius_nm, abs=2.0)


def test_a_poor_fit_is_shown_as_such_and_may_be_placed(
    adding: MainWindow, qtbot: Any, truth: list[Sphere]
) -> None:
    document = adding.workspace.document
    for true in truth[:8]:  # a population to compare with
        at = true.to_px(document.voxel_size_nm)[:3]
        go_to(adding, qtbot, at)
        click_voxel(qtbot, adding.parts.views.slices[Plane.XY], at)
    empty = _empty_place(truth, document.volume.shape, document.voxel_size_nm)  # type: ignore[union-attr]
    go_to(adding, qtbot, empty)
    view = adding.parts.views.slices[Plane.XY]
    hover_until(qtbot, view, empty, lambda: "hardly" in adding.status.saved.text())
    assert view.canvas.sketch.pen().style() == Qt.PenStyle.DashLine
    click_voxel(qtbot, view, empty)
    assert len(document.vesicles) == 9


def _empty_place(
    truth: list[Sphere], shape: tuple[int, int, int], voxel: float
) -> tuple[float, float, float]:
    """The point farthest from all vesicles."""
    grid = np.array(np.meshgrid(*(np.arange(20, n - 20, 8) for n in shape), indexing="ij")).reshape(3, -1).T
    gaps = [np.linalg.norm(grid * voxel - t.centre_nm, axis=1) - t.radius_nm for t in truth]
    z, y, x = grid[int(np.argmax(np.min(gaps, axis=0)))]
    return float(z), float(y), float(x)


def test_a_click_on_a_vesicle_selects_it_and_shift_adds_all_the_same(
    adding: MainWindow, qtbot: Any, truth: list[Sphere]
) -> None:
    document, view = adding.workspace.document, adding.parts.views.slices[Plane.XY]
    z, y, x, _radius = truth[0].to_px(document.voxel_size_nm)
    go_to(adding, qtbot, (z, y, x))
    click_voxel(qtbot, view, (z, y, x))
    (first,) = document.vesicles
    document.select([])
    click_voxel(qtbot, view, (z, y, x + 1))
    assert [v.id for v in document.vesicles] == [first.id]
    assert document.selection == (first.id,)
    assert f"Vesicle {first.id} stands there already" in adding.notices.brief.text.text()
    qtbot.mouseClick(
        view.canvas.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ShiftModifier,
        pos=spot(view, (z, y, x + 1)),
    )
    assert len(document.vesicles) == 2


def test_no_vesicle_is_added_outside_of_the_tomogram(adding: MainWindow, qtbot: Any) -> None:
    view = adding.parts.views.slices[Plane.XY]
    document = adding.workspace.document
    qtbot.mouseClick(
        view.canvas.viewport(),
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ShiftModifier,
        pos=spot(view, (document.cursor[0], 100.0, -2.0)),
    )
    assert len(document.vesicles) == 0
    assert any("outside of the tomogram" in s for s in adding.notices.sentences())
