"""What regions do in the window: shown in every view, listed, and held against vesicles and runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from cryoves_app.analysis.geometry.regions import RegionPlanes, rasterise
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Status
from cryoves_app.ui.base.opengl import opengl_works
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, give_vesicles, press, settle
from .region_helpers import click_points, draw, draw_square, go_to, key, regions, ring

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_every_plane_shows_the_voxels_of_the_region(drawing: MainWindow, qtbot: Any) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    draw_square(drawing, qtbot, 50, ((80.0, 80.0), (80.0, 160.0), (150.0, 120.0)))
    cuts = drawing.parts.regions.cuts
    with qtbot.waitSignal(cuts.completed, timeout=PATIENCE_MS):
        pass
    mask = rasterise(regions(drawing)[0], (96, 256, 256), 2.2)
    for plane, expected in ((Plane.XY, mask[41]), (Plane.XZ, mask[:, 100]), (Plane.YZ, mask[:, :, 120].T)):
        index = {Plane.XY: 41, Plane.XZ: 100, Plane.YZ: 120}[plane]
        np.testing.assert_array_equal(cuts.cut(plane, index), expected)
    drawing.workspace.document.move_cursor((41, 100, 120))
    qtbot.waitUntil(lambda: drawing.parts.views.idle, timeout=PATIENCE_MS)
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
    qtbot.waitUntil(lambda: drawing.parts.regions.cuts.is_complete, timeout=PATIENCE_MS)
    drawing.parts.regions.model.show("cytoplasm", shown=False)
    assert threads
    assert threading.main_thread() not in threads


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
    qtbot.waitUntil(lambda: all(v.inside_region is not None for v in document.vesicles), timeout=PATIENCE_MS)
    for vesicle in document.vesicles:
        assert vesicle.inside_region == (vesicle.x_nm / 2.2 <= 120)
    inside = sum(v.inside_region and v.status == "accepted" for v in document.vesicles)
    qtbot.waitUntil(
        lambda: f"<b>{inside} of 8</b>" in drawing.parts.region_panel.view.inside.text(), timeout=PATIENCE_MS
    )
    drawing.parts.steps.open_step("Export")
    assert f"{inside} accepted" in drawing.parts.export.view.selection.text()
    assert "outside the region" in drawing.parts.export.view.selection.text()
    for _ in range(2):
        press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    qtbot.waitUntil(lambda: all(v.inside_region is None for v in document.vesicles), timeout=PATIENCE_MS)
    assert document.regions == ()


def test_a_run_is_kept_to_the_regions_when_asked_to(drawing: MainWindow, qtbot: Any) -> None:
    segment, run = drawing.parts.segment, drawing.parts.run
    assert not segment.view.inside_only.isEnabled()
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 30)
    drawing.parts.steps.open_step("Segment")
    assert run.order().job.regions == ()
    qtbot.mouseClick(segment.view.inside_only, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    job = run.order().job
    assert [r.name for r in job.regions] == ["cytoplasm"]
    assert "--region" in job.command_line()


def test_the_scene_shows_lines_at_once_and_surfaces_soon(
    make_window: Callable[..., MainWindow], qtbot: Any, sample: Path
) -> None:
    if not opengl_works():
        pytest.skip("no OpenGL here")
    window = make_window(opengl=True)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([sample])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    window.parts.volume_view.contents.setCurrentText("Vesicles only")
    settle(window, qtbot)
    editor, scene = window.parts.regions.editor, window.parts.regions.scene
    bare = window.parts.volume_view.scene.render()
    assert editor.add_contour(ring(20.0))
    assert editor.add_contour(ring(70.0))
    assert scene.lines.visible
    qtbot.waitUntil(lambda: scene.surfaces[RegionKind.CYTOPLASM].visible, timeout=PATIENCE_MS)
    lit = window.parts.volume_view.scene.render()
    change = lit[..., :3].astype(int) - bare[..., :3]
    assert change.any(axis=2).mean() > 0.05
    red, green, _ = change.sum(axis=(0, 1))
    assert red > 1.2 * green > 0
    again = window.parts.volume_view.scene.render()  # nothing of a frame is left in the next one
    np.testing.assert_array_equal(again, lit)
    window.parts.regions.model.show("cytoplasm", shown=False)
    qtbot.waitUntil(lambda: not scene.surfaces[RegionKind.CYTOPLASM].visible, timeout=PATIENCE_MS)
    np.testing.assert_array_equal(window.parts.volume_view.scene.render(), bare)


def test_a_region_is_taken_to_the_first_and_last_slice_and_what_lies_beyond_is_told(
    drawing: MainWindow, qtbot: Any
) -> None:
    vesicles = give_vesicles(drawing, qtbot)
    document, panel = drawing.workspace.document, drawing.parts.region_panel.view
    all_of_it = ((-3.0, -3.0), (-3.0, 258.0), (258.0, 258.0), (258.0, -3.0))
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    for z in (40, 50):
        draw_square(drawing, qtbot, z, all_of_it)
    assert "On the 85 slices below and above, everything counts as outside." in panel.details.facts.text()
    settle(drawing, qtbot)
    beyond = sum(v.status is Status.ACCEPTED and v.z_nm / 2.2 > 50.5 for v in vesicles)
    assert beyond
    assert f"{beyond} of those lie below or above the drawn slices (z 40 to 50)." in panel.inside.text()
    qtbot.mouseClick(panel.details.extend, Qt.MouseButton.LeftButton)
    (region,) = regions(drawing)
    assert region.drawn_slices == [0, 40, 50, 95]
    assert region.interpolate
    settle(drawing, qtbot)
    assert all(v.inside_region for v in document.vesicles)
    assert not panel.details.extend.isVisible()
    assert "below or above" not in panel.inside.text()
    press(qtbot, drawing, Qt.Key.Key_Z, CTRL)
    assert regions(drawing)[0].drawn_slices == [40, 50]
