"""The oblique slice: turned by mouse, keys and numbers; vesicles are picked and judged in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from cryoves_app.analysis.geometry.oblique import plane_circles, plane_extent
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.oblique.oblique_view import ObliqueView
from cryoves_app.ui.viewers.ortho_view import OBLIQUE, OBLIQUE_FOUR_UP
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.actions.regions import add_region

from .helpers import PATIENCE_MS, give_vesicles, open_file, press, settle


@pytest.fixture
def oblique(open_window: MainWindow, qtbot: Any) -> ObliqueView:
    """Beside the three slices, with vesicles."""
    give_vesicles(open_window, qtbot)
    open_window.workspace.commands.action(f"layout.{OBLIQUE_FOUR_UP}").trigger()
    settle(open_window, qtbot)
    return open_window.parts.views.oblique


def place(view: ObliqueView, right: float, up: float) -> QPoint:
    """Where a point of the plane is on the canvas."""
    return QPointF(view.canvas.mapFromScene(view.canvas.box.mapViewToScene(QPointF(right, up)))).toPoint()


def drag(
    qtbot: Any, view: ObliqueView, start: QPoint, end: QPoint, held: Any = Qt.KeyboardModifier.NoModifier
) -> None:
    viewport = view.canvas.viewport()
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, held, start)
    for share in (0.5, 1.0):
        between = QPointF(start) + (QPointF(end) - QPointF(start)) * share
        qtbot.mouseMove(viewport, between.toPoint())
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, held, end)


def angles(window: MainWindow) -> Any:
    return window.workspace.state.settings.oblique_deg


def test_it_begins_as_xy(open_window: MainWindow, qtbot: Any, oblique: ObliqueView) -> None:
    document = open_window.workspace.document
    volume = document.volume
    assert volume is not None
    z = round(document.cursor[0])
    assert oblique.image is not None
    value = float(np.asarray(volume.data)[z, 60, 70])
    right, up = 70 - document.cursor[2], 60 - document.cursor[1]
    assert oblique.value_at(right, up) == pytest.approx(value, rel=0.3, abs=5)
    assert not any(line.isVisible() for line in (open_window.parts.views.traces.lines[Plane.XY],))


def test_a_drag_turns_the_plane_about_the_crosshair(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    cursor = open_window.workspace.document.cursor
    start = oblique.canvas.viewport().rect().center() + QPoint(40, 30)
    drag(qtbot, oblique, start, start + QPoint(50, 0))
    settle(open_window, qtbot)
    assert angles(open_window) == pytest.approx((0.0, 20.0, 0.0))
    assert [field.value() for field in oblique.bar.fields] == [0.0, 20.0, 0.0]
    assert open_window.workspace.document.cursor == cursor
    np.testing.assert_allclose(oblique.shown.axes, oblique.plane.axes)
    lines = open_window.parts.views.traces.lines
    assert lines[Plane.XY].isVisible()
    assert lines[Plane.XY].angle == pytest.approx(90.0) or lines[Plane.XY].angle == pytest.approx(-90.0)


def test_arrow_keys_turn_it_and_page_keys_move_it(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    give = oblique.canvas
    give.setFocus()
    press(qtbot, give, Qt.Key.Key_Right)
    press(qtbot, give, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert angles(open_window) == pytest.approx((0.0, 11.0, 0.0))
    press(qtbot, give, Qt.Key.Key_Down)
    assert angles(open_window)[0] == pytest.approx(1.0, abs=0.1)
    before = np.array(open_window.workspace.document.cursor)
    normal = oblique.plane.axes[2]
    press(qtbot, give, Qt.Key.Key_PageUp)
    moved = np.array(open_window.workspace.document.cursor) - before
    np.testing.assert_allclose(moved, normal, atol=1e-6)


def test_numbers_turn_it_and_the_button_turns_it_back(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    field = oblique.bar.fields[0]
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "35")
    press(qtbot, field, Qt.Key.Key_Return)
    assert angles(open_window) == (35.0, 0.0, 0.0)
    qtbot.mouseClick(oblique.bar.reset, Qt.MouseButton.LeftButton)
    assert angles(open_window) == (0.0, 0.0, 0.0)


def seen_vesicle(window: MainWindow, view: ObliqueView) -> tuple[Vesicle, float, float]:
    """A vesicle whose circle is large enough, and where it is in the plane."""
    spheres = window.workspace.scene.spheres_px
    cut = plane_circles(spheres, view.shown)
    row = int(np.argmax(cut.radius))
    number = int(window.workspace.scene.ids[cut.rows[row]])
    vesicle = window.workspace.document.vesicles.get(number)
    assert vesicle is not None
    return vesicle, float(cut.right[row]), float(cut.up[row])


def test_a_vesicle_is_picked_and_judged_in_it(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    document = open_window.workspace.document
    document.fly_to(next(iter(document.vesicles)).id)
    open_window.workspace.state.change(oblique_deg=(25.0, -30.0, 10.0))
    settle(open_window, qtbot)
    document.select([])
    vesicle, right, up = seen_vesicle(open_window, oblique)
    qtbot.mouseClick(oblique.canvas.viewport(), Qt.MouseButton.LeftButton, pos=place(oblique, right, up))
    assert document.selection == (vesicle.id,)
    press(qtbot, oblique.canvas, Qt.Key.Key_D)
    rejected = document.vesicles.get(vesicle.id)
    assert rejected is not None
    assert rejected.status is Status.REJECTED


def test_the_crosshair_follows_a_click_and_the_picture_stays(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    open_window.workspace.state.change(oblique_deg=(20.0, 40.0, 0.0), show_vesicles=False)
    settle(open_window, qtbot)
    wanted = oblique.shown.to_volume(6.0, -4.0)
    spot = place(oblique, 6.0, -4.0)
    qtbot.mouseClick(oblique.canvas.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    settle(open_window, qtbot)
    assert open_window.workspace.document.cursor == pytest.approx(wanted, abs=oblique.canvas.voxels_per_pixel)
    assert (place(oblique, 0.0, 0.0) - spot).manhattanLength() <= 2


def test_shift_and_drag_turn_it_in_its_plane(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    middle = place(oblique, 0.0, 0.0)
    start, end = middle + QPoint(60, 0), middle + QPoint(0, -60)
    drag(qtbot, oblique, start, end, Qt.KeyboardModifier.ShiftModifier)
    assert angles(open_window) == pytest.approx((0.0, 0.0, -90.0), abs=2.0)


def test_it_is_found_by_what_others_call_it(open_window: MainWindow) -> None:
    for words in ("oblique", "slicer", "rotate plane", "reslice"):
        assert open_window.workspace.commands.search(words)[0].key.startswith(
            ("layout.Oblique", "layout.4-up obl")
        )


def test_it_is_seen_alone_and_together(open_window: MainWindow, qtbot: Any, oblique: ObliqueView) -> None:
    qtbot.mouseClick(oblique.bar.maximise, Qt.MouseButton.LeftButton)
    assert open_window.parts.views.layout_name == OBLIQUE
    assert oblique.isVisible()
    assert not any(view.isVisible() for view in open_window.parts.views.slices.values())
    qtbot.mouseClick(oblique.bar.maximise, Qt.MouseButton.LeftButton)
    assert open_window.parts.views.layout_name == OBLIQUE_FOUR_UP
    open_window.workspace.commands.action("layout.4-up").trigger()
    assert not oblique.isVisible()
    assert open_window.parts.volume_view.isVisible()
    assert not any(line.isVisible() for line in open_window.parts.views.traces.lines.values())


def test_angles_come_back_with_the_project(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView, tmp_path: Path, tomogram: Path
) -> None:
    open_window.workspace.state.change(oblique_deg=(10.0, 20.0, 30.0))
    assert open_window.parts.projects.save(tmp_path / "a.cryoves")
    open_file(open_window, qtbot, tomogram)
    open_window.workspace.commands.action("oblique.reset").trigger()
    assert angles(open_window) == (0.0, 0.0, 0.0)
    open_file(open_window, qtbot, tmp_path / "a.cryoves")
    assert angles(open_window) == (10.0, 20.0, 30.0)
    assert open_window.parts.views.layout_name == OBLIQUE_FOUR_UP


def test_alone_it_says_what_the_colours_mean(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    open_window.workspace.state.change(colour_by="p_value")
    settle(open_window, qtbot)
    assert oblique.canvas.colour_bar is None  # XY has it
    open_window.workspace.commands.action(f"layout.{OBLIQUE}").trigger()
    settle(open_window, qtbot)
    bar = oblique.canvas.colour_bar
    assert bar is not None
    assert (bar.low, bar.high) == ("1e−6", "1")


def test_reset_shows_the_whole_plane(open_window: MainWindow, qtbot: Any, oblique: ObliqueView) -> None:
    open_window.workspace.document.move_cursor((80.0, 20.0, 230.0))
    open_window.workspace.state.change(oblique_deg=(40.0, 30.0, 0.0))
    open_window.workspace.commands.run("view.reset")
    settle(open_window, qtbot)
    volume = open_window.workspace.document.volume
    assert volume is not None
    left, right, low, high = plane_extent(oblique.plane, volume.shape) or (0.0,) * 4
    seen = oblique.canvas.box.viewRect()
    assert seen.contains(QPointF(left, low))
    assert seen.contains(QPointF(right, high))


def test_regions_are_filled_where_it_cuts_them(
    open_window: MainWindow, qtbot: Any, oblique: ObliqueView
) -> None:
    square = tuple((40.0, float(y), float(x)) for y, x in ((40, 40), (40, 200), (200, 200), (200, 40)))
    contours = tuple(Contour(tuple((z, y, x) for _z, y, x in square)) for z in (10.0, 80.0))
    region = Region("cell", RegionKind.CYTOPLASM, contours, interpolate=True)
    open_window.parts.projects.edit(lambda project: add_region(project, region))
    fill = open_window.parts.regions.oblique.fill
    qtbot.waitUntil(lambda: fill.visible, timeout=PATIENCE_MS)
    open_window.workspace.commands.run("view.regions")
    qtbot.waitUntil(lambda: not fill.visible, timeout=PATIENCE_MS)
