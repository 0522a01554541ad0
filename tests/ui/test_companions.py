"""Other volumes on the tomogram's grid: raw beside denoised."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, give_vesicles, press, settle


@pytest.fixture
def raw_and_denoised(sample: Path, tmp_path: Path) -> tuple[Path, Path]:
    raw = Path(shutil.copy(sample, tmp_path / "raw.mrc"))
    volume = open_volume(raw)
    denoised = tmp_path / "denoised.mrc"
    write_map(denoised, 3 * np.asarray(volume.data, dtype=np.float32), volume.info)
    return raw, denoised


def add(window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(path), ""))
    window.parts.steps.open_step("Open")
    qtbot.mouseClick(window.parts.companions.view.add, Qt.MouseButton.LeftButton)


def open_file(window: MainWindow, qtbot: Any, path: Path) -> None:
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)


def shown_slice(window: MainWindow, qtbot: Any) -> Any:
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)
    return window.parts.views.slices[Plane.XY].image


def test_a_key_shows_the_other_volume_at_the_same_place_in_its_own_contrast(
    window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, raw_and_denoised: tuple[Path, Path]
) -> None:
    raw, denoised = raw_and_denoised
    open_file(window, qtbot, raw)
    first, levels = shown_slice(window, qtbot).copy(), window.workspace.state.settings.levels
    add(window, qtbot, monkeypatch, denoised)
    qtbot.waitUntil(lambda: window.parts.volumes.shown == 1, timeout=PATIENCE_MS)
    window.workspace.document.move_cursor((47.0, 100.0, 90.0))
    np.testing.assert_allclose(shown_slice(window, qtbot), 3 * first)
    assert window.workspace.state.settings.levels == pytest.approx([3 * level for level in levels], rel=0.05)
    press(qtbot, window, Qt.Key.Key_W)
    np.testing.assert_allclose(shown_slice(window, qtbot), first)
    assert window.workspace.state.settings.levels == levels
    assert window.workspace.document.cursor == (47.0, 100.0, 90.0)


def test_network_and_fit_can_read_different_volumes_and_the_project_knows_them(
    window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, raw_and_denoised: tuple[Path, Path]
) -> None:
    raw, denoised = raw_and_denoised
    open_file(window, qtbot, raw)
    give_vesicles(window, qtbot)
    segment, run = window.parts.segment, window.parts.run
    assert (run.order().job.tomogram, run.order().job.fit_volume) == (str(raw), None)
    add(window, qtbot, monkeypatch, denoised)
    qtbot.waitUntil(lambda: segment.view.network_reads.count() == 2, timeout=PATIENCE_MS)
    segment.view.network_reads.setCurrentIndex(1)
    assert (run.order().job.tomogram, run.order().job.fit_volume) == (str(denoised), str(raw))
    window.workspace.commands.run("file.save")
    window.parts.projects.close()
    window.workspace.document.set_volume(None)
    open_file(window, qtbot, raw.with_suffix(".cryoves"))
    qtbot.waitUntil(lambda: window.parts.volumes.names == ["raw.mrc", "denoised.mrc"], timeout=PATIENCE_MS)


def test_a_volume_of_another_grid_is_refused_with_a_sentence(
    window: MainWindow,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    raw_and_denoised: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    raw, _ = raw_and_denoised
    open_file(window, qtbot, raw)
    volume = open_volume(raw)
    other = tmp_path / "other.mrc"
    write_map(other, np.asarray(volume.data[:60], dtype=np.float32), volume.info)
    add(window, qtbot, monkeypatch, other)
    qtbot.waitUntil(lambda: bool(window.notices.sentences()), timeout=PATIENCE_MS)
    assert "another shape" in window.notices.sentences()[0]
    assert window.parts.volumes.names == ["raw.mrc"]


@pytest.fixture
def compared(
    window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, raw_and_denoised: tuple[Path, Path]
) -> MainWindow:
    """Raw left of the divider, denoised right of it."""
    raw, denoised = raw_and_denoised
    open_file(window, qtbot, raw)
    give_vesicles(window, qtbot)
    assert not window.workspace.commands.action("view.compare").isEnabled()
    add(window, qtbot, monkeypatch, denoised)
    qtbot.waitUntil(lambda: window.parts.volumes.shown == 1, timeout=PATIENCE_MS)
    press(qtbot, window, Qt.Key.Key_W)
    press(qtbot, window, Qt.Key.Key_W, Qt.KeyboardModifier.ShiftModifier)
    settle(window, qtbot)
    return window


def divider(window: MainWindow, plane: Plane = Plane.XY) -> QPoint:
    view, swipe = window.parts.views.slices[plane], window.parts.views.swipes[plane].swipe
    return QPoint(round(swipe.divider_px), view.canvas.viewport().height() // 3)


def test_two_volumes_are_seen_in_each_slice_each_in_its_own_contrast(compared: MainWindow) -> None:
    settings = compared.workspace.state.settings
    for plane, view in compared.parts.views.slices.items():
        swipe = compared.parts.views.swipes[plane].swipe
        assert view.image is not None
        assert swipe.image is not None
        np.testing.assert_allclose(swipe.image, 3 * view.image)
    assert settings.other_levels == pytest.approx([3 * level for level in settings.levels], rel=0.05)


def test_the_divider_is_dragged_and_no_tool_gets_the_mouse(compared: MainWindow, qtbot: Any) -> None:
    viewport = compared.parts.views.slices[Plane.XY].canvas.viewport()
    vesicles, cursor = compared.workspace.document.vesicles, compared.workspace.document.cursor
    before, start = viewport.grab().toImage(), divider(compared)
    qtbot.mousePress(viewport, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(viewport, start - QPoint(60, 0))
    qtbot.mouseMove(viewport, start - QPoint(120, 0))
    qtbot.mouseRelease(viewport, Qt.MouseButton.LeftButton, pos=start - QPoint(120, 0))
    assert divider(compared).x() == start.x() - 120
    share = compared.workspace.state.settings.swipe_share
    assert share == pytest.approx((start.x() - 120) / viewport.width(), abs=0.01)
    assert divider(compared, Plane.XZ).x() == pytest.approx(
        share * compared.parts.views.slices[Plane.XZ].canvas.viewport().width(), abs=1
    )
    assert viewport.grab().toImage() != before
    assert (compared.workspace.document.vesicles, compared.workspace.document.cursor) == (vesicles, cursor)


def test_a_drag_changes_the_contrast_of_the_side_where_it_began(compared: MainWindow, qtbot: Any) -> None:
    state, view = compared.workspace.state, compared.parts.views.slices[Plane.XY]
    levels, other = state.settings.levels, state.settings.other_levels
    right = divider(compared) + QPoint(60, 0)
    left = divider(compared) - QPoint(60, 0)
    for start, are_changed in ((right, (False, True)), (left, (True, True))):
        qtbot.mousePress(view.canvas.viewport(), Qt.MouseButton.RightButton, pos=start)
        qtbot.mouseMove(view.canvas.viewport(), start + QPoint(0, 40))
        qtbot.mouseRelease(view.canvas.viewport(), Qt.MouseButton.RightButton, pos=start + QPoint(0, 40))
        assert (state.settings.levels != levels, state.settings.other_levels != other) == are_changed
    press(qtbot, compared, Qt.Key.Key_H)
    settle(compared, qtbot)
    assert state.settings.levels == pytest.approx(levels, rel=0.05)
    assert state.settings.other_levels == pytest.approx(other, rel=0.05)


def test_the_grey_value_is_that_of_the_side_under_the_mouse(compared: MainWindow, qtbot: Any) -> None:
    view, told = compared.parts.views.slices[Plane.XY], []
    compared.parts.views.hovered.connect(lambda _pointer, value: told.append(value))
    middle = divider(compared)
    for away in (-50, 50):
        qtbot.mouseMove(view.canvas.viewport(), middle + QPoint(away, 0))
        pointer = view.canvas.pointer(QPointF(middle + QPoint(away, 0)), Qt.KeyboardModifier.NoModifier)
        expected = view.value_at(pointer)
        assert expected is not None
        qtbot.waitUntil(lambda wanted=expected * (3 if away > 0 else 1): wanted in told, timeout=PATIENCE_MS)


def test_next_volume_exchanges_the_sides(compared: MainWindow, qtbot: Any) -> None:
    before = compared.workspace.state.settings
    press(qtbot, compared, Qt.Key.Key_W)
    settle(compared, qtbot)
    after = compared.workspace.state.settings
    assert (after.levels, after.other_levels) == (before.other_levels, before.levels)
    view, swipe = compared.parts.views.slices[Plane.XY], compared.parts.views.swipes[Plane.XY].swipe
    assert view.image is not None
    assert swipe.image is not None
    np.testing.assert_allclose(view.image, 3 * swipe.image)


def test_comparing_comes_back_with_the_project(
    compared: MainWindow, qtbot: Any, tmp_path: Path, tomogram: Path
) -> None:
    compared.workspace.state.change(swipe_share=0.25)
    assert compared.parts.projects.save(tmp_path / "both.cryoves")
    open_file(compared, qtbot, tomogram)
    assert compared.workspace.document.compared is None
    open_file(compared, qtbot, tmp_path / "both.cryoves")
    qtbot.waitUntil(lambda: compared.workspace.document.compared is not None, timeout=PATIENCE_MS)
    assert compared.workspace.state.settings.swipe_share == 0.25


@pytest.mark.parametrize("words", ["compare", "swipe", "side by side"])
def test_comparing_is_found_by_what_others_call_it(window: MainWindow, words: str) -> None:
    assert any(command.key == "view.compare" for command in window.workspace.commands.search(words))


def test_the_oblique_slice_shows_both_as_well(compared: MainWindow, qtbot: Any) -> None:
    compared.workspace.commands.run("layout.Oblique")
    compared.workspace.state.change(oblique_deg=(30.0, 20.0, 0.0))
    settle(compared, qtbot)
    view = compared.parts.views.oblique
    assert view.image is not None
    assert view.swipe.image is not None
    np.testing.assert_allclose(view.swipe.image, 3 * view.image, rtol=1e-4, atol=1e-4)
    divider = view.canvas.viewport().width() // 2
    for away, factor in ((-60, 1), (60, 3)):
        at = view.canvas.pointer(QPointF(divider + away, 100), Qt.KeyboardModifier.NoModifier)
        told = view.value_at(at.horizontal, 0.0)
        compared.workspace.document.compare_with(None)
        shown = view.value_at(at.horizontal, 0.0)
        compared.parts.volumes.compare(True)
        settle(compared, qtbot)
        assert told is not None
        assert shown is not None
        assert told == pytest.approx(factor * shown, rel=1e-3, abs=1e-3)
