"""The study of the queue's tomograms."""

from __future__ import annotations

import csv
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from cryoves_app.formats.project.project_file import read_project, write_project
from cryoves_app.ui.panels.study.view import StudyView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.batch.kept_queue import KeptQueue, QueuedTomogram, Stage, write_kept_queue
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.study.names import STUDY_FILES
from tests.workflow.study.projects import active_zone, cytoplasm, make_project, save_project

from .helpers import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton
RADII = {"control": (19.0, 20.0, 21.0), "treated": (24.0, 25.0, 26.5)}


@pytest.fixture
def projects(tmp_path: Path) -> list[Path]:
    """Results of a queue that was worked off, which the window finds at its start; one tomogram still waits."""
    made, rows = [], []
    for condition, radii in RADII.items():
        for number, radius in enumerate(radii):
            places = [(50.0, 100.0, 40.0 + 60 * n, radius) for n in range(5)]
            project = make_project(places, f"{condition}{number}", regions=(active_zone(), cytoplasm()))
            made.append(save_project(tmp_path / "results", project))
            job = SegmentJob(project.tomogram.absolute_path, str(made[-1].parent), condition=condition)
            rows.append(QueuedTomogram(job, Stage.TO_REVIEW, "5 accepted, 0 doubtful"))
    waiting = SegmentJob("/data/later.mrc", str(tmp_path / "results" / "later"), condition="treated")
    queue = KeptQueue((*rows, QueuedTomogram(waiting)), is_paused=True)
    write_kept_queue(tmp_path / "data" / "queue.json", queue)
    return made


def opened_study(window: MainWindow, qtbot: Any) -> StudyView:
    window.parts.queue.resume()
    window.workspace.commands.action("run.queue").trigger()
    queue = window.parts.queue.view
    assert queue is not None
    qtbot.waitUntil(queue.study.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(queue.study, LEFT)
    view = window.parts.queue.study.view
    assert view is not None
    qtbot.waitUntil(view.save.isEnabled, timeout=PATIENCE_MS)
    return view


def column(view: StudyView, number: int) -> list[str]:
    items = [view.tests.topLevelItem(n) for n in range(view.tests.topLevelItemCount())]
    return [item.text(number) for item in items if item is not None]


def photograph(view: StudyView, name: str) -> None:
    """Into the folder that whoever wants to look at it names."""
    if folder := os.environ.get("CRYOVES_PICTURES"):
        view.grab().save(str(Path(folder) / name))


def test_conditions_of_the_queue_are_compared_and_saved(
    window: MainWindow, qtbot: Any, projects: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened_study(window, qtbot)
    assert view.words.text() == "6 tomograms (control: 3, treated: 3)"
    assert "30 vesicles of 6 tomograms" in view.methods.toPlainText()
    assert view.figure.renderer().isValid()
    assert set(column(view, 1)) == {"anova", "chi-square"}
    for number in range(view.tabs.count()):
        view.tabs.setCurrentIndex(number)
        photograph(view, f"study_{number}.png")
    (p,) = [
        float(p)
        for name, p in zip(column(view, 0), column(view, 3), strict=True)
        if name == "Mean radius (nm)"
    ]
    assert 0 < p < 0.01

    folder = tmp_path / "out"
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    qtbot.mouseClick(view.save, LEFT)
    qtbot.waitUntil(lambda: (folder / STUDY_FILES[-1]).is_file(), timeout=PATIENCE_MS)
    assert sorted(p.name for p in folder.iterdir()) == sorted(STUDY_FILES)
    before = (folder / "tests.csv").read_bytes()

    # another test is another table, and an earlier study is replaced when the user says so
    view.test.setFocus()
    qtbot.keyClick(view.test, Qt.Key.Key_End)
    view.test.activated.emit(view.test.currentIndex())
    qtbot.waitUntil(lambda: "kruskal" in column(view, 1), timeout=PATIENCE_MS)
    asked = []
    for answer, is_same in ((QMessageBox.StandardButton.No, True), (QMessageBox.StandardButton.Yes, False)):
        monkeypatch.setattr(QMessageBox, "question", lambda *a, answer=answer: asked.append(a[2]) or answer)
        qtbot.mouseClick(view.save, LEFT)
        qtbot.waitUntil(
            lambda is_same=is_same: ((folder / "tests.csv").read_bytes() == before) == is_same,
            timeout=PATIENCE_MS,
        )
    assert len(asked) == 2
    with (folder / "tests.csv").open(encoding="utf-8", newline="") as stream:
        assert {r["test"] for r in csv.DictReader(stream)} == {"kruskal", "chi-square"}


def test_what_was_edited_since_counts_the_next_time(
    window: MainWindow, qtbot: Any, projects: list[Path]
) -> None:
    view = opened_study(window, qtbot)
    view.close()
    project = read_project(projects[0])
    write_project(projects[0], replace(project, vesicles=project.vesicles.removed([1, 2])))
    queue = window.parts.queue.view
    assert queue is not None
    qtbot.mouseClick(queue.study, LEFT)
    qtbot.waitUntil(lambda: "28 vesicles of 6 tomograms" in view.methods.toPlainText(), timeout=PATIENCE_MS)


def test_a_damaged_project_is_said_and_the_others_are_compared(
    window: MainWindow, qtbot: Any, projects: list[Path]
) -> None:
    projects[2].write_bytes(b"nonsense")
    view = opened_study(window, qtbot)
    assert str(projects[2]) in view.notes.text()
    assert view.words.text() == "5 tomograms (control: 2, treated: 3)"


def test_where_nothing_can_be_read_it_is_said(window: MainWindow, qtbot: Any, projects: list[Path]) -> None:
    for path in projects:
        path.unlink()
    window.parts.queue.resume()
    window.workspace.commands.action("run.queue").trigger()
    queue = window.parts.queue.view
    assert queue is not None
    qtbot.waitUntil(queue.study.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(queue.study, LEFT)
    view = window.parts.queue.study.view
    assert view is not None
    qtbot.waitUntil(lambda: "control0" in view.words.text(), timeout=PATIENCE_MS)
    assert not view.save.isEnabled()
    assert not view.progress.isVisible()
