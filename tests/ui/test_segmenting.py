"""A run in the window: the real worker, the bundled model, a piece of the sample."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.beyond_range import BeyondRange
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import GridMap, VolumeInfo
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.panels.segment.found_by import LABELS, NETWORK, PROBABILITY
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.segment.outcome import RunEnded, RunStatus

from .helpers import PATIENCE_MS, press


@pytest.fixture
def ready_window(window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path) -> MainWindow:
    """The window with a small piece of the sample, so that a run takes seconds."""
    whole = open_volume(sample)
    piece = np.asarray(whole.data[16:80, 64:176, 64:176], dtype=np.float32)
    path = tmp_path / "piece.mrc"
    write_map(path, piece, whole.info)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    return window


def click(qtbot: Any, button: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def run(window: MainWindow, qtbot: Any) -> dict[str, bool]:
    """Press Segment and wait; which steps were taken from the cache."""
    cached: dict[str, bool] = {}
    window.parts.run.step_done.connect(lambda step: cached.update({step.name: step.cached}))
    with qtbot.waitSignal(window.parts.run.ended, timeout=PATIENCE_MS):
        click(qtbot, window.parts.segment.view.run)
    return cached


def test_run_fill_the_table_change_a_cut_and_run_again(ready_window: MainWindow, qtbot: Any) -> None:
    window, document = ready_window, ready_window.workspace.document
    cached = run(window, qtbot)
    assert cached.keys() >= {"rescale", "network", "threshold", "fit", "outliers"}
    assert not any(cached.values())
    assert len(document.vesicles) >= 3
    assert all(v.p_value is not None for v in document.vesicles)
    assert window.parts.vesicles.model.rowCount() == len(document.vesicles)
    assert document.probability is not None
    assert document.probability.values.max() > 0.9
    assert "found in" in window.parts.segment.view.message.text()

    press(qtbot, window, Qt.Key.Key_N)
    press(qtbot, window, Qt.Key.Key_D)
    (rejected,) = [v for v in document.vesicles if v.reviewed]
    window.parts.segment.view.form.editor("outliers", "p_cut").setValue(0.05)  # type: ignore[attr-defined]
    cached = run(window, qtbot)
    assert cached["network"]
    assert cached["fit"]
    assert not cached["outliers"]
    assert document.vesicles.get(rejected.id) == rejected  # a re-run keeps what a person decided

    press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(window.parts.projects.session.steps) == 3  # type: ignore[union-attr]
    assert not {"tensorflow", "keras"} & set(sys.modules)


def test_work_by_hand_outlives_another_threshold_and_every_undo(ready_window: MainWindow, qtbot: Any) -> None:
    window, document = ready_window, ready_window.workspace.document
    run(window, qtbot)
    found = [v.id for v in document.vesicles]
    for vesicle_id, key in zip(found, (Qt.Key.Key_BracketRight, Qt.Key.Key_5, Qt.Key.Key_D), strict=False):
        document.select([vesicle_id])
        press(qtbot, window, key)
    press(qtbot, window, Qt.Key.Key_E)
    viewport = window.parts.views.slices[Plane.XY].canvas.viewport()
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=viewport.rect().center())
    by_hand = decided(window)
    assert len(by_hand) == 4
    window.parts.segment.view.form.editor("instances", "threshold").setValue(0.9)  # type: ignore[attr-defined]
    cached = run(window, qtbot)
    assert cached["network"]
    assert not cached["threshold"]
    assert decided(window) == by_hand
    steps = len(window.parts.projects.session.steps)  # type: ignore[union-attr]
    assert steps == 6
    press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert decided(window) == by_hand
    for left in (3, 2, 1, 0):
        press(qtbot, window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert len(decided(window)) == left
    for _ in range(5):
        press(
            qtbot,
            window,
            Qt.Key.Key_Z,
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
        )
    assert decided(window) == by_hand


def decided(window: MainWindow) -> list[tuple[Any, ...]]:
    """What a person made or decided."""
    return [
        (v.id, v.sphere, v.status, v.reviewed, v.tags)
        for v in window.workspace.document.vesicles
        if v.is_human_work
    ]


def test_cancel_stops_the_worker_and_a_second_run_works(ready_window: MainWindow, qtbot: Any) -> None:
    segment, bridge, service = ready_window.parts.segment, ready_window.parts.bridge, ready_window.parts.run
    click(qtbot, segment.view.run)
    qtbot.waitUntil(lambda: service.progress.step == "network", timeout=PATIENCE_MS)
    worker = psutil.Process(bridge.worker.pid)
    with qtbot.waitSignal(service.ended, timeout=PATIENCE_MS):
        spot = segment.view.cancel.mapTo(segment.view, segment.view.cancel.rect().center())
        click(qtbot, segment.view.cancel)
    assert not segment.view.run.geometry().contains(spot)  # a late click on Cancel starts nothing
    assert "Cancelled" in segment.view.message.text()
    assert _is_idle(worker)
    assert segment.view.run.isVisible()
    kept: list[tuple[str, bool]] = []
    service.step_done.connect(lambda step: kept.append((step.name, step.cached)))
    run(ready_window, qtbot)
    assert next(
        cached for name, cached in kept if name == "rescale"
    )  # the first scale; the second was not reached
    assert len(ready_window.workspace.document.vesicles) > 0


def _is_idle(process: psutil.Process) -> bool:
    """Whether a process is gone or computes nothing."""
    try:
        before = sum(process.cpu_times()[:2])
        time.sleep(0.5)
        return sum(process.cpu_times()[:2]) - before < 0.1
    except psutil.NoSuchProcess:
        return True


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_a_killed_worker_is_a_sentence_and_the_window_lives_on(ready_window: MainWindow, qtbot: Any) -> None:
    segment, bridge, service = ready_window.parts.segment, ready_window.parts.bridge, ready_window.parts.run
    click(qtbot, segment.view.run)
    qtbot.waitUntil(lambda: bool(service.progress.step), timeout=PATIENCE_MS)
    pid = bridge.worker.pid
    assert pid is not None
    with qtbot.waitSignal(service.ended, timeout=PATIENCE_MS):
        os.kill(pid, signal.SIGKILL)
    assert any(
        "memory ran out; close other programs, use a smaller part" in s
        for s in ready_window.notices.sentences()
    )
    assert segment.view.run.isEnabled()
    assert bridge.worker.pid != pid


def test_a_tomogram_that_vanishes_is_a_sentence(ready_window: MainWindow, qtbot: Any) -> None:
    volume = ready_window.workspace.document.volume
    assert volume is not None
    Path(str(volume.info.path)).unlink()
    run(ready_window, qtbot)
    assert any("piece.mrc" in s for s in ready_window.notices.sentences())


def test_results_appear_step_by_step(ready_window: MainWindow, qtbot: Any) -> None:
    document, bridge = ready_window.workspace.document, ready_window.parts.bridge
    seen: list[str] = []
    counts: dict[str, int] = {}
    shown: list[int] = []
    document.probability_changed.connect(lambda: seen.append("probability"))
    bridge.spheres_found.connect(lambda found: seen.append(found.step))
    bridge.spheres_found.connect(lambda found: counts.update({found.step: len(found.spheres)}))
    document.vesicles_changed.connect(lambda: shown.append(len(document.shown_vesicles)))
    settings: list[bool] = []
    ready_window.workspace.state.changed.connect(
        lambda names: settings.append(ready_window.workspace.state.settings.show_probability)
    )
    run(ready_window, qtbot)
    assert settings == [True, False]  # the map is seen until there are spheres
    assert list(dict.fromkeys(seen)) == ["probability", "split", "fit"]  # a map for each scale comes first
    assert seen.index("split") > max(
        n for n, what in enumerate(seen[: seen.index("fit")]) if what == "probability"
    )
    assert shown[:2] == [counts["split"], counts["fit"]]
    assert shown[-1] == len(document.vesicles) > 0


def test_each_map_of_a_run_of_two_scales_is_drawn_in_its_own_voxel_size(
    ready_window: MainWindow, qtbot: Any
) -> None:
    document = ready_window.workspace.document
    wide = document.recipe.with_value("input", "smallest_radius_nm", 10.0)
    document.set_recipe(wide.with_value("input", "largest_radius_nm", 60.0))
    maps: list[GridMap | None] = []
    document.probability_changed.connect(lambda: maps.append(document.probability))
    run(ready_window, qtbot)
    volume = document.volume
    assert volume is not None
    fine, *coarser, shown = [m for m in maps if m is not None]
    assert coarser
    for drawn in coarser:
        assert drawn.voxel_size_nm > 1.5 * fine.voxel_size_nm
    for drawn in (fine, *coarser):
        whole_nm = np.array(volume.shape) * volume.voxel_size_nm
        drawn_nm = np.array(drawn.values.shape) * drawn.voxel_size_nm
        np.testing.assert_allclose(drawn_nm, whole_nm, atol=drawn.voxel_size_nm + volume.voxel_size_nm)
    assert (shown.voxel_size_nm, shown.values.shape) == (fine.voxel_size_nm, fine.values.shape)


def test_a_run_in_a_box_finds_and_replaces_only_what_lies_in_it(ready_window: MainWindow, qtbot: Any) -> None:
    window, document = ready_window, ready_window.workspace.document
    run(window, qtbot)
    before = {v.id: v for v in document.vesicles}
    target = sorted(before.values(), key=lambda v: v.x_nm)[len(before) // 2]
    document.fly_to(target.id)
    view = window.parts.segment.view
    box = view.box_on
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, box.height() // 2))
    view.box_edge.setValue(48)
    whole = window.parts.run.box
    assert whole is not None
    run(window, qtbot)
    # of all that the table lists, not of the last run alone
    assert window.parts.steps.sections["Segment"].note.text() == f"{len(document.vesicles)} vesicles found"
    assert " found in the box in " in view.message.text()
    voxel = document.voxel_size_nm
    last = np.array(document.volume.shape) - 1

    def lies_in_it(vesicle: Vesicle) -> bool:
        """What a face cuts more than half lies in a box that reaches to this face."""
        return whole.contains(tuple(np.clip(vesicle.sphere.to_px(voxel)[:3], 0, last).tolist()))

    inside = {i for i, v in before.items() if lies_in_it(v)}
    assert 0 < len(inside) < len(before)
    after = {v.id: v for v in document.vesicles}
    assert all(after[i] == v for i, v in before.items() if i not in inside)
    assert target.id in after
    assert after[target.id].radius_nm == pytest.approx(target.radius_nm, abs=1.0)
    assert all(lies_in_it(v) for i, v in after.items() if i not in before)


def test_a_tomogram_of_one_grey_value_is_a_sentence(window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    path = tmp_path / "flat.mrc"
    write_map(path, np.full((60, 70, 80), 7, dtype=np.float32), VolumeInfo((60, 70, 80), np.dtype("f4"), 2.0))
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    run(window, qtbot)
    assert "No vesicle was found" in window.parts.segment.view.message.text()
    assert any("same grey value" in s for s in window.notices.sentences())
    assert len(window.workspace.document.vesicles) == 0


def test_what_lies_beyond_the_radii_is_offered_and_one_click_looks_for_it(
    ready_window: MainWindow, qtbot: Any
) -> None:
    view, service = ready_window.parts.segment.view, ready_window.parts.run
    assert not view.wider.isVisibleTo(view)
    service.ended.emit(
        RunEnded(RunStatus.FOUND, 9, "9 vesicles found", beyond=BeyondRange(2, 51.0, 62.0, 10.0, 40.0))
    )
    assert view.wider.isVisibleTo(view)
    assert view.wider.text() == "Run again with radii of 10 to 70 nm"
    with qtbot.waitSignal(service.ended, timeout=120_000):
        with qtbot.waitSignal(service.started, timeout=10_000):
            click(qtbot, view.wider)
        assert ready_window.workspace.document.recipe.input.largest_radius_nm == 70.0
        assert not view.wider.isVisibleTo(view)
        service.cancel()
    assert not view.wider.isVisibleTo(view)


def test_the_estimate_is_that_of_the_box(open_window: MainWindow, qtbot: Any) -> None:
    """Of the box that is looked at, however large the tomogram is; ticking it off brings the first one back."""
    open_window.parts.steps.open_step("Segment")
    view, service = open_window.parts.segment.view, open_window.parts.run

    def needed() -> tuple[float, float]:
        needs = service.estimate()
        assert needs is not None
        assert view.estimate.text() == needs.sentence()
        return needs.memory_bytes, needs.seconds

    whole = needed()
    qtbot.mouseClick(view.box_on, Qt.MouseButton.LeftButton, pos=QPoint(10, view.box_on.height() // 2))
    view.box_edge.setValue(48)
    memory, seconds = needed()
    assert memory <= whole[0]
    assert seconds < whole[1]
    qtbot.mouseClick(view.box_on, Qt.MouseButton.LeftButton, pos=QPoint(10, view.box_on.height() // 2))
    assert needed() == whole


def test_the_preview_of_a_threshold_begins_where_the_run_stood(open_window: MainWindow, qtbot: Any) -> None:
    document, view = open_window.workspace.document, open_window.parts.segment.view
    values = np.full(document.volume.shape, 0.5, np.float32)  # type: ignore[union-attr]
    document.set_probability(GridMap(values, document.voxel_size_nm))
    assert 1 / (1 + np.exp(-view.threshold_logit)) == pytest.approx(0.8, abs=0.01)
    document.set_recipe(document.recipe.with_value("instances", "threshold", 0.95))
    document.set_probability(GridMap(values, document.voxel_size_nm))
    assert 1 / (1 + np.exp(-view.threshold_logit)) == pytest.approx(0.95, abs=0.01)


def test_another_programs_instances_take_the_place_of_the_network(
    ready_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, view = ready_window, ready_window.parts.segment.view
    volume = window.workspace.document.volume
    assert volume is not None
    labels = np.zeros(volume.shape, np.uint16)
    labels[20:36, 30:46, 30:46] = 4
    labels[30:40, 70:80, 60:70] = 9
    write_mrc_labels(tmp_path / "theirs.mrc", labels, volume.info)
    names = [str(tmp_path / "theirs.mrc"), ""]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (names.pop(0), ""))
    view.found_by.activated.emit(LABELS)
    assert "theirs.mrc" in view.found_by.currentText()
    assert not view.model.isEnabled()
    job = window.parts.run.order().job
    assert (job.labels, job.probability) == (str(tmp_path / "theirs.mrc"), None)
    steps: list[StepReport] = []
    window.parts.run.step_done.connect(steps.append)
    run(window, qtbot)
    (network,) = [s for s in steps if s.name == "network"]
    assert (network.note, network.engine) == ("taken from theirs.mrc", "")
    assert next(s for s in steps if s.name == "split").before == 2
    assert not view.model.isEnabled()

    view.found_by.setCurrentIndex(PROBABILITY)
    view.found_by.activated.emit(PROBABILITY)  # and the dialog is left without a file
    assert window.parts.run.order().job.labels is not None
    view.found_by.activated.emit(NETWORK)
    assert view.model.isEnabled()
    assert window.parts.run.order().job.labels is None
