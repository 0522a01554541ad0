"""Regions in the window: drawn, interpolated, mended, painted and deleted with the real mouse and keys."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel

from cryoves_app.analysis.regions import RegionPlanes, rasterise
from cryoves_app.domain.region import Contour, Region, RegionKind
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.ui.main_window import MainWindow
from cryoves_app.ui.opengl import opengl_works
from cryoves_app.ui.panels.region.details import TRAP
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.regions import write_regions

from .helpers import Position, click_voxel, drag_voxels, give_vesicles, move_to_voxel, press, spot

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
SQUARE = ((60.0, 60.0), (60.0, 180.0), (170.0, 180.0), (170.0, 60.0))


@pytest.fixture
def drawing(open_window: MainWindow, qtbot: Any) -> MainWindow:
    """The sample open, its project begun, the step Region unfolded."""
    qtbot.waitUntil(lambda: open_window.parts.projects.session is not None, timeout=5000)
    open_window.parts.steps.open_step("Region")
    return open_window


def xy(window: MainWindow) -> SliceView:
    return window.parts.views.slices[Plane.XY]


def go_to(window: MainWindow, qtbot: Any, z: int) -> None:
    _, y, x = window.workspace.document.cursor
    window.workspace.document.move_cursor((z, y, x))
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=5000)


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


def test_every_plane_shows_the_voxels_of_the_region(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    draw_square(drawing, qtbot, 50, ((80.0, 80.0), (80.0, 160.0), (150.0, 120.0)))
    cuts = drawing.parts.regions.cuts
    with qtbot.waitSignal(cuts.completed, timeout=10_000):
        pass
    mask = rasterise(regions(drawing)[0], (96, 256, 256), 2.2)
    for plane, expected in ((Plane.XY, mask[41]), (Plane.XZ, mask[:, 100]), (Plane.YZ, mask[:, :, 120].T)):
        index = {Plane.XY: 41, Plane.XZ: 100, Plane.YZ: 120}[plane]
        np.testing.assert_array_equal(cuts.cut(plane, index), expected)
    drawing.workspace.document.move_cursor((41, 100, 120))
    qtbot.waitUntil(lambda: drawing.parts.views.idle, timeout=5000)
    for layer in drawing.parts.regions.layers.values():
        assert layer.fill.visible
    press(qtbot, drawing, Qt.Key.Key_G)
    assert not any(layer.fill.visible for layer in drawing.parts.regions.layers.values())


def test_no_voxel_is_worked_out_in_the_windows_thread(
    drawing: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Large regions take seconds; the window must not stand still for them."""
    threads: list[threading.Thread] = []
    filled = RegionPlanes.filled

    def watched(planes: RegionPlanes, z: int) -> Any:
        threads.append(threading.current_thread())
        return filled(planes, z)

    monkeypatch.setattr(RegionPlanes, "filled", watched)
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    draw_square(drawing, qtbot, 50)
    for z in (40, 41, 42):
        go_to(drawing, qtbot, z)
    qtbot.waitUntil(lambda: drawing.parts.regions.cuts.is_complete, timeout=10_000)
    drawing.parts.regions.model.show("cytoplasm", shown=False)
    assert threads
    assert threading.main_thread() not in threads


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
    assert details.trap.isVisible()
    assert details.trap.findChild(QLabel).text() == TRAP
    assert details.tube.value() == pytest.approx(8.0)
    details.tube.setValue(11.0)
    go_to(drawing, qtbot, 48)
    click_points(drawing, qtbot, 48, ((60.0, 225.0), (100.0, 232.0)))
    layer = drawing.parts.regions.layers[Plane.XY]
    assert not layer.tube.path().isEmpty()
    assert layer.tube.pen().widthF() == pytest.approx(11.0 / 2.2)
    note = xy(drawing).canvas._note
    assert note is not None
    assert note[0].startswith("Tube 11.0 nm: cover the dark band")
    key(drawing, qtbot, Qt.Key.Key_Return)
    (zone,) = regions(drawing)
    assert (zone.kind, zone.tube_nm, zone.contours[0].closed) == (RegionKind.ACTIVE_ZONE, 11.0, False)
    details.tube.setValue(14.0)
    assert regions(drawing)[0].tube_nm == 14.0
    assert layer.tube.path().isEmpty()
    assert xy(drawing).canvas._note is None
    qtbot.waitUntil(lambda: drawing.parts.regions.cuts.is_complete, timeout=10_000)
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


