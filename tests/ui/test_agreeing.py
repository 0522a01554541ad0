"""Two people judge blind, are compared, and settle what they dispute; with real clicks and keys."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.vesicle import Status
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.formats.tables.table import read_table
from cryoves_app.ui.dialogs.blind_review import BlindReviewDialog
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.actions.run import take_over_run

from .helpers import PATIENCE_MS, press, settle

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def segmented(open_window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path) -> MainWindow:
    """Eight vesicles of a run, saved."""
    window = open_window
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    known = list(read_table(sample.with_name("sample_truth.csv"), None).vesicles)[:8]
    run: dict[str, object] = {"model": "some"}
    assert window.parts.projects.edit(
        lambda p: take_over_run(p, VesicleSet.of(known), Recipe(), "default", run)[0]
    )
    assert window.parts.projects.save(tmp_path / "s.cryoves")
    return window


def begin_blind(
    window: MainWindow, qtbot: Any, name: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> str:
    """Start a review as a user does; gives the place that was proposed."""
    proposed: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: proposed.append(a[2]) or (str(path), ""))
    window.workspace.commands.action("review.blind").trigger()
    dialog = window.findChild(BlindReviewDialog)
    dialog.field.selectAll()
    qtbot.keyClicks(dialog.field, name)
    photograph(dialog, "blind.png")
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(dialog.start, LEFT)
    dialog.setParent(None)
    dialog.deleteLater()
    settle(window, qtbot)
    return proposed[0]


def judge_all(window: MainWindow, qtbot: Any, rejected: tuple[int, ...]) -> None:
    for vesicle in list(window.workspace.document.vesicles):
        window.workspace.document.select([vesicle.id])
        press(qtbot, window, Qt.Key.Key_D if vesicle.id in rejected else Qt.Key.Key_A)


def photograph(widget: Any, name: str) -> None:
    """Into the folder that whoever wants to look at it names."""
    if folder := os.environ.get("CRYOVES_PICTURES"):
        widget.grab().save(str(Path(folder) / name))


def sentences(window: MainWindow) -> list[str]:
    return [notice.sentence for notice in window.notices.notices() if not notice.dismissed]


def test_two_people_judge_blind_and_settle_their_disputes(
    segmented: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window, document = segmented, segmented.workspace.document
    judge_all(window, qtbot, rejected=(1, 2, 3))  # what the blind ones must not see
    place = begin_blind(window, qtbot, "Ada", tmp_path / "ada.cryoves", monkeypatch)
    assert place == str(tmp_path / "s_Ada.cryoves")
    assert window.workspace.reviewer.name == "Ada"
    assert sentences(window) == ["This is Ada's blind review: what others judged is not in it."]
    assert [(v.status, v.reviewed, v.judgements) for v in document.vesicles] == [
        (Status.ACCEPTED, False, ())
    ] * 8
    judge_all(window, qtbot, rejected=(5,))
    assert window.parts.projects.save()

    begin_blind(window, qtbot, "Ben", tmp_path / "ben.cryoves", monkeypatch)
    assert all(not v.judgements for v in document.vesicles)
    judge_all(window, qtbot, rejected=(7, 8))
    document.select([2])
    for _ in range(15):
        press(qtbot, window, Qt.Key.Key_BracketRight)

    window.workspace.commands.action("run.evaluate").trigger()
    view = window.parts.evaluation.panel.view
    assert view is not None
    view.activateWindow()
    qtbot.waitUntil(view.isActiveWindow, timeout=PATIENCE_MS)
    view.held.setFocus()
    qtbot.keyClick(view.held, Qt.Key.Key_End)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "ada.cryoves"), ""))
    qtbot.mouseClick(view.browse, LEFT)
    qtbot.waitUntil(view.settle.isVisible, timeout=PATIENCE_MS)
    assert view.words.text().startswith(
        "Ben and Ada: 5 vesicles in both, 1 only Ben's, 2 only Ada's: F1 0.769; "
    )
    assert view.tabs.tabText(1) == "Disputes (4)"
    view.tabs.setCurrentIndex(1)
    first = view.errors.topLevelItem(0)
    assert first is not None
    assert first.text(0) == "only Ada has it"
    photograph(view, "agreement.png")
    qtbot.mouseClick(view.errors.viewport(), LEFT, pos=view.errors.visualItemRect(first).center())
    assert document.selection == (7,)  # rejected here, and there all the same

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "agreed.cryoves"), ""))
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        qtbot.mouseClick(view.settle, LEFT)
    assert not view.isVisible()
    settle(window, qtbot)
    assert not window.notices.brief.isVisible()  # its button would undo a step of another project
    told = next(n for n in window.notices.notices() if "dispute" in n.sentence)
    assert told.sentence.startswith("Ben and Ada dispute 4 vesicles here.")
    qtbot.mouseClick(told.button, LEFT)
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE_MS)
    photograph(window, "agreed.png")
    differing = next(v for v in document.vesicles if "differ" in v.reason)
    before = document.selection
    document.fly_to(differing.id)
    settle(window, qtbot)
    layer = window.parts.evaluation.layers[Plane.XY]
    assert not layer.found.path().isEmpty()
    assert not layer.other.path().isEmpty()
    radii = set()
    for key in ("first", "second"):
        window.workspace.commands.action(f"settle.{key}").trigger()
        radii.add(round(document.vesicles.get(differing.id).radius_nm, 3))  # type: ignore[union-attr]
    assert len(radii) == 2
    document.fly_to(before[0])
    settle(window, qtbot)
    assert layer.found.path().isEmpty()
    assert not window.workspace.commands.action("settle.first").isEnabled()
    seen = []
    for key in (Qt.Key.Key_A, Qt.Key.Key_D, Qt.Key.Key_A, Qt.Key.Key_A):
        assert document.current is not None
        seen.append(document.current.reason)
        press(qtbot, window, key)
    assert sorted(seen)[1:] == ["only Ada has it", "only Ada has it", "only Ben has it"]
    assert sorted(seen)[0].startswith("Ben and Ada differ: radius +")
    assert window.parts.projects.save()
    agreed = read_project(tmp_path / "agreed.cryoves").vesicles
    assert all(v.reviewed for v in agreed)
    assert [v.status for v in agreed].count(Status.REJECTED) == 1


def test_a_blind_review_of_somebody_else_is_told(
    segmented: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_blind(segmented, qtbot, "Ada", tmp_path / "ada.cryoves", monkeypatch)
    segmented.workspace.reviewer.rename("Ben")
    with qtbot.waitSignal(segmented.parts.opener.opened, timeout=PATIENCE_MS):
        segmented.parts.opener.open([tmp_path / "ada.cryoves"])
    assert sentences(segmented) == ["This is Ada's blind review, and you judge as Ben."]


def test_the_project_itself_is_never_its_own_blind_copy(
    segmented: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    segmented.parts.blind.begin("Ada", tmp_path / "s.cryoves")
    qtbot.waitUntil(
        lambda: any("is read for this result" in s for s in sentences(segmented)), timeout=PATIENCE_MS
    )
    assert len(read_project(tmp_path / "s.cryoves").vesicles) == 8
