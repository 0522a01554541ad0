"""Training in the window: what would be learned, some epochs, stop early, cancel, going on."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFileDialog, QTreeWidget

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.network.model_store import load_model, models_folder
from cryoves_app.ui.panels.training.view import TrainingView
from cryoves_app.ui.shell.main_window import MainWindow
from tests.needs import needs_training
from tests.phantoms import phantom

from .helpers import PATIENCE_MS, click_when_shown

LEFT = Qt.MouseButton.LeftButton
BALLS = [(52.0, 40.0, 44.0, 20.0), (55.0, 98.0, 50.0, 22.0), (50.0, 60.0, 102.0, 21.0)]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """Two tiny tomograms with their vesicles beside them."""
    folder = tmp_path / "set"
    folder.mkdir()
    for seed, name in ((1, "a"), (2, "b")):
        grey = phantom(BALLS, (48, 64, 64), seed=seed).grey.astype("float32")
        write_map(folder / f"{name}.mrc", grey, VolumeInfo(grey.shape, grey.dtype, 2.2))
        write_vesicles(
            folder / f"{name}_truth.csv", [Vesicle(n, *ball) for n, ball in enumerate(BALLS, 1)], 2.2
        )
    return folder


def opened(window: MainWindow) -> TrainingView:
    window.workspace.commands.action("run.train").trigger()
    view = window.parts.training.view
    assert view is not None
    return view


def add(view: TrainingView, qtbot: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(folder))
    qtbot.mouseClick(view.add_folder, LEFT)
    qtbot.waitUntil(lambda: view.card.topLevelItemCount() > 0, timeout=PATIENCE_MS)


def cells(table: QTreeWidget, column: int) -> list[str]:
    items = [table.topLevelItem(n) for n in range(table.topLevelItemCount())]
    return [item.text(column) for item in items if item is not None]


def photograph(view: TrainingView, name: str) -> None:
    if folder := os.environ.get("CRYOVES_PICTURES"):
        view.grab().save(str(Path(folder) / name))


def test_it_is_said_what_would_be_learned(
    window: MainWindow, qtbot: Any, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(window)
    assert not view.train.isEnabled()
    assert view.card.isHeaderHidden()  # no columns yet
    add(view, qtbot, dataset, monkeypatch)
    assert not view.card.isHeaderHidden()
    assert cells(view.card, 0) == ["a.mrc", "b.mrc"]
    assert cells(view.card, 2) == ["learned", "held out"]
    assert "3 vesicles of 1 tomogram will be learned" in view.sentence.text()
    assert "6 simulated tomograms mixed in (86 %)" in view.sentence.text()
    assert view.train.isEnabled()
    qtbot.mouseClick(view.mix, LEFT, pos=QPoint(10, view.mix.height() // 2))
    qtbot.waitUntil(lambda: "simulated" not in view.sentence.text(), timeout=PATIENCE_MS)
    photograph(view, "training_card.png")
    qtbot.mouseClick(view.clear, LEFT)
    assert not view.train.isEnabled()


def test_what_does_not_fit_together_stands_in_its_row(
    window: MainWindow, qtbot: Any, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.zeros((48, 64, 60), np.uint16)
    labels[20:30, 20:30, 20:30] = 1
    write_mrc_labels(dataset / "a_labels.mrc", labels, VolumeInfo(labels.shape, labels.dtype, 2.2))
    view = opened(window)
    add(view, qtbot, dataset, monkeypatch)
    assert cells(view.card, 8)[0] == "shapes differ: 48 × 64 × 60 and 48 × 64 × 64"
    assert "1 tomogram cannot be used" in view.sentence.text()
    assert not view.train.isEnabled()


def test_a_structure_of_label_volumes_is_learned(
    window: MainWindow, qtbot: Any, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        labels = np.zeros((48, 64, 64), np.uint16)
        labels[10:20] = 3
        write_mrc_labels(dataset / f"{name}_wall.mrc", labels, VolumeInfo(labels.shape, labels.dtype, 2.2))
    view = opened(window)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(dataset))
    qtbot.keyClick(view.kind, Qt.Key.Key_Down)
    assert view.named.isVisible()
    assert view.mix.isHidden()
    qtbot.mouseClick(view.add_folder, LEFT)
    qtbot.waitUntil(lambda: "NAME_regions.mrc" in view.sentence.text(), timeout=PATIENCE_MS)
    assert not view.train.isEnabled()
    view.named.lineEdit().selectAll()
    qtbot.keyClicks(view.named.lineEdit(), "wall")
    qtbot.waitUntil(lambda: view.card.topLevelItemCount() == 2, timeout=PATIENCE_MS)
    assert cells(view.card, 4) == ["3", "3"]
    assert cells(view.card, 7)[0].startswith("label 1 is not there")
    assert not view.train.isEnabled()
    view.label.lineEdit().selectAll()
    qtbot.keyClicks(view.label.lineEdit(), "3")
    qtbot.waitUntil(view.train.isEnabled, timeout=PATIENCE_MS)
    assert cells(view.card, 3) == ["21 %", "21 %"]
    assert view.sentence.text().startswith("The voxels of label 3 of NAME_wall.mrc will be learned")
    photograph(view, "training_structure.png")


@needs_training
def test_a_model_of_a_structure_is_trained_in_the_window(
    window: MainWindow, qtbot: Any, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        labels = np.zeros((48, 64, 64), np.uint16)
        labels[10:20] = 1
        write_mrc_labels(dataset / f"{name}_wall.mrc", labels, VolumeInfo(labels.shape, labels.dtype, 2.2))
    view = opened(window)
    qtbot.keyClick(view.kind, Qt.Key.Key_Down)
    view.named.setCurrentText("wall")
    add(view, qtbot, dataset, monkeypatch)
    begin(view, qtbot, "wall")
    wait(qtbot, lambda: len(view.course.curves.rows) >= 1)
    assert "patches are 16 thick instead of 24" in view.course.notes.text()
    assert view.course.notes.isVisible()
    qtbot.mouseClick(view.course.stop, LEFT)
    wait(qtbot, lambda: not window.parts.training.running)
    qtbot.waitUntil(lambda: "wall" in window.parts.run.models, timeout=PATIENCE_MS)
    model = load_model("wall")
    assert model.finds_regions
    assert model.card["target"] == "voxels of label 1 of NAME_wall.mrc"
    assert "wall" not in window.parts.run.vesicle_models
    assert window.workspace.commands.action("run.find_outlines") is not None


def test_an_empty_folder_is_answered_with_a_sentence(
    window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(window)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_a: str(tmp_path))
    qtbot.mouseClick(view.add_folder, LEFT)
    qtbot.waitUntil(lambda: "is empty" in view.sentence.text(), timeout=PATIENCE_MS)
    assert not view.train.isEnabled()


def begin(view: TrainingView, qtbot: Any, name: str) -> None:
    """A training of a new network that would go on for long."""
    view.mix.setChecked(False)
    view.start.setCurrentIndex(0)
    view.epochs.setValue(500)
    view.patches.setValue(8)
    view.name.setText(name)
    qtbot.waitUntil(view.train.isEnabled, timeout=PATIENCE_MS)
    qtbot.mouseClick(view.train, LEFT)


def wait(qtbot: Any, until: Callable[[], bool]) -> None:
    qtbot.waitUntil(until, timeout=3 * PATIENCE_MS)


def go_on(view: TrainingView, qtbot: Any) -> None:
    """As soon as it is offered; the button has a size by then."""
    click_when_shown(qtbot, view.stopped.resume)


@needs_training
def test_a_training_is_cancelled_gone_on_with_and_stopped_early(
    window: MainWindow, qtbot: Any, dataset: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = opened(window)
    add(view, qtbot, dataset, monkeypatch)
    begin(view, qtbot, "lab")
    wait(qtbot, lambda: len(view.course.curves.rows) >= 1)
    assert not view.train.isEnabled()
    qtbot.mouseClick(view.course.cancel, LEFT)
    wait(qtbot, lambda: not window.parts.training.running)
    assert "Cancelled" in view.course.message.text()
    qtbot.waitUntil(view.stopped.resume.isVisible, timeout=PATIENCE_MS)
    assert view.stopped.label.text() == "“lab” was stopped before it was finished."
    assert not (models_folder() / "lab").exists()

    view.close()
    assert opened(window) is view
    go_on(view, qtbot)
    wait(qtbot, lambda: len(view.course.curves.rows) >= 1)
    pid = window.parts.training.bridge.worker.pid
    assert pid is not None
    os.kill(pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    wait(qtbot, lambda: not window.parts.training.running)
    assert "was killed" in view.course.message.text() or sys.platform == "win32"

    go_on(view, qtbot)
    wait(qtbot, lambda: len(view.course.curves.rows) >= 1 and view.course.glimpse.isVisible())
    assert view.course.curves.rows[0]["epoch"] > 1  # those before are not done again
    assert "validation_f1" in view.course.curves.rows[0]
    wait(qtbot, lambda: len(view.course.curves.rows) >= 2)
    photograph(view, "training_course.png")
    qtbot.mouseClick(view.course.stop, LEFT)
    wait(qtbot, lambda: not window.parts.training.running)
    assert "The model “lab” is ready" in view.course.message.text()
    qtbot.waitUntil(lambda: not window.parts.training.stopped.found, timeout=PATIENCE_MS)
    assert view.stopped.isHidden()
    training = load_model("lab").card["training"]
    assert training["tomograms"] == ["a.mrc"]
    assert training["held_out"] == ["b.mrc"]
    assert training["epochs"] < 500
    qtbot.waitUntil(lambda: "lab" in window.parts.run.models, timeout=PATIENCE_MS)