def test_regions_are_hidden_renamed_changed_in_kind_and_deleted(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30, ((80.0, 80.0), (80.0, 160.0), (150.0, 120.0)))
    panel, model = drawing.parts.region_panel.view, drawing.parts.regions.model
    assert [r.name for r in regions(drawing)] == ["cytoplasm", "cytoplasm 2"]
    panel.list.item(0).setCheckState(Qt.CheckState.Unchecked)
    assert [r.name for r in model.visible] == ["cytoplasm 2"]
    panel.list.item(1).setText("cytoplasm")  # taken: said, and put back
    assert panel.list.item(1).text() == "cytoplasm 2"
    assert any("choose another name" in s for s in drawing.notices.sentences())
    panel.list.item(1).setText("ice")
    assert [r.name for r in regions(drawing)] == ["cytoplasm", "ice"]
    assert model.current_name == "ice"
    details = panel.details
    details.kind.setCurrentIndex(details.kind.findData(RegionKind.EXCLUDE))
    details.kind.activated.emit(details.kind.currentIndex())
    assert regions(drawing)[1].kind is RegionKind.EXCLUDE
    before = regions(drawing)
    qtbot.mouseClick(panel.remove_button, Qt.MouseButton.LeftButton)
    assert [r.name for r in regions(drawing)] == ["cytoplasm"]
    press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    assert regions(drawing) == before


def test_a_region_filters_the_results_at_once(drawing: MainWindow, qtbot: Any) -> None:
    vesicles = give_vesicles(drawing, qtbot)
    document = drawing.workspace.document
    depth = round(vesicles[0].z_nm / 2.2)
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    half = ((-3.0, -3.0), (-3.0, 120.0), (258.0, 120.0), (258.0, -3.0))
    assert vesicles[0].z_nm != vesicles[-1].z_nm
    go_to(drawing, qtbot, depth - 1)
    click_points(drawing, qtbot, depth - 1, half)
    key(drawing, qtbot, Qt.Key.Key_Return)
    go_to(drawing, qtbot, depth + 18)
    click_points(drawing, qtbot, depth + 18, half)
    key(drawing, qtbot, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: all(v.inside_region is not None for v in document.vesicles), timeout=10_000)
    for vesicle in document.vesicles:
        assert vesicle.inside_region == (vesicle.x_nm / 2.2 <= 120)
    inside = sum(v.inside_region and v.status == "accepted" for v in document.vesicles)
    qtbot.waitUntil(
        lambda: f"<b>{inside} of 8</b>" in drawing.parts.region_panel.view.inside.text(), timeout=5000
    )
    drawing.parts.steps.open_step("Export")
    assert f"{inside} accepted" in drawing.parts.export.view.selection.text()
    assert "outside the region" in drawing.parts.export.view.selection.text()
    for _ in range(2):
        press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: all(v.inside_region is None for v in document.vesicles), timeout=10_000)
    assert document.regions == ()


def test_a_model_comes_in_part_by_part_and_goes_out_again(
    drawing: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    files = drawing.parts.regions.files
    volume = drawing.workspace.document.volume
    assert volume is not None
    cell = Region("bouton", RegionKind.CYTOPLASM, tuple(ring(z) for z in (30.0, 40.0, 50.0)))
    zone = Region("line", RegionKind.ACTIVE_ZONE, (replace(ring(40.0), closed=False),))
    write_regions(tmp_path / "theirs.mod", [cell, zone], volume.info)
    files.import_files([tmp_path / "theirs.mod"])
    qtbot.waitUntil(lambda: files.dialog is not None and files.dialog.isVisible(), timeout=5000)
    dialog = files.dialog
    assert dialog is not None
    assert [box.currentText() for box in dialog.roles] == ["cytoplasm (outline)", "active zone"]
    assert dialog.table.item(0, 2).text() == "3 contours, 12 points"
    qtbot.keyClick(dialog.roles[1], Qt.Key.Key_E)  # exclude
    assert dialog.roles[1].currentText() == "exclude"
    qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(regions(drawing)) == 2, timeout=5000)
    assert [(r.name, r.kind, r.interpolate) for r in regions(drawing)] == [
        ("bouton", RegionKind.CYTOPLASM, True),
        ("line", RegionKind.EXCLUDE, False),
    ]
    assert len(drawing.parts.projects.session.steps) == 1  # type: ignore[union-attr]
    files.export(tmp_path / "ours.mod")
    qtbot.waitUntil(lambda: any("read back" in s for s in drawing.notices.sentences()), timeout=5000)
    back = read_model(tmp_path / "ours.mod")
    assert [(o.name, len(o.contours)) for o in back.objects] == [("bouton", 3), ("line", 1)]


