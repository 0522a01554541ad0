"""Points on vesicles from the window: counted before, written, replaced after asking, cancelled, refused."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import starfile
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox

from cryoves_app.domain.in_plane import InPlane
from cryoves_app.formats.mrc import open_mrc
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.ui.panels.points.choices import PointChoice
from cryoves_app.ui.panels.points.view import PointsView
from cryoves_app.ui.shell.main_window import MainWindow
from tests.cli.program import run

from .helpers import PATIENCE_MS, give_vesicles, press
from .test_exporting import answer

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def points(open_window: MainWindow, qtbot: Any, tmp_path: Path) -> PointsView:
    """Eight accepted vesicles, and the dialog opened from the Export step."""
    give_vesicles(open_window, qtbot)
    open_window.parts.steps.open_step("Export")
    button = open_window.parts.export.view.points
    qtbot.waitUntil(lambda: button.height() > 0 and button.isEnabled(), timeout=PATIENCE_MS)
    qtbot.mouseClick(button, LEFT)
    view = open_window.parts.points.view
    assert view is not None
    view.activateWindow()
    assert view.folder.text() == str(Path.home() / "sample_points")
    view.folder.setText(str(tmp_path / "out"))
    counted(view, qtbot)
    return view


def counted(view: PointsView, qtbot: Any) -> str:
    qtbot.waitUntil(lambda: view.count.text() not in ("", "Counting…"), timeout=PATIENCE_MS)
    return view.count.text()


def tick(box: QCheckBox, qtbot: Any) -> None:
    qtbot.mouseClick(box, LEFT, pos=QPoint(8, box.height() // 2))


def choose(box: QComboBox, title: str, qtbot: Any) -> None:
    """With the keys, from the first entry on."""
    box.setFocus()
    press(qtbot, box, Qt.Key.Key_Home)
    while box.currentText() != title:
        press(qtbot, box, Qt.Key.Key_Down)


def type_number(field: QAbstractSpinBox, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def write(view: PointsView, qtbot: Any) -> str:
    qtbot.waitUntil(view.write.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(view.write, LEFT)
    qtbot.waitUntil(lambda: not view.progress.isVisible() and view.outcome.text() != "", timeout=PATIENCE_MS)
    return view.outcome.text()


def photograph(view: PointsView, name: str) -> None:
    """Into the folder that whoever wants to look at it names."""
    if folder := os.environ.get("CRYOVES_PICTURES"):
        view.grab().save(str(Path(folder) / name))


def test_points_are_counted_written_and_their_folder_opened(
    points: PointsView, open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = int(points.count.text().split()[0])
    assert "points on 8 vesicles." in points.count.text()
    photograph(points, "points_asked.png")
    type_number(points.fields.spacing, "10")
    assert counted(points, qtbot) != ""
    fields = points.fields
    for box in (*(fields.ticks[key] for key in ("dynamo", "motl", "copick")), fields.wedge):
        tick(box, qtbot)
    choose(fields.in_plane, "at random", qtbot)
    for box in (fields.crops, fields.shells):
        tick(box, qtbot)
    said = counted(points, qtbot)
    assert int(said.split()[0]) < before / 3
    assert "in the missing wedge" in said
    assert write(points, qtbot) == f"{said.split()[0]} points saved; 20 files in {tmp_path / 'out'}."
    assert points.fields.margin.height() >= points.fields.margin.sizeHint().height()
    photograph(points, "points_written.png")
    out = tmp_path / "out"
    star = starfile.read(out / "sample_points.star")
    assert len(star) == int(said.split()[0])
    assert len(json.loads((out / "sample_points.json").read_text())["points"]) == len(star)
    assert star["rlnAngleRot"].nunique() > 10
    ids = {v.id for v in open_window.workspace.document.vesicles.accepted}
    assert {int(p.stem.split("_")[1]) for p in (out / "crops").iterdir()} == ids
    assert {open_mrc(p).data[:].max() for p in (out / "shells").iterdir()} == {1.0}
    shown: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", shown.append)
    qtbot.mouseClick(points.open_folder, LEFT)
    assert [url.toLocalFile() for url in shown] == [str(out)]
    points.close()


def test_the_window_writes_what_the_command_line_writes(
    points: PointsView, open_window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    session = open_window.parts.projects.session
    assert session is not None
    ProjectFile.create(tmp_path / "sample.cryoves", session.project).close()
    write(points, qtbot)
    done = run("points", tmp_path / "sample.cryoves", "-o", tmp_path / "cli", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["sentence"] == points.count.text()
    ours, theirs = ((tmp_path / f / "sample_points.star").read_text() for f in ("out", "cli"))
    assert ours == theirs
    points.close()


def test_files_that_exist_are_replaced_only_after_asking(
    points: PointsView, qtbot: Any, tmp_path: Path
) -> None:
    write(points, qtbot)
    star = tmp_path / "out" / "sample_points.star"
    star.write_text("mine")
    told: list[str] = []
    answer(qtbot, "Cancel", told)
    qtbot.mouseClick(points.write, LEFT)
    assert "sample_points.star already" in told[0]
    assert star.read_text() == "mine"
    answer(qtbot, "Replace")
    write(points, qtbot)
    qtbot.waitUntil(lambda: star.read_text() != "mine", timeout=PATIENCE_MS)
    qtbot.waitUntil(points.open_folder.isVisible, timeout=PATIENCE_MS)
    points.close()


def test_what_cannot_be_written_is_said_before(
    points: PointsView, open_window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    tick(points.fields.ticks["star"], qtbot)
    assert counted(points, qtbot) == "Tick at least one file of points."
    assert not points.write.isEnabled()
    tick(points.fields.ticks["star"], qtbot)
    type_number(points.fields.offset, "-100")
    qtbot.waitUntil(lambda: "beyond the centre of 8 vesicles" in points.count.text(), timeout=PATIENCE_MS)
    assert points.count.text().startswith("0 points on 8 vesicles.")
    assert not points.write.isEnabled()
    type_number(points.fields.offset, "900")
    type_number(points.fields.spacing, "0.1")
    qtbot.waitUntil(lambda: "Choose a larger spacing" in points.count.text(), timeout=PATIENCE_MS)
    type_number(points.fields.offset, "0")
    type_number(points.fields.spacing, "8")
    qtbot.waitUntil(points.write.isEnabled, timeout=PATIENCE_MS)
    points.folder.clear()
    assert write(points, qtbot) == "Say into which folder the points go."
    (tmp_path / "taken").write_text("a file")
    QTest.keyClicks(points.folder, str(tmp_path / "taken"))
    assert str(tmp_path / "taken") in write(points, qtbot)
    assert not points.open_folder.isVisible()
    assert (tmp_path / "taken").read_text() == "a file"
    open_window.workspace.document.select([v.id for v in open_window.workspace.document.vesicles])
    open_window.parts.editor.reject()
    qtbot.waitUntil(lambda: "holds no accepted vesicle" in points.count.text(), timeout=PATIENCE_MS)
    points.close()


def test_writing_can_be_cancelled_and_leaves_nothing(points: PointsView, qtbot: Any, tmp_path: Path) -> None:
    tick(points.fields.crops, qtbot)
    type_number(points.fields.spacing, "0.2")
    qtbot.waitUntil(points.write.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(points.write, LEFT)
    assert points.progress.isVisible()
    assert not points.fields.isEnabled()
    qtbot.mouseClick(points.cancel, LEFT)
    qtbot.waitUntil(lambda: not points.progress.isVisible(), timeout=PATIENCE_MS)
    assert points.outcome.text() == "Cancelled; nothing was written."
    assert not (tmp_path / "out").exists()
    assert points.write.isVisible()
    points.close()


def test_closing_the_dialog_gives_up_what_is_being_written(
    points: PointsView, open_window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    type_number(points.fields.spacing, "0.2")
    qtbot.waitUntil(points.write.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(points.write, LEFT)
    press(qtbot, points, Qt.Key.Key_Escape)
    assert not points.isVisible()
    qtbot.waitUntil(lambda: not open_window.parts.points.work.running, timeout=PATIENCE_MS)
    assert not (tmp_path / "out").exists()
    open_window.workspace.commands.action("file.points").trigger()
    assert points.isVisible()
    counted(points, qtbot)
    points.close()


def test_choices_are_taken_as_they_stand(points: PointsView, qtbot: Any) -> None:
    fields = points.fields
    assert fields.choice == PointChoice(("star",), 5.0, 0.0, 5.0, 90.0, InPlane.ZERO, 0, 5, 1.0, None, None)
    assert not fields.relion_binning.isVisible()
    fields.relion.setFocus()
    press(qtbot, fields.relion, Qt.Key.Key_Down)
    assert fields.relion_binning.isVisible()
    type_number(fields.relion_binning, "4")
    choose(fields.in_plane, "at random", qtbot)
    for box in (fields.wedge, fields.crops, fields.shells):
        tick(box, qtbot)
    for field, text in (
        (fields.contacts, "3"), (fields.offset, "-2.5"), (fields.tilt, "50"), (fields.seed, "7"), (fields.margin, "12"),
        (fields.thickness, "6"),
    ):  # fmt: skip
        type_number(field, text)
    expected = PointChoice(("star",), 5.0, -2.5, 3.0, 50.0, InPlane.RANDOM, 7, 4, 4.0, 12.0, 6.0)
    assert fields.choice == expected
    counted(points, qtbot)
    points.close()


def test_points_look_to_the_nearest_vesicle_and_not_to_an_active_zone_that_there_is_not(
    points: PointsView, qtbot: Any, tmp_path: Path
) -> None:
    assert not points.fields.seed.isVisible()
    choose(points.fields.in_plane, "towards the active zone", qtbot)
    assert "the project has none" in counted(points, qtbot)
    assert not points.write.isEnabled()
    choose(points.fields.in_plane, "towards the nearest vesicle", qtbot)
    qtbot.waitUntil(points.write.isEnabled, timeout=PATIENCE_MS)
    photograph(points, "points_in_plane.png")
    assert "points saved" in write(points, qtbot)
    assert starfile.read(tmp_path / "out" / "sample_points.star")["rlnAngleRot"].nunique() > 10
    points.close()
