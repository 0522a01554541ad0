"""Editing by keys and dialogs: tags, fits of many, and measures that follow."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialogButtonBox

from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle import Origin, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.ui.dialogs.shortcuts import shortcut_page
from cryoves_app.ui.dialogs.tags import TagDialog
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.project.actions.add import import_vesicles

from .helpers import PATIENCE_MS, give_vesicles, press


@pytest.fixture
def true_window(open_window: MainWindow, qtbot: Any) -> MainWindow:
    """The sample with its true vesicles, imported."""
    qtbot.waitUntil(lambda: open_window.parts.projects.session is not None, timeout=PATIENCE_MS)
    truth = VesicleSet.of(read_vesicles(resource_path("sample", "sample_truth.csv")))
    assert open_window.parts.projects.edit(lambda project: import_vesicles(project, truth, "the truth"))
    return open_window


def now(window: MainWindow, vesicle_id: int) -> Vesicle:
    found = window.workspace.document.vesicles.get(vesicle_id)
    assert found is not None
    return found


def titles(window: MainWindow) -> list[str]:
    session = window.parts.projects.session
    return [step.title for step in session.steps] if session else []


def test_tags_have_the_users_own_names_and_keep_them(
    open_window: MainWindow, make_window: Any, qtbot: Any
) -> None:
    first, second, *_ = give_vesicles(open_window, qtbot)
    open_window.workspace.commands.run("vesicle.name_tags")
    (dialog,) = open_window.findChildren(TagDialog)
    dialog.fields[1].selectAll()
    qtbot.keyClicks(dialog.fields[1], "docked")
    qtbot.mouseClick(
        dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok),
        Qt.MouseButton.LeftButton,
    )
    open_window.workspace.document.select([first.id, second.id])
    press(qtbot, open_window, Qt.Key.Key_2)
    assert [now(open_window, v.id).tags for v in (first, second)] == [("docked",), ("docked",)]
    press(qtbot, open_window, Qt.Key.Key_2)
    assert now(open_window, first.id).tags == ()
    assert "docked" in shortcut_page(open_window.workspace.commands, ())
    assert make_window(opengl=False).workspace.commands["vesicle.tag2"].text == "Tag “docked”"


def test_many_are_fitted_again_as_one_step(true_window: MainWindow, qtbot: Any) -> None:
    document = true_window.workspace.document
    press(qtbot, true_window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    before = {v.id: v.sphere for v in document.vesicles}
    assert len(before) > 30
    with qtbot.waitSignal(true_window.parts.job.ended, timeout=PATIENCE_MS):
        press(qtbot, true_window, Qt.Key.Key_F)
    assert titles(true_window)[-1] == f"Fit {len(before)} vesicles"
    moved = [v.sphere.distance_nm(before[v.id]) for v in document.vesicles]
    assert 0 < sorted(moved)[len(moved) // 2] < 1.0
    assert all(v.contrast is not None for v in document.vesicles)
    press(qtbot, true_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert {v.id: v.sphere for v in document.vesicles} == before


def test_fitting_many_can_be_cancelled(true_window: MainWindow, qtbot: Any) -> None:
    press(qtbot, true_window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    job = true_window.parts.job
    with qtbot.waitSignal(job.progressed, timeout=PATIENCE_MS):
        press(qtbot, true_window, Qt.Key.Key_F)
    assert true_window.status.cancel.isVisible()
    with qtbot.waitSignal(job.ended, timeout=PATIENCE_MS):
        qtbot.mouseClick(true_window.status.cancel, Qt.MouseButton.LeftButton)
    assert not true_window.status.cancel.isVisible()
    assert len(titles(true_window)) == 1


def test_measures_follow_an_edit_without_being_a_step(true_window: MainWindow, qtbot: Any) -> None:
    document = true_window.workspace.document
    press(qtbot, true_window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(true_window.parts.job.ended, timeout=PATIENCE_MS):
        press(qtbot, true_window, Qt.Key.Key_F)
    vesicle = document.vesicles.vesicles[0]
    qtbot.waitUntil(lambda: now(true_window, vesicle.id).p_value is not None, timeout=PATIENCE_MS)
    fitted = now(true_window, vesicle.id)
    steps = len(titles(true_window))
    document.select([vesicle.id])
    for _ in range(6):
        press(qtbot, true_window, Qt.Key.Key_BracketRight, Qt.KeyboardModifier.NoModifier)
    assert now(true_window, vesicle.id).contrast is None
    qtbot.waitUntil(lambda: now(true_window, vesicle.id).p_value is not None, timeout=PATIENCE_MS)
    edited = now(true_window, vesicle.id)
    assert edited.origin is Origin.EDITED
    assert edited.contrast != fitted.contrast
    qtbot.waitUntil(lambda: now(true_window, vesicle.id).nn_distance_nm is not None, timeout=PATIENCE_MS)
    assert len(titles(true_window)) == steps + 6
    for _ in range(6):
        press(qtbot, true_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert now(true_window, vesicle.id).contrast == fitted.contrast
    assert now(true_window, vesicle.id).p_value == fitted.p_value


def test_p_values_of_all_are_computed_on_request_and_it_says_when(
    true_window: MainWindow, qtbot: Any
) -> None:
    parts = true_window.parts
    parts.steps.open_step("Review")
    assert not parts.review_step.p_values.isVisible()
    true_window.workspace.commands.run("vesicle.measure_all")
    qtbot.waitUntil(lambda: "computed" in parts.review_step.p_values.text(), timeout=PATIENCE_MS)
    assert parts.review_step.p_values.isVisible()
    known = [v for v in true_window.workspace.document.vesicles if v.p_value is not None]
    assert len(known) > 30
    assert len(titles(true_window)) == 1


def test_two_that_are_one_are_merged_and_fitted(true_window: MainWindow, qtbot: Any) -> None:
    document = true_window.workspace.document
    true = document.vesicles.vesicles[3]
    beside = Sphere(true.z_nm, true.y_nm, true.x_nm + 12.0, true.radius_nm - 4)
    extra = true_window.parts.editor.add(beside, beside_others=True)
    assert extra is not None
    document.select([true.id, extra])
    press(qtbot, true_window, Qt.Key.Key_M)
    kept = now(true_window, true.id)
    assert kept.sphere.distance_nm(true.sphere) < 1.0
    assert kept.radius_nm == pytest.approx(true.radius_nm, abs=1.0)
    assert kept.contrast is not None
    assert now(true_window, extra).status == "rejected"
    press(qtbot, true_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert now(true_window, extra).sphere == beside


def test_one_that_is_two_is_split_and_both_are_fitted(true_window: MainWindow, qtbot: Any) -> None:
    document = true_window.workspace.document
    first, second = _nearest_pair(list(document.vesicles))
    press(qtbot, true_window, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    with qtbot.waitSignal(true_window.parts.job.ended, timeout=PATIENCE_MS):
        press(qtbot, true_window, Qt.Key.Key_F)  # a population to compare with
    document.select([second.id])
    press(qtbot, true_window, Qt.Key.Key_D)
    z, y, x = ((a + b) / 2 for a, b in zip(first.sphere.centre_nm, second.sphere.centre_nm, strict=True))
    both = Sphere(z, y, x, first.sphere.distance_nm(second.sphere) / 2 + first.radius_nm)
    assert true_window.parts.editor.set_spheres({first.id: both})
    document.select([first.id])
    press(qtbot, true_window, Qt.Key.Key_T)
    parts = [now(true_window, first.id), document.vesicles.vesicles[-1]]
    for true in (first, second):
        assert min(part.sphere.distance_nm(true.sphere) for part in parts) < 1.5
    assert titles(true_window)[-1] == f"Split vesicle {first.id} into 2"
    press(qtbot, true_window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert now(true_window, first.id).sphere == both


def _nearest_pair(vesicles: list[Vesicle]) -> tuple[Vesicle, Vesicle]:
    """Two of nearly one size that nearly touch."""
    pairs = [
        (a.sphere.gap_nm(b.sphere), a, b)
        for a in vesicles
        for b in vesicles
        if a.id < b.id and abs(a.radius_nm - b.radius_nm) < 3
    ]
    _, a, b = min(pairs, key=lambda pair: pair[0])
    return a, b
