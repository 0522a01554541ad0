"""The window as a whole, with real clicks and keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.vesicle import Origin, Status
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slice_view import SliceView
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import (
    PATIENCE_MS,
    click_voxel,
    drag_voxels,
    give_vesicles,
    press,
    settle,
    spot,
    turn_wheel,
)

pytestmark = pytest.mark.usefixtures("qapp")


def test_start_page_leads_to_the_sample(window: MainWindow, qtbot: object) -> None:
    assert window.stack.currentWidget() is window.start_page
    assert not window.steps_dock.isVisible()
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):  # type: ignore[attr-defined]
        qtbot.mouseClick(window.start_page.sample_button, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert window.stack.currentWidget() is window.parts.views
    assert window.steps_dock.isVisible()
    assert "sample.mrc" in window.windowTitle()


def test_dropped_file_opens(window: MainWindow, qtbot: object, sample: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(sample))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(300, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    event = QDropEvent(QPointF(300, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):  # type: ignore[attr-defined]
        QApplication.sendEvent(window, event)
    assert window.workspace.document.volume is not None
    assert window.workspace.preferences.recent == [sample]


def test_a_file_that_is_no_tomogram_is_answered_with_a_sentence(
    window: MainWindow, qtbot: object, tmp_path: Path
) -> None:
    wrong = tmp_path / "notes.mrc"
    wrong.write_text("these are my notes")
    with qtbot.waitSignal(window.parts.opener.failed, timeout=PATIENCE_MS):  # type: ignore[attr-defined]
        window.parts.opener.open([wrong])
    (sentence,) = window.notices.sentences()
    assert "notes.mrc" in sentence
    assert window.stack.currentWidget() is window.start_page


def test_click_selects_everywhere_and_a_row_centres_everything(
    open_window: MainWindow, qtbot: object
) -> None:
    vesicles = give_vesicles(open_window, qtbot)
    document, parts = open_window.workspace.document, open_window.parts
    target = vesicles[4]
    z, y, x, _ = target.sphere.to_px(document.voxel_size_nm)
    document.move_cursor((z, y, x))
    qtbot.waitUntil(lambda: parts.views.idle, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    click_voxel(qtbot, parts.views.slices[Plane.XY], (z, y, x))
    assert document.selection == (target.id,)
    assert len(parts.vesicles.view.table.selectionModel().selectedRows()) == 1
    other = parts.vesicles.shown_ids()[0]
    table = parts.vesicles.view.table
    spot = table.visualRect(parts.vesicles.model.index(0, 0)).center()
    qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=spot)  # type: ignore[attr-defined]
    assert document.selection == (other,)
    vesicle = document.current
    assert vesicle is not None
    centre = vesicle.sphere.to_px(document.voxel_size_nm)[:3]
    qtbot.waitUntil(lambda: parts.views.idle, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    for plane, view in parts.views.slices.items():
        middle = view.canvas.box.viewRect().center()
        assert middle.x() == pytest.approx(centre[plane.horizontal], abs=0.5)
        assert middle.y() == pytest.approx(centre[plane.vertical], abs=0.5)


def test_review_by_keys_flies_on_counts_and_can_be_undone(open_window: MainWindow, qtbot: object) -> None:
    give_vesicles(open_window, qtbot)
    document, projects = open_window.workspace.document, open_window.parts.projects
    press(qtbot, open_window, Qt.Key.Key_N)
    first = document.current
    assert first is not None
    assert first.status == Status.OUTLIER
    press(qtbot, open_window, Qt.Key.Key_A)
    second = document.current
    assert second is not None
    assert second.id != first.id
    press(qtbot, open_window, Qt.Key.Key_D)
    changed = [document.vesicles.get(v.id) for v in (first, second)]
    assert [v.status for v in changed if v] == [Status.ACCEPTED, Status.REJECTED]
    assert all(v.reviewed for v in changed if v)
    for _ in range(2):
        press(qtbot, open_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settle(open_window, qtbot)  # distances follow what is accepted
    assert [document.vesicles.get(v.id) for v in (first, second)] == [first, second]
    assert projects.session is not None
    assert projects.session.can_redo


def test_reshape_moves_by_the_inside_and_resizes_by_the_rim(open_window: MainWindow, qtbot: object) -> None:
    vesicle = give_vesicles(open_window, qtbot)[4]
    document = open_window.workspace.document
    voxel = document.voxel_size_nm
    document.fly_to(vesicle.id)
    qtbot.waitUntil(lambda: open_window.parts.views.idle, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    press(qtbot, open_window, Qt.Key.Key_R)
    for plane in Plane:
        z, y, x, radius = _now(open_window, vesicle.id).sphere.to_px(voxel)
        view = open_window.parts.views.slices[plane]
        centre = (z, y, x)
        target = list(centre)
        target[plane.horizontal] += 2.0
        drag_voxels(qtbot, view, centre, (target[0], target[1], target[2]))
        moved = _now(open_window, vesicle.id).sphere.to_px(voxel)
        assert moved[plane.horizontal] == pytest.approx(centre[plane.horizontal] + 2, abs=0.3)
        assert moved[3] == pytest.approx(radius)
        press(qtbot, open_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    z, y, x, radius = vesicle.sphere.to_px(voxel)
    for plane in Plane:
        view = open_window.parts.views.slices[plane]
        start, end = [z, y, x], [z, y, x]
        start[plane.vertical] += radius
        end[plane.vertical] += radius + 3
        drag_voxels(qtbot, view, tuple(start), tuple(end))
        assert _now(open_window, vesicle.id).sphere.to_px(voxel)[3] == pytest.approx(radius + 3, abs=0.3)
        turn_wheel(view, -1, at=(z, y, x))
        assert _now(open_window, vesicle.id).sphere.to_px(voxel)[3] == pytest.approx(radius + 2.5, abs=0.3)
        turn_wheel(view, 1, Qt.KeyboardModifier.ShiftModifier, at=(z, y, x))
        assert _now(open_window, vesicle.id).sphere.to_px(voxel)[3] == pytest.approx(radius + 2.55, abs=0.3)
        assert _now(open_window, vesicle.id).origin == Origin.EDITED
        index = view.index
        corner = open_window.parts.views.slices[plane].plane.position(2.0, 2.0, float(index))
        if view.canvas.viewport().rect().contains(spot(view, corner)):
            turn_wheel(view, 1, at=corner)  # away from the vesicle the wheel turns slices
            assert view.index == index + 1
        for _ in range(3):
            press(qtbot, open_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        document.fly_to(vesicle.id)
        qtbot.waitUntil(lambda: open_window.parts.views.idle, timeout=PATIENCE_MS)  # type: ignore[attr-defined]


def _now(window: MainWindow, vesicle_id: int) -> object:
    found = window.workspace.document.vesicles.get(vesicle_id)
    assert found is not None
    return found


def test_arrow_keys_nudge_and_brackets_resize(open_window: MainWindow, qtbot: object) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    document = open_window.workspace.document
    voxel = document.voxel_size_nm
    view: SliceView = open_window.parts.views.slices[Plane.XZ]
    document.fly_to(vesicle.id)
    view.canvas.setFocus()
    press(qtbot, view.canvas, Qt.Key.Key_Up)
    press(qtbot, view.canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    press(qtbot, open_window, Qt.Key.Key_BracketRight)
    before, after = vesicle.sphere.to_px(voxel), document.vesicles.get(vesicle.id).sphere.to_px(voxel)  # type: ignore[union-attr]
    np.testing.assert_allclose(np.subtract(after, before), (0.1, 0, 1.0, 0.1), atol=1e-6)


@pytest.mark.parametrize("plane", list(Plane))
def test_lasso_selects_what_it_encloses_in_this_slice(
    open_window: MainWindow, qtbot: object, plane: Plane
) -> None:
    vesicles = give_vesicles(open_window, qtbot)
    document = open_window.workspace.document
    target = vesicles[3]
    z, y, x, r = target.sphere.to_px(document.voxel_size_nm)
    document.move_cursor((z, y, x))
    qtbot.waitUntil(lambda: open_window.parts.views.idle, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
    press(qtbot, open_window, Qt.Key.Key_L)
    place = (z, y, x)
    across, along = place[plane.horizontal], place[plane.vertical]
    ways = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    corners = [plane.position(across + a * r, along + b * r, place[plane.normal]) for a, b in ways]
    drag_voxels(qtbot, open_window.parts.views.slices[plane], *corners)
    assert target.id in document.selection
    for vesicle_id in document.selection:
        centre = document.vesicles.get(vesicle_id).sphere.to_px(document.voxel_size_nm)  # type: ignore[union-attr]
        assert abs(centre[plane.horizontal] - across) < r
        assert abs(centre[plane.vertical] - along) < r


def test_merge_tag_and_restore(open_window: MainWindow, qtbot: object) -> None:
    first, second = give_vesicles(open_window, qtbot)[:2]
    document = open_window.workspace.document
    document.select([first.id, second.id])
    press(qtbot, open_window, Qt.Key.Key_3)
    assert all("tag 3" in v.tags for v in document.selected())
    press(qtbot, open_window, Qt.Key.Key_M)
    (notice,) = open_window.notices.notices()  # they are far apart
    qtbot.mouseClick(notice.buttons[0], Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    assert document.selection == (first.id,)
    assert document.vesicles.get(second.id).status == Status.REJECTED  # type: ignore[union-attr]
    document.select([second.id])
    press(qtbot, open_window, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert document.vesicles.get(second.id).status == Status.ACCEPTED  # type: ignore[union-attr]


def test_without_opengl_everything_but_the_scene_works(
    make_window: Callable[..., MainWindow], qtbot: object, sample: Path
) -> None:
    window = make_window(opengl=False)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):  # type: ignore[attr-defined]
        window.parts.opener.open([sample])
    assert "OpenGL" in window.parts.volume_view.message.text()
    give_vesicles(window, qtbot)
    press(qtbot, window, Qt.Key.Key_N)
    assert window.workspace.document.current is not None


def test_layout_and_contrast_are_remembered(
    open_window: MainWindow, make_window: Callable[..., MainWindow]
) -> None:
    open_window.workspace.commands.run("layout.YZ")
    table = open_window.parts.vesicles.view.table
    table.setColumnHidden(1, True)
    table.setColumnWidth(0, 77)
    open_window.close()
    again = make_window().parts
    assert again.views.layout_name == "YZ"
    assert again.vesicles.view.table.isColumnHidden(1)
    assert again.vesicles.view.table.columnWidth(0) == 77


def test_the_window_never_imports_tensorflow(open_window: MainWindow) -> None:
    assert open_window.isVisible()
    assert not {"tensorflow", "keras", "csbdeep"} & set(sys.modules)


def test_recent_tomograms_have_pictures_on_the_start_page(
    open_window: MainWindow, make_window: Callable[..., MainWindow], qtbot: Any, sample: Path
) -> None:
    qtbot.waitUntil(lambda: bool(open_window.parts.thumbnails.load([sample])), timeout=PATIENCE_MS)
    picture = open_window.parts.thumbnails.load([sample])[sample]
    assert picture.width() >= 200
    again = make_window(opengl=False)
    assert again.start_page.recent.count() == 1


def test_the_review_step_leads_to_the_next_doubtful_vesicle(open_window: MainWindow, qtbot: Any) -> None:
    parts = open_window.parts
    parts.steps.open_step("Review")
    assert not parts.review_step.button.isEnabled()
    give_vesicles(open_window, qtbot)
    assert parts.review_step.progress.text() == "0 of 12 vesicles checked."
    qtbot.mouseClick(parts.review_step.button, Qt.MouseButton.LeftButton)
    assert open_window.workspace.document.current is not None


def test_a_selection_is_moved_and_resized_as_one(open_window: MainWindow, qtbot: Any) -> None:
    first, second = give_vesicles(open_window, qtbot)[:2]
    document, view = open_window.workspace.document, open_window.parts.views.slices[Plane.XY]
    voxel = document.voxel_size_nm
    document.fly_to(first.id)
    settle(open_window, qtbot)
    press(qtbot, open_window, Qt.Key.Key_R)
    document.select([second.id, first.id])
    z, y, x, radius = first.sphere.to_px(voxel)
    drag_voxels(qtbot, view, (z, y, x), (z, y, x + 4))
    assert set(document.selection) == {first.id, second.id}
    moved = [_now(open_window, v.id).x_nm - v.x_nm for v in (first, second)]  # type: ignore[attr-defined]
    assert moved[0] == pytest.approx(4 * voxel, abs=0.3 * voxel)
    assert moved[1] == pytest.approx(moved[0])
    press(qtbot, open_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)  # one step
    assert [_now(open_window, v.id).sphere for v in (first, second)] == [first.sphere, second.sphere]  # type: ignore[attr-defined]
    document.select([second.id, first.id])
    settle(open_window, qtbot)
    drag_voxels(qtbot, view, (z, y + radius, x), (z, y + radius + 3, x))
    grown = [_now(open_window, v.id).radius_nm - v.radius_nm for v in (first, second)]  # type: ignore[attr-defined]
    assert grown[0] == pytest.approx(3 * voxel, abs=0.5 * voxel)
    assert grown[1] == pytest.approx(grown[0])
    press(qtbot, open_window, Qt.Key.Key_BracketLeft)
    smaller = [_now(open_window, v.id).radius_nm - v.radius_nm for v in (first, second)]  # type: ignore[attr-defined]
    assert smaller == pytest.approx([g - 0.1 * voxel for g in grown])


def test_quit_is_the_last_of_the_file_menu(window: MainWindow) -> None:
    (menu,) = [a.menu() for a in window.menuBar().actions() if a.text() == "File"]
    assert menu.actions()[-1] is window.workspace.commands.action("file.quit")
    assert "file.export" in [a.objectName() for a in menu.actions()]


def test_a_disabled_symbol_is_told_from_its_button(drawing: MainWindow) -> None:
    """The bin of the step Region has no text: what is drawn is all there is."""
    button = drawing.parts.region_panel.view.remove_button
    assert not button.isEnabled()
    image = button.grab().toImage()
    ground = image.pixelColor(image.width() // 2, 3)
    differences = [
        abs(image.pixelColor(x, y).lightness() - ground.lightness())
        for x in range(6, image.width() - 6)
        for y in range(6, image.height() - 6)
    ]
    assert max(differences) > 20
