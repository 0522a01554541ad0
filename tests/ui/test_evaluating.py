"""Evaluating the open project: against a file, against its own automatic result; errors, files; with real events."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox

from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.table import read_table, write_vesicles
from cryoves_app.ui.base import theme
from cryoves_app.ui.panels.evaluate.view import HELD, NEED_FILE, EvaluateView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.evaluation.names import EVALUATION_FILES
from cryoves_app.workflow.evaluation.open_project import Sides
from cryoves_app.workflow.project.actions.run import take_over_run

from .helpers import PATIENCE_MS, press, settle
from .region_helpers import draw, draw_square
from .screen_checks import cut_off

LEFT = Qt.MouseButton.LeftButton
FALSE = Vesicle(500, 20.0, 20.0, 20.0, 10.0)


@pytest.fixture
def truth(sample: Path) -> tuple[Vesicle, ...]:
    return tuple(read_table(sample.with_name("sample_truth.csv"), None).vesicles)


@pytest.fixture
def segmented(open_window: MainWindow, qtbot: Any, truth: tuple[Vesicle, ...]) -> MainWindow:
    """A run found all but the first two, one too large, and one that is false."""
    qtbot.waitUntil(lambda: open_window.parts.projects.session is not None, timeout=PATIENCE_MS)
    large = replace(truth[2], radius_nm=truth[2].radius_nm * 1.3)
    found = VesicleSet.of([large, *truth[3:], FALSE])
    run: dict[str, object] = {"model": "some"}
    assert open_window.parts.projects.edit(lambda p: take_over_run(p, found, Recipe(), "default", run)[0])
    settle(open_window, qtbot)
    return open_window


def id_at(window: MainWindow, vesicle: Vesicle) -> int:
    """Runs number vesicles anew."""
    centre = vesicle.sphere.centre_nm
    return next(v.id for v in window.workspace.document.vesicles if v.sphere.centre_nm == centre)


def opened(window: MainWindow, qtbot: Any) -> EvaluateView:
    window.workspace.commands.action("run.evaluate").trigger()
    view = window.parts.evaluation.panel.view
    assert view is not None
    view.activateWindow()  # no window manager does it under a bare display
    qtbot.waitUntil(view.isActiveWindow, timeout=PATIENCE_MS)
    return view


def compared_with(
    window: MainWindow, qtbot: Any, path: Path, monkeypatch: pytest.MonkeyPatch
) -> EvaluateView:
    """Choose a file and wait for the scores."""
    view = opened(window, qtbot)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    qtbot.mouseClick(view.browse, LEFT)
    qtbot.waitUntil(lambda: not window.parts.evaluation.panel.work.running, timeout=PATIENCE_MS)
    return view


def rows(view: EvaluateView) -> list[list[str]]:
    items = [view.errors.topLevelItem(n) for n in range(view.errors.topLevelItemCount())]
    return [[item.text(c) for c in range(view.errors.columnCount())] for item in items if item is not None]


def score(view: EvaluateView, name: str) -> str:
    items = [view.scores.topLevelItem(n) for n in range(view.scores.topLevelItemCount())]
    return next(item.text(1) for item in items if item is not None and item.text(0) == name)


def choose(qtbot: Any, view: EvaluateView, key: str) -> None:
    """As a user does with the keys."""
    view.held.setFocus()
    wanted = view.held.findData(key)
    qtbot.keyClick(view.held, Qt.Key.Key_Home)
    for _ in range(wanted):
        qtbot.keyClick(view.held, Qt.Key.Key_Down)


def click_error(qtbot: Any, view: EvaluateView, row: int) -> None:
    view.tabs.setCurrentIndex(1)
    item = view.errors.topLevelItem(row)
    assert item is not None
    view.errors.scrollToItem(item)
    place = view.errors.visualItemRect(item).center()
    qtbot.mouseClick(view.errors.viewport(), LEFT, pos=place)


def _is_busy(window: MainWindow) -> bool:
    return window.parts.evaluation.panel.work.running


def photograph(widget: Any, name: str) -> None:
    """Into the folder that whoever wants to look at it names."""
    if folder := os.environ.get("CRYOVES_PICTURES"):
        widget.grab().save(str(Path(folder) / name))


def test_a_project_is_held_against_a_file_and_errors_are_flown_to(
    segmented: MainWindow,
    qtbot: Any,
    sample: Path,
    truth: tuple[Vesicle, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = compared_with(segmented, qtbot, sample.with_name("sample_truth.csv"), monkeypatch)
    count, false, large = len(truth), id_at(segmented, FALSE), id_at(segmented, truth[2])
    assert view.words.text().startswith(f"{count - 2} vesicles in both, 2 missed, 1 false: F1 ")
    assert (score(view, "Missed (FN)"), score(view, "False (FP)")) == ("2", "1")
    assert score(view, "Δz") == "0.00 nm"
    photograph(view, "evaluate_scores.png")
    assert view.tabs.tabText(1) == "Errors (4)"
    assert [row[:3] for row in rows(view)] == [
        ["missed", "", str(truth[0].id)],
        ["missed", "", str(truth[1].id)],
        ["false", str(false), ""],
        ["wrong radius", str(large), str(truth[2].id)],
    ]
    assert segmented.workspace.document.selection == ()

    document = segmented.workspace.document
    click_error(qtbot, view, 0)
    place = truth[0].sphere.to_px(document.voxel_size_nm)[:3]
    assert document.cursor == pytest.approx(place)
    assert document.selection == ()
    settle(segmented, qtbot)
    layer = segmented.parts.evaluation.layers[Plane.XY]
    assert (layer.found.path().isEmpty(), layer.other.path().isEmpty()) == (True, False)
    photograph(segmented, "evaluate_missed.png")

    click_error(qtbot, view, 3)
    settle(segmented, qtbot)
    assert document.selection == (large,)
    widths = [item.path().boundingRect().width() for item in (layer.found, layer.other)]
    assert widths[0] > widths[1] > 0
    photograph(view, "evaluate_errors.png")
    photograph(segmented, "evaluate_radius.png")
    qtbot.keyClick(view.errors, Qt.Key.Key_Up)
    assert document.selection == (false,)

    # what was mended counts when it is compared again
    press(qtbot, view.errors, Qt.Key.Key_D)
    assert view.words.text().endswith(" The project was changed since.")
    qtbot.mouseClick(view.again, LEFT)
    qtbot.waitUntil(lambda: view.tabs.tabText(1) == "Errors (3)", timeout=PATIENCE_MS)
    assert not view.again.isVisible()

    view.close()
    assert (layer.found.path().isEmpty(), layer.others.path().isEmpty()) == (True, True)


def test_the_automatic_result_is_held_against_the_corrections(
    segmented: MainWindow, qtbot: Any, truth: tuple[Vesicle, ...]
) -> None:
    false = id_at(segmented, FALSE)
    segmented.workspace.document.fly_to(false)
    press(qtbot, segmented, Qt.Key.Key_D)
    view = opened(segmented, qtbot)
    assert view.words.text() == "Choose the file to compare with."
    choose(qtbot, view, "run-project")
    qtbot.waitUntil(lambda: len(rows(view)) == 1, timeout=PATIENCE_MS)
    assert rows(view)[0][:2] == ["false", str(false)]
    assert not view.browse.isEnabled()
    assert view.words.text().startswith(f"{len(truth) - 2} vesicles in both, 0 missed, 1 false")
    view.close()


def test_only_what_lies_in_the_cytoplasm_counts_where_that_is_wished(
    segmented: MainWindow, qtbot: Any, sample: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = compared_with(segmented, qtbot, sample.with_name("sample_truth.csv"), monkeypatch)
    assert not view.within.isEnabled()
    view.close()
    segmented.parts.steps.open_step("Region")
    draw(segmented, qtbot, RegionKind.CYTOPLASM)
    for z in (10, 60):
        draw_square(segmented, qtbot, z)
    view = opened(segmented, qtbot)
    qtbot.waitUntil(lambda: view.within.isEnabled() and not _is_busy(segmented), timeout=PATIENCE_MS)
    whole = int(score(view, "Found (TP)")) + int(score(view, "Missed (FN)"))
    qtbot.mouseClick(view.within, LEFT, pos=QPoint(8, view.within.height() // 2))
    qtbot.waitUntil(lambda: not _is_busy(segmented) and view.within.isChecked(), timeout=PATIENCE_MS)
    inside = int(score(view, "Found (TP)")) + int(score(view, "Missed (FN)"))
    assert 0 < inside < whole
    view.close()


def test_tables_figure_and_markdown_are_given_out(
    segmented: MainWindow, qtbot: Any, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = compared_with(segmented, qtbot, sample.with_name("sample_truth.csv"), monkeypatch)
    view.tabs.setCurrentIndex(2)
    QApplication.processEvents()  # the figure is laid out
    photograph(view, "evaluate_figure.png")
    folder = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(view.save, LEFT)
    wanted = sorted(EVALUATION_FILES)  # the last one is there a moment before its temporary folder goes
    qtbot.waitUntil(
        lambda: folder.is_dir() and sorted(p.name for p in folder.iterdir()) == wanted, timeout=PATIENCE_MS
    )
    asked: list[str] = []
    monkeypatch.setattr(
        QMessageBox, "question", lambda *a: asked.append(a[2]) or QMessageBox.StandardButton.No
    )
    before = (folder / EVALUATION_FILES[0]).stat().st_mtime_ns
    qtbot.mouseClick(view.save, LEFT)
    assert len(asked) == 1
    assert (folder / EVALUATION_FILES[0]).stat().st_mtime_ns == before
    qtbot.mouseClick(view.copy, LEFT)
    assert QApplication.clipboard().text().startswith("# Evaluation\n")
    view.close()


def test_what_cannot_be_compared_is_said(
    segmented: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad.cryoves").write_bytes(b"nonsense")
    view = compared_with(segmented, qtbot, tmp_path / "bad.cryoves", monkeypatch)
    assert "bad.cryoves" in view.words.text()
    assert not view.save.isEnabled()
    assert rows(view) == []
    write_vesicles(tmp_path / "none.csv", [], 2.2)
    view = compared_with(segmented, qtbot, tmp_path / "none.csv", monkeypatch)
    assert " 0 missed, " in view.words.text()
    view.close()


def test_a_project_without_a_run_says_so(open_window: MainWindow, qtbot: Any) -> None:
    qtbot.waitUntil(lambda: open_window.parts.projects.session is not None, timeout=PATIENCE_MS)
    view = opened(open_window, qtbot)
    choose(qtbot, view, "run-project")
    qtbot.waitUntil(lambda: "Nothing was segmented" in view.words.text(), timeout=PATIENCE_MS)
    view.close()


@pytest.mark.parametrize("shades", ["dark", "light"])
def test_nothing_is_cut_off(
    segmented: MainWindow, qtbot: Any, sample: Path, shades: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.apply_theme(application, shades)
    view = compared_with(segmented, qtbot, sample.with_name("sample_truth.csv"), monkeypatch)
    for page in range(view.tabs.count()):
        view.tabs.setCurrentIndex(page)
        QApplication.processEvents()  # the page is laid out
        photograph(view, f"evaluate_{shades}_{page}.png")
        assert cut_off(view) == []
    view.close()
    theme.apply_theme(application, "dark")


def test_each_way_to_compare_is_offered() -> None:
    assert [key for key, _ in HELD] == [sides.value for sides in Sides]
    assert [sides.value for sides in Sides if sides.needs_file] == list(NEED_FILE)
