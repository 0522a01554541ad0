"""Checking vesicles: the queue, what is left, the card and the gallery, with real clicks and keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.ui.panels.gallery.view import PICTURE_ROLE
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.overlays import MANY_CIRCLES, MOST_HANDLED, SELECTED_PX
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.review import ReviewQueue
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.project.working_copies import left_behind

from .helpers import PATIENCE_MS, give_vesicles, hover_until, press, settle


def show_tab(window: MainWindow, name: str) -> QWidget:
    tabs = window.inspector
    (place,) = [i for i in range(tabs.count()) if tabs.tabText(i) == name]
    tabs.setCurrentIndex(place)
    return tabs.widget(place)


def gallery_ids(window: MainWindow) -> list[int]:
    return [v.id for v in window.parts.gallery.model.vesicles]


def click_picture(
    window: MainWindow, qtbot: Any, vesicle_id: int, keys: Any = Qt.KeyboardModifier.NoModifier
) -> None:
    sheet = window.parts.gallery.view.list
    index = sheet.model().index(gallery_ids(window).index(vesicle_id), 0)
    sheet.scrollTo(index)
    qtbot.mouseClick(sheet.viewport(), Qt.MouseButton.LeftButton, keys, sheet.visualRect(index).center())


def decided(vesicles: VesicleSet) -> list[tuple[object, ...]]:
    """What people decided; measures are refreshed at any time."""
    return [(v.id, v.sphere, v.status, v.reviewed, v.tags) for v in vesicles]


def test_keys_walk_the_queue_both_ways_and_count(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document = open_window.workspace.document
    order = [v.id for v in ReviewQueue.of(document.vesicles).ordered]
    seen = []
    for _ in range(3):
        press(qtbot, open_window, Qt.Key.Key_N)
        seen.append(document.selection[0])
    assert seen == order[:3]
    press(qtbot, open_window, Qt.Key.Key_P)
    assert document.selection == (order[1],)
    press(qtbot, open_window, Qt.Key.Key_A)
    press(qtbot, open_window, Qt.Key.Key_Delete)
    assert [document.vesicles.get(i).status for i in order[1:3]] == [Status.ACCEPTED, Status.REJECTED]  # type: ignore[union-attr]
    assert "2 of 12 checked" in open_window.parts.review.view.bar.text
    assert open_window.parts.review_step.progress.text() == "2 of 12 vesicles checked."


def test_the_views_fly_smoothly_and_end_on_the_vesicle(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document, views = open_window.workspace.document, open_window.parts.views
    view = views.slices[Plane.XY]
    places: list[float] = []
    view.canvas.view_changed.connect(lambda: places.append(view.canvas.box.viewRect().center().x()))
    press(qtbot, open_window, Qt.Key.Key_N)
    assert not views.idle
    qtbot.waitUntil(lambda: views.idle, timeout=PATIENCE_MS)
    vesicle = document.current
    assert vesicle is not None
    end = vesicle.sphere.to_px(document.voxel_size_nm)[2]
    assert places[-1] == pytest.approx(end, abs=0.5)
    assert len({round(p, 1) for p in places}) > 2
    steps = np.diff(places)
    assert (steps * np.sign(end - places[0]) >= -0.01).all()


def test_only_unchecked_hides_what_is_checked_everywhere(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document, scene, parts = open_window.workspace.document, open_window.workspace.scene, open_window.parts
    show_tab(open_window, "Gallery")
    press(qtbot, open_window, Qt.Key.Key_N)
    first = document.selection[0]
    press(qtbot, open_window, Qt.Key.Key_A)
    assert first in scene.ids
    press(qtbot, open_window, Qt.Key.Key_U, Qt.KeyboardModifier.ShiftModifier)
    assert parts.vesicles.view.unchecked.isChecked()
    for shown in (scene.ids.tolist(), parts.vesicles.shown_ids(), gallery_ids(open_window)):
        assert first not in shown
        assert len(shown) == 11
    second = document.selection[0]
    press(qtbot, open_window, Qt.Key.Key_A)
    assert second not in scene.ids  # it goes once it is no longer selected
    show_tab(open_window, "Vesicles")
    qtbot.mouseClick(parts.vesicles.view.unchecked, Qt.MouseButton.LeftButton, pos=QPoint(8, 8))
    assert not open_window.workspace.state.settings.only_unchecked
    assert {first, second} <= set(scene.ids.tolist())


def test_rejected_ones_are_hidden_shown_and_restored(open_window: MainWindow, qtbot: Any) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    document, scene = open_window.workspace.document, open_window.workspace.scene
    document.select([vesicle.id])
    press(qtbot, open_window, Qt.Key.Key_D)
    document.select([])
    assert vesicle.id not in scene.ids
    press(qtbot, open_window, Qt.Key.Key_O, Qt.KeyboardModifier.ShiftModifier)
    assert vesicle.id in scene.ids
    document.select([vesicle.id])
    press(qtbot, open_window, Qt.Key.Key_A, Qt.KeyboardModifier.ShiftModifier)
    assert document.vesicles.get(vesicle.id).status == Status.ACCEPTED  # type: ignore[union-attr]


def test_vesicles_are_marked_as_checked_and_not(open_window: MainWindow, qtbot: Any) -> None:
    first, second, *_ = give_vesicles(open_window, qtbot)
    document = open_window.workspace.document
    document.select([first.id])
    press(qtbot, open_window, Qt.Key.Key_A)
    document.select([first.id, second.id])
    for expected in (True, False):
        press(qtbot, open_window, Qt.Key.Key_K)
        assert [v.reviewed for v in document.selected()] == [expected, expected]
    assert [v.status for v in document.selected()] == [Status.ACCEPTED, second.status]


def test_a_review_without_a_file_goes_on_too(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    for _ in range(3):
        press(qtbot, open_window, Qt.Key.Key_N)
    wanted = open_window.workspace.document.selection
    open_window.parts.projects.close()
    (copy,) = left_behind()
    session = Session.recover(copy)
    assert tuple(session.project.views["selection"]) == wanted
    session.discard()


def test_the_gallery_selects_sorts_and_takes_keys(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document = open_window.workspace.document
    show_tab(open_window, "Gallery")
    order = gallery_ids(open_window)
    assert order == [v.id for v in ReviewQueue.of(document.vesicles).ordered]
    click_picture(open_window, qtbot, order[2])
    assert document.selection == (order[2],)
    click_picture(open_window, qtbot, order[4], Qt.KeyboardModifier.ControlModifier)
    assert set(document.selection) == {order[2], order[4]}
    press(qtbot, open_window.parts.gallery.view.list, Qt.Key.Key_D)
    assert all(v.status == Status.REJECTED for v in document.selected())
    assert gallery_ids(open_window) == order  # nothing jumps while one works
    sizes = open_window.parts.gallery.view.order
    sizes.setFocus()
    sizes.setCurrentText("Radius")
    sizes.textActivated.emit("Radius")
    radii = [v.radius_nm for v in open_window.parts.gallery.model.vesicles]
    assert radii == sorted(radii)


def test_the_gallery_has_a_picture_of_each_vesicle_in_sight(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    show_tab(open_window, "Gallery")
    gallery = open_window.parts.gallery

    def pictures() -> list[Any]:
        model = gallery.model
        return [model.index(row).data(PICTURE_ROLE) for row in range(model.rowCount())]

    qtbot.waitUntil(lambda: all(picture is not None for picture in pictures()), timeout=PATIENCE_MS)
    assert len(pictures()) == 12
    assert all(not picture.isNull() for picture in pictures())


def test_the_card_shows_planes_profile_band_and_measures(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document, card = open_window.workspace.document, open_window.parts.card.view
    show_tab(open_window, "Card")
    assert card.empty.isVisible()
    press(qtbot, open_window, Qt.Key.Key_N)
    qtbot.waitUntil(
        lambda: card.plot.profiles is not None and card.plot.profiles.band is not None, timeout=PATIENCE_MS
    )
    profiles = card.plot.profiles
    assert profiles is not None
    assert profiles.before is None
    assert profiles.search[0] < 0 < profiles.search[1]
    band = profiles.band
    assert band is not None
    assert (band.low <= band.high).all()
    assert np.isfinite(band.mean).all()
    assert len(profiles.x) == len(profiles.own) == len(band.mean)
    assert all(thumbnail.image is not None for thumbnail in card.thumbnails.values())
    vesicle = document.current
    assert vesicle is not None
    assert f"Vesicle {vesicle.id} · outlier" in card.title.text()
    assert "nothing speaks" not in card.reason.text()
    press(qtbot, open_window, Qt.Key.Key_BracketRight)
    qtbot.waitUntil(lambda: card.plot.profiles.before is not None, timeout=PATIENCE_MS)  # type: ignore[union-attr]
    np.testing.assert_allclose(card.plot.profiles.before, profiles.own)  # type: ignore[union-attr]
    assert "before the last change" in card.legend.text()


def test_the_history_list_leads_to_any_moment(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document, history = open_window.workspace.document, open_window.parts.history
    show_tab(open_window, "History")
    states = [decided(document.vesicles)]
    for key in (Qt.Key.Key_N, Qt.Key.Key_A, Qt.Key.Key_D, Qt.Key.Key_4):
        press(qtbot, open_window, key)
        states.append(decided(document.vesicles))
    titles = [history.list.item(i).text() for i in range(history.list.count())]
    assert titles[0] == "Start"
    assert len(titles) == 5
    for row in (1, 3, 0, 4):
        spot = history.list.visualItemRect(history.list.item(row)).center()
        qtbot.mouseClick(history.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        wanted = [] if row == 0 else states[row]
        qtbot.waitUntil(lambda w=wanted: decided(document.vesicles) == w, timeout=PATIENCE_MS)
        assert history.list.currentRow() == row


def test_a_reopened_project_goes_on_where_the_review_stopped(
    open_window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    give_vesicles(open_window, qtbot)
    document, parts = open_window.workspace.document, open_window.parts
    order = [v.id for v in ReviewQueue.of(document.vesicles).ordered]
    press(qtbot, open_window, Qt.Key.Key_N)
    press(qtbot, open_window, Qt.Key.Key_A)
    press(qtbot, open_window, Qt.Key.Key_N)
    assert document.selection == (order[2],)  # the second one was passed over
    assert parts.projects.save(tmp_path / "review.cryoves")
    with qtbot.waitSignal(parts.opener.opened, timeout=PATIENCE_MS):
        parts.opener.open([tmp_path / "review.cryoves"])
    assert document.selection == (order[2],)
    press(qtbot, open_window, Qt.Key.Key_N)
    assert document.selection == (order[3],)


def test_p_leads_back_to_what_was_judged_last(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document = open_window.workspace.document
    for key in (Qt.Key.Key_N, Qt.Key.Key_N):
        press(qtbot, open_window, key)
    judged = document.selection
    press(qtbot, open_window, Qt.Key.Key_D)  # the wrong key
    assert document.selection != judged
    press(qtbot, open_window, Qt.Key.Key_P)
    assert document.selection == judged


def test_undo_and_redo_fly_to_what_they_change_and_name_it(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document, line = open_window.workspace.document, open_window.notices.brief
    press(qtbot, open_window, Qt.Key.Key_N)
    judged = document.selection
    press(qtbot, open_window, Qt.Key.Key_D)
    assert line.text.text() == f"Reject vesicle {judged[0]}"
    document.move_cursor((0.0, 0.0, 0.0))
    qtbot.mouseClick(line.button, Qt.MouseButton.LeftButton)
    assert document.selection == judged
    assert document.current is not None
    assert document.cursor == pytest.approx(document.current.sphere.to_px(document.voxel_size_nm)[:3])
    assert line.text.text() == f"Undone: Reject vesicle {judged[0]}"
    document.select([])
    press(qtbot, open_window, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert document.selection == judged
    assert line.text.text() == f"Done again: Reject vesicle {judged[0]}"


def test_a_step_back_is_drawn_once_before_its_slice_comes(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    document, scene = open_window.workspace.document, open_window.workspace.scene
    chosen = [v.id for v in document.vesicles][:3]
    document.select(chosen)
    open_window.parts.editor.reject(chosen)
    document.select([])
    told: list[str] = []
    document.selection_changed.connect(lambda: told.append("selected"))
    scene.changed.connect(lambda: told.append("drawn"))
    scene.selection_changed.connect(lambda: told.append("drawn again"))
    open_window.parts.projects.undo()
    assert sorted(told) == ["drawn", "selected"]
    assert document.selection == tuple(sorted(chosen))
    assert {scene.vesicles[row].id for row in scene.selected_rows} == set(chosen)


def test_the_reason_is_told_where_no_page_shows_it(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    brief = open_window.notices.brief
    show_tab(open_window, "Vesicles")
    brief.hide()
    press(qtbot, open_window, Qt.Key.Key_N)
    assert brief.isHidden()
    show_tab(open_window, "Plots")
    press(qtbot, open_window, Qt.Key.Key_N)
    number = open_window.workspace.document.selection[0]
    assert brief.isVisible()
    assert brief.text.text().startswith(f"Vesicle {number}: ")


def test_notices_leave_the_views_where_they_are(open_window: MainWindow, qtbot: Any) -> None:
    view = open_window.parts.views.slices[Plane.XY]
    before = view.mapToGlobal(view.rect().topLeft()), view.size()
    for number in range(3):
        open_window.notices.tell("warning", f"This is told for the {number}. time.")
    QApplication.processEvents()
    assert (view.mapToGlobal(view.rect().topLeft()), view.size()) == before
    assert open_window.notices.isVisible()
    assert open_window.notices.geometry().bottom() <= open_window.notices.parentWidget().height()


def test_what_stands_under_a_resting_mouse_follows_the_slice(open_window: MainWindow, qtbot: Any) -> None:
    first, *_others, last = give_vesicles(open_window, qtbot)
    document, view = open_window.workspace.document, open_window.parts.views.slices[Plane.XY]
    voxel = document.voxel_size_nm
    document.fly_to(first.id)
    settle(open_window, qtbot)
    at, caption = first.sphere.to_px(voxel)[:3], f"#{first.id} ·"
    hover_until(qtbot, view, at, lambda: view.canvas.caption.startswith(caption))
    z = round(last.z_nm / voxel)
    document.fly_to(last.id)
    settle(open_window, qtbot)
    assert view.canvas.caption.startswith(f"#{last.id} ·")
    assert f"z {z} " in open_window.status.place.text()
    document.move_cursor((0.0, *document.cursor[1:]))
    settle(open_window, qtbot)
    assert view.canvas.caption == ""
    assert "z 0 " in open_window.status.place.text()


def test_thousands_of_selected_vesicles_are_drawn_thin_and_without_handles(
    open_window: MainWindow, qtbot: Any
) -> None:
    """Wide lines and six rectangles for each of hundreds of circles hide the image, and cost most of the time."""
    give_vesicles(open_window, qtbot)
    document, view = open_window.workspace.document, open_window.parts.views.slices[Plane.XY]
    some = document.vesicles.vesicles[0]
    z_nm = document.cursor[0] * document.voxel_size_nm
    many = [some.but(id=i, z_nm=z_nm, x_nm=100.0 + i / 10) for i in range(1, MANY_CIRCLES + 2)]
    document.set_vesicles(VesicleSet.of(many))
    overlay = view.canvas.circles
    view.canvas.zoom(8.0)  # circles are large enough to be gripped

    def look(count: int) -> tuple[float, bool]:
        document.select(range(1, count + 1))
        return overlay.selected.pen().widthF(), overlay.has_handles

    assert look(MOST_HANDLED) == (SELECTED_PX, True)
    assert look(MANY_CIRCLES) == (SELECTED_PX, False)
    press(qtbot, open_window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert (overlay.selected.pen().widthF(), overlay.has_handles) == (1.0, False)


def test_the_card_is_filled_again_and_again_with_the_same_labels(open_window: MainWindow, qtbot: Any) -> None:
    give_vesicles(open_window, qtbot)
    card = open_window.parts.card.view
    rows = [(f"measure {n}", str(n), "50") for n in range(9)]
    card.show_vesicle("a", "", rows)
    labels = len(card.findChildren(QLabel))
    for count in (9, 3, 0, 7, 9):
        card.show_vesicle("b", "", rows[:count])
        shown = [card.measures.itemAtPosition(row, 0).widget() for row in range(10)]
        assert [label.text() for label in shown if not label.isHidden()] == [
            "",
            *(r[0] for r in rows[:count]),
        ]
    assert len(card.findChildren(QLabel)) == labels
