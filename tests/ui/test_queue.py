"""The queue beside all other work."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.project_file import read_project
from cryoves_app.ui.panels.queue.view import CONDITION, STATE, QueueView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.batch.kept_queue import Stage
from cryoves_app.workflow.batch.summary import read_summary
from cryoves_app.workflow.project.actions.review import accept
from tests.phantoms import phantom

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
    assert "b.mrc" in column(view, STATE)[1]
    assert column(view, CONDITION) == ["control"] * 3
    assert view.words.text() == "2 to review, 1 failed."
    assert column(view, STATE)[0] == "to review: 3 accepted, 0 doubtful"
    assert column(view, STATE)[1].startswith("failed: b.mrc ")
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
    qtbot.mouseClick(view.add_files, LEFT)
    qtbot.waitUntil(lambda: column(view, STATE) == ["waiting"] * 2, timeout=PATIENCE_MS)
    assert view.words.text() == "2 waiting. Paused: no further one begins."
    click_row(qtbot, view, 1)
    qtbot.mouseClick(view.up, LEFT)
    qtbot.waitUntil(lambda: column(view, 0) == ["c.mrc", "a.mrc"], timeout=PATIENCE_MS)
    assert [Path(key).name for key in view.selected()] == ["c"]
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
