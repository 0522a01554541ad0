"""The queue beside all other work."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.storage.claims import claim_path
from cryoves_app.ui.panels.queue.rows import CHECKED, CONDITION, DOUBTFUL, NAME, STATE, VESICLES
from cryoves_app.ui.panels.queue.view import QueueView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.batch.kept_queue import Stage
from cryoves_app.workflow.batch.run import State
from cryoves_app.workflow.batch.summary import TomogramSummary, read_summary, write_summary
from cryoves_app.workflow.project.actions.review import accept
from tests.phantoms import phantom
from tests.workflow.study.projects import make_project, save_project

from .helpers import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton
#: Vesicles that lie whole in a tomogram of 48×64×64 voxels of 2.2 nm.
BALLS = [(52.0, 40.0, 44.0, 20.0), (55.0, 98.0, 50.0, 22.0), (50.0, 60.0, 102.0, 21.0)]


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Two tiny tomograms with a file between them that is cut off."""
    folder = tmp_path / "study"
    folder.mkdir()
    for seed, name in ((1, "a.mrc"), (2, "c.mrc")):
        grey = phantom(BALLS, (48, 64, 64), seed=seed).grey.astype("float32")
        write_map(folder / name, grey, VolumeInfo(grey.shape, grey.dtype, 2.2))
    whole = (folder / "a.mrc").read_bytes()
    (folder / "b.mrc").write_bytes(whole[: len(whole) // 2])
    return folder


def opened_queue(window: MainWindow) -> QueueView:
    window.workspace.commands.action("run.queue").trigger()
    view = window.parts.queue.view
    assert view is not None
    assert view.isVisible()
    return view


def drop(view: QueueView, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    place, copy, bare = QPointF(20, 200), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(view, QDragEnterEvent(place.toPoint(), copy, data, LEFT, bare))
    QApplication.sendEvent(view, QDropEvent(place, copy, data, LEFT, bare))


def stages(window: MainWindow) -> list[Stage]:
    return [t.stage for t in window.parts.queue.runner.queue.tomograms]


def column(view: QueueView, number: int) -> list[str]:
    items = [view.list.topLevelItem(n) for n in range(view.list.topLevelItemCount())]
    return [item.text(number) for item in items if item is not None]


def click_row(qtbot: Any, view: QueueView, row: int, modifier: Any = Qt.KeyboardModifier.NoModifier) -> None:
    item = view.list.topLevelItem(row)
    assert item is not None
    place = view.list.visualItemRect(item).topLeft() + QPoint(20, 6)
    qtbot.mouseClick(view.list.viewport(), LEFT, modifier, place)


def photograph(widget: Any, name: str) -> None:
    """Into the folder that whoever wants to look at it names."""
    if folder := os.environ.get("CRYOVES_PICTURES"):
        widget.grab().save(str(Path(folder) / name))


def test_the_queue_works_while_the_window_reviews(
    window: MainWindow, qtbot: Any, study: Path, sample: Path, tmp_path: Path
) -> None:
    view = opened_queue(window)
    qtbot.keyClicks(view.condition, "control")
    drop(view, study)
    qtbot.waitUntil(lambda: Stage.RUNNING in stages(window), timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: any(t.startswith("running: ") for t in column(view, STATE)), timeout=PATIENCE_MS)
    photograph(view, "queue_running.png")
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([sample])  # the queue does not mind
    qtbot.waitUntil(
        lambda: stages(window) == [Stage.TO_REVIEW, Stage.FAILED, Stage.TO_REVIEW], timeout=PATIENCE_MS
    )
    qtbot.waitUntil(view.next.isEnabled, timeout=PATIENCE_MS)
    qtbot.waitUntil(lambda: view.words.text() == "2 to review, 1 failed.", timeout=PATIENCE_MS)
    assert "b.mrc" in column(view, STATE)[1]
    assert column(view, CONDITION) == ["control"] * 3
    assert column(view, STATE)[0] == "to review: 3 accepted, 0 doubtful"
    assert column(view, STATE)[1].startswith("failed: b.mrc ")
    qtbot.waitUntil(lambda: column(view, VESICLES) == ["3", "", "3"], timeout=PATIENCE_MS)
    assert column(view, DOUBTFUL) == ["0 %", "", "0 %"]
    assert column(view, CHECKED) == ["0 of 3", "", "0 of 3"]
    items = [view.list.topLevelItem(n) for n in range(3)]
    middles = [
        i.icon(NAME).pixmap(view.list.iconSize()).toImage().pixelColor(16, 16) for i in items if i is not None
    ]
    assert [colour.alpha() for colour in middles] == [255, 0, 255]  # a picture where there are results
    photograph(view, "queue_done.png")
    volume = window.workspace.document.volume
    assert volume is not None
    assert volume.info.path == str(sample)

    homes = [study / "cryoves-results" / name / f"{name}.cryoves" for name in ("a", "c")]
    session = None
    for home in homes:
        with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
            qtbot.mouseClick(view.next, LEFT)
        session = window.parts.projects.session
        assert session is not None
        assert session.home == home
        assert len(window.workspace.document.vesicles) == len(BALLS)
    numbers = [v.id for v in window.workspace.document.vesicles]
    assert window.parts.projects.edit(lambda project: accept(project, numbers))
    qtbot.waitUntil(
        lambda: stages(window) == [Stage.TO_REVIEW, Stage.FAILED, Stage.REVIEWED], timeout=PATIENCE_MS
    )

    # what was reviewed is never replaced, also not when it is segmented again
    click_row(qtbot, view, 1)
    click_row(qtbot, view, 2, Qt.KeyboardModifier.ControlModifier)
    (study / "b.mrc").write_bytes((study / "a.mrc").read_bytes())
    qtbot.mouseClick(view.retry, LEFT)
    qtbot.waitUntil(lambda: stages(window) == [Stage.TO_REVIEW] * 3, timeout=PATIENCE_MS)
    assert read_project(homes[1]).vesicles.checked_count == len(BALLS)
    window.parts.queue.write_summary(tmp_path / "summary.csv")
    rows = read_summary(tmp_path / "summary.csv")
    assert [(r["state"], r["vesicles"], r["condition"]) for r in rows] == [("done", "3", "control")] * 3


def test_a_paused_queue_goes_on_after_a_restart(
    make_window: Callable[..., MainWindow], qtbot: Any, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_window(opengl=False)
    view = opened_queue(first)
    qtbot.mouseClick(view.pause, LEFT)
    chosen = ([str(study / "a.mrc"), str(study / "c.mrc")], "")
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: chosen)
    qtbot.mouseClick(view.links, LEFT, pos=QPoint(8, view.links.height() // 2))
    qtbot.mouseClick(view.add_files, LEFT)
    qtbot.waitUntil(lambda: column(view, STATE) == ["waiting"] * 2, timeout=PATIENCE_MS)
    assert [t.job.links for t in first.parts.queue.runner.queue.tomograms] == [True, True]
    assert view.words.text() == "2 waiting. Paused: no further one begins."
    click_row(qtbot, view, 1)
    qtbot.mouseClick(view.up, LEFT)
    qtbot.waitUntil(lambda: column(view, 0) == ["c.mrc", "a.mrc"], timeout=PATIENCE_MS)
    assert [Path(key).name for key in view.list.selected()] == ["c"]
    item = view.list.topLevelItem(1)
    place = view.list.visualRect(view.list.indexFromItem(item, CONDITION)).center()
    qtbot.mouseClick(view.list.viewport(), LEFT, pos=place)
    qtbot.mouseDClick(view.list.viewport(), LEFT, pos=place)
    editor = view.list.findChild(QLineEdit)
    assert editor is not None
    qtbot.keyClicks(editor, "treated")
    qtbot.keyClick(editor, Qt.Key.Key_Return)

    def conditions() -> list[str]:
        return [t.job.condition for t in first.parts.queue.runner.queue.tomograms]

    qtbot.waitUntil(lambda: conditions() == ["", "treated"], timeout=PATIENCE_MS)
    kept = first.parts.queue.runner.queue
    photograph(view, "queue_paused.png")
    first.parts.queue.close()

    second = make_window(opengl=False)
    second.parts.queue.resume()
    assert second.parts.queue.runner.queue == kept
    view = opened_queue(second)
    qtbot.mouseClick(view.pause, LEFT)
    qtbot.waitUntil(lambda: stages(second) == [Stage.TO_REVIEW] * 2, timeout=PATIENCE_MS)
    run = json.loads((study / "cryoves-results" / "a" / "run.json").read_text(encoding="utf-8"))
    assert run["job"]["condition"] == "treated"
    click_row(qtbot, view, 0)
    qtbot.mouseClick(view.remove, LEFT)
    qtbot.waitUntil(lambda: column(view, 0) == ["a.mrc"], timeout=PATIENCE_MS)
    assert (study / "cryoves-results" / "c" / "c.cryoves").is_file()


def test_closing_puts_what_is_at_work_back(window: MainWindow, qtbot: Any, study: Path) -> None:
    view = opened_queue(window)
    drop(view, study / "a.mrc", study / "c.mrc")
    qtbot.waitUntil(lambda: any(t.startswith("running: ") for t in column(view, STATE)), timeout=PATIENCE_MS)
    window.parts.queue.close()
    assert Stage.RUNNING not in stages(window)
    assert stages(window)[1] is Stage.WAITING


def paused_with(view: QueueView, qtbot: Any, *paths: Path) -> None:
    """Tomograms that wait."""
    qtbot.mouseClick(view.pause, LEFT)
    drop(view, *paths)
    qtbot.waitUntil(lambda: column(view, STATE) == ["waiting"] * len(paths), timeout=PATIENCE_MS)


def drag_rows(view: QueueView, onto_row: int, share: float) -> None:
    """Let the selected rows fall onto another one, at a share of its height."""
    rows = view.list
    item = rows.topLevelItem(onto_row)
    assert item is not None
    box = rows.visualItemRect(item)
    place = QPointF(box.left() + 30, box.top() + share * box.height())
    data, move, bare = (
        rows.mimeData(rows.selectedItems()),
        Qt.DropAction.MoveAction,
        Qt.KeyboardModifier.NoModifier,
    )
    for event in (
        QDragEnterEvent(place.toPoint(), move, data, LEFT, bare),
        QDragMoveEvent(place.toPoint(), move, data, LEFT, bare),
        QDropEvent(place, move, data, LEFT, bare),
    ):
        QApplication.sendEvent(rows.viewport(), event)
        assert event.isAccepted()


def test_rows_are_put_elsewhere_by_dragging(window: MainWindow, qtbot: Any, study: Path) -> None:
    view = opened_queue(window)
    names = ["a.mrc", "b.mrc", "c.mrc"]
    paused_with(view, qtbot, *(study / name for name in names))
    click_row(qtbot, view, 2)
    drag_rows(view, 0, 0.2)
    qtbot.waitUntil(lambda: column(view, NAME) == ["c.mrc", "a.mrc", "b.mrc"], timeout=PATIENCE_MS)
    assert [Path(key).name for key in view.list.selected()] == ["c"]
    click_row(qtbot, view, 1, Qt.KeyboardModifier.ControlModifier)
    drag_rows(view, 2, 0.9)
    qtbot.waitUntil(lambda: column(view, NAME) == ["b.mrc", "c.mrc", "a.mrc"], timeout=PATIENCE_MS)
    kept = [Path(t.job.tomogram).name for t in window.parts.queue.runner.queue.tomograms]
    assert kept == ["b.mrc", "c.mrc", "a.mrc"]


def test_a_pause_in_the_middle_lets_the_one_at_work_end(window: MainWindow, qtbot: Any, study: Path) -> None:
    view = opened_queue(window)
    drop(view, study / "a.mrc", study / "c.mrc")
    qtbot.waitUntil(lambda: any(t.startswith("running: ") for t in column(view, STATE)), timeout=PATIENCE_MS)
    qtbot.mouseClick(view.pause, LEFT)
    qtbot.waitUntil(lambda: stages(window) == [Stage.TO_REVIEW, Stage.WAITING], timeout=PATIENCE_MS)
    qtbot.waitUntil(
        lambda: view.words.text() == "1 waiting, 1 to review. Paused: no further one begins.",
        timeout=PATIENCE_MS,
    )
    qtbot.mouseClick(view.pause, LEFT)
    qtbot.waitUntil(lambda: stages(window) == [Stage.TO_REVIEW] * 2, timeout=PATIENCE_MS)


def test_a_queue_that_runs_elsewhere_is_watched_by_its_folder(
    make_window: Callable[..., MainWindow], qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One is done, one is at work, one has failed, one waits; later all are done, by other hands."""
    results = tmp_path / "far"
    balls = [(50.0, 100.0, 100.0, 20.0), (50.0, 100.0, 200.0, 20.0)]
    done = save_project(results, make_project(balls, "b1", outliers=1))
    rows = [
        TomogramSummary(f"D:\\data\\{name}.mrc", state, f"D:\\far\\{name}", error, condition="control")
        for name, state, error in (("b1", State.DONE, ""), ("b2", State.WAITING, ""),
                                   ("b3", State.FAILED, "It is cut short."), ("b4", State.WAITING, ""))
    ]  # fmt: skip
    write_summary(results / "summary.csv", rows)
    claim_path(results / "b2").write_text("{}")
    first = make_window(opengl=False)
    view = opened_queue(first)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(results))
    qtbot.mouseClick(view.watch, LEFT)
    states = ["to review", "running", "failed: It is cut short.", "waiting"]
    qtbot.waitUntil(lambda: column(view, STATE) == states, timeout=PATIENCE_MS)
    assert column(view, NAME) == ["b1.mrc", "b2.mrc", "b3.mrc", "b4.mrc"]
    assert [column(view, n)[0] for n in (VESICLES, DOUBTFUL, CHECKED)] == ["2", "33 %", "0 of 3"]
    photograph(view, "queue_watched.png")
    assert view.next.isEnabled()
    first.parts.queue.close()

    # after a restart it is still watched, and what other hands checked counts as reviewed
    claim_path(results / "b2").unlink()
    save_project(results, make_project(balls, "b1", reviewed=2))
    save_project(results, make_project(balls, "b2"))
    second = make_window(opengl=False)
    second.parts.queue.resume()
    view = opened_queue(second)
    states = ["reviewed", "to review", "failed: It is cut short.", "waiting"]
    qtbot.waitUntil(lambda: column(view, STATE) == states, timeout=PATIENCE_MS)
    click_row(qtbot, view, 1)
    qtbot.mouseClick(view.mark, LEFT)
    qtbot.waitUntil(lambda: column(view, STATE)[1] == "reviewed", timeout=PATIENCE_MS)
    assert not view.next.isEnabled()
    qtbot.mouseClick(view.remove, LEFT)
    qtbot.waitUntil(lambda: column(view, NAME) == [], timeout=PATIENCE_MS)
    assert second.parts.queue.runner.queue.watched == ()
    assert done.is_file()


def test_a_watched_folder_that_goes_is_said(
    window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened_queue(window)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "gone"))
    qtbot.mouseClick(view.watch, LEFT)
    qtbot.waitUntil(lambda: "gone is not there" in view.words.text(), timeout=PATIENCE_MS)