def test_files_that_hold_nothing_are_a_sentence(drawing: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.mod").write_text("no model")
    drawing.parts.regions.files.import_files([tmp_path / "notes.mod"])
    qtbot.waitUntil(lambda: any("notes.mod" in s for s in drawing.notices.sentences()), timeout=5000)
    assert drawing.parts.regions.files.dialog is None


def test_a_run_is_kept_to_the_regions_when_asked_to(drawing: MainWindow, qtbot: Any) -> None:
    segment = drawing.parts.segment
    assert not segment.view.inside_only.isEnabled()
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    drawing.parts.steps.open_step("Segment")
    assert segment.job().regions == ()
    qtbot.mouseClick(segment.view.inside_only, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    job = segment.job()
    assert [r["name"] for r in job.regions] == ["cytoplasm"]
    assert "--region" in job.command_line()


def test_regions_survive_a_crash_with_their_history(
    make_window: Callable[..., MainWindow], qtbot: Any, sample: Path, tmp_path: Path
) -> None:
    tomogram = Path(shutil.copy(sample, tmp_path / "synapse.mrc"))
    first = make_window(opengl=False)
    with qtbot.waitSignal(first.parts.opener.opened, timeout=10_000):
        first.parts.opener.open([tomogram])
    qtbot.waitUntil(lambda: first.parts.projects.session is not None, timeout=5000)
    first.parts.steps.open_step("Region")
    draw(first, qtbot, RegionKind.CYTOPLASM)
    draw_square(first, qtbot, 30)
    draw_square(first, qtbot, 40)
    drawn = regions(first)
    session = first.parts.projects.session
    assert session is not None
    session._file.close()  # what a crash leaves: a working copy that nobody holds
    first.parts.projects.session = None
    second = make_window(opengl=False)
    second.offer_recovery()
    (notice,) = second.notices.notices()
    assert notice.button is not None
    with qtbot.waitSignal(second.parts.opener.opened, timeout=10_000):
        qtbot.mouseClick(notice.button, Qt.MouseButton.LeftButton)
    assert regions(second) == drawn
    assert second.parts.region_panel.view.list.count() == 1
    press(qtbot, second, Qt.Key.Key_Z, CTRL)
    assert regions(second)[0].drawn_slices == [30]


def test_the_scene_shows_lines_at_once_and_surfaces_soon(
    make_window: Callable[..., MainWindow], qtbot: Any, sample: Path
) -> None:
    if not opengl_works():
        pytest.skip("no OpenGL here")
    window = make_window(opengl=True)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=10_000):
        window.parts.opener.open([sample])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=5000)
    window.parts.volume_view.contents.setCurrentText("Vesicles only")
    qtbot.wait(50)
    editor, scene = window.parts.regions.editor, window.parts.regions.scene
    bare = window.parts.volume_view.scene.render()
    assert editor.add_contour(ring(20.0))
    assert editor.add_contour(ring(70.0))
    assert scene.lines.visible
    qtbot.waitUntil(lambda: scene.surfaces[RegionKind.CYTOPLASM].visible, timeout=10_000)
    lit = window.parts.volume_view.scene.render()
    change = lit[..., :3].astype(int) - bare[..., :3]
    assert change.any(axis=2).mean() > 0.05
    red, green, _ = change.sum(axis=(0, 1))
    assert red > 1.2 * green > 0
    again = window.parts.volume_view.scene.render()  # nothing of a frame is left in the next one
    np.testing.assert_array_equal(again, lit)
    window.parts.regions.model.show("cytoplasm", shown=False)
    qtbot.waitUntil(lambda: not scene.surfaces[RegionKind.CYTOPLASM].visible, timeout=5000)
    np.testing.assert_array_equal(window.parts.volume_view.scene.render(), bare)
