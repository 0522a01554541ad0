"""The window of the models: card, default, export, import, delete, trial."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QTreeWidgetItem

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.network.model_store import CARD, load_model, models_folder
from cryoves_app.ui.panels.models.view import ModelsView
from cryoves_app.ui.panels.trial.view import TrialView
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.common.model_admin import set_standard_model, standard_model

from .helpers import PATIENCE_MS

LEFT = Qt.MouseButton.LeftButton


def add_model(name: str) -> None:
    models_folder().mkdir(parents=True, exist_ok=True)
    shutil.copytree(resource_path("models") / "default", models_folder() / name)


def opened(window: MainWindow) -> ModelsView:
    window.workspace.commands.action("run.models").trigger()
    view = window.parts.models.view
    assert view is not None
    return view


def select(view: ModelsView, qtbot: Any, name: str) -> None:
    items = [view.list.topLevelItem(n) for n in range(view.list.topLevelItemCount())]
    (item,) = [i for i in items if i is not None and i.data(0, Qt.ItemDataRole.UserRole) == name]
    qtbot.mouseClick(view.list.viewport(), LEFT, pos=view.list.visualItemRect(item).center())
    assert view.current == name


def names(view: ModelsView) -> list[str]:
    items = [view.list.topLevelItem(n) for n in range(view.list.topLevelItemCount())]
    return [f"{item.text(0)}: {item.text(1)}" for item in items if item is not None]


def card(view: ModelsView) -> dict[str, str]:
    """What the card says, by the paths of its entries."""
    found: dict[str, str] = {}

    def read(item: QTreeWidgetItem, above: str) -> None:
        path = f"{above}/{item.text(0)}".strip("/")
        found[path] = item.text(1)
        for number in range(item.childCount()):
            read(item.child(number), path)

    for number in range(view.card.topLevelItemCount()):
        read(view.card.topLevelItem(number), "")
    return found


def test_a_model_is_looked_at_and_becomes_the_default(window: MainWindow, qtbot: Any) -> None:
    add_model("mine")
    view = opened(window)
    assert names(view) == ["default: vesicles, by default", "mine: vesicles"]
    assert not view.delete.isEnabled()  # it came with the program
    assert card(view)["Hash (SHA-256)"] == load_model("default").weights_hash
    assert card(view)["Scores/held out/f1"] == "0.709"
    if folder := os.environ.get("CRYOVES_PICTURES"):
        view.grab().save(str(Path(folder) / "models.png"))
    select(view, qtbot, "mine")
    qtbot.mouseClick(view.standard, LEFT)
    qtbot.waitUntil(
        lambda: names(view) == ["default: vesicles", "mine: vesicles, by default"], timeout=PATIENCE_MS
    )
    assert standard_model() == "mine"
    assert not view.standard.isEnabled()
    qtbot.mouseClick(view.use, LEFT)
    assert window.parts.segment.view.model.currentData() == "mine"


def test_a_model_is_shared_deleted_and_brought_back(
    window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_model("mine")
    view = opened(window)
    select(view, qtbot, "mine")
    shared = tmp_path / "shared"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(shared), ""))
    qtbot.mouseClick(view.write, LEFT)
    qtbot.waitUntil(lambda: (shared / CARD).is_file(), timeout=PATIENCE_MS)
    asked = []
    for answer in (QMessageBox.StandardButton.No, QMessageBox.StandardButton.Yes):
        monkeypatch.setattr(QMessageBox, "question", lambda *a, answer=answer: asked.append(a[2]) or answer)
        qtbot.mouseClick(view.delete, LEFT)
    assert ["mine" in question for question in asked] == [True, True]
    qtbot.waitUntil(lambda: names(view) == ["default: vesicles, by default"], timeout=PATIENCE_MS)
    assert not (models_folder() / "mine").exists()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(shared / CARD), ""))
    qtbot.mouseClick(view.take, LEFT)
    qtbot.waitUntil(
        lambda: names(view) == ["default: vesicles, by default", "shared: vesicles"], timeout=PATIENCE_MS
    )
    assert load_model("shared").weights_hash == load_model("default").weights_hash


def test_models_are_tried_around_the_crosshair(open_window: MainWindow, qtbot: Any) -> None:
    view = opened(open_window)
    qtbot.mouseClick(view.trial, LEFT)
    (dialog,) = open_window.findChildren(TrialView)
    assert list(dialog.columns) == ["default"]
    assert open_window.workspace.state.settings.box_edge_px == 0  # the next run is not kept to it
    with qtbot.waitSignal(dialog.closed):
        dialog.close()


def test_without_a_tomogram_nothing_can_be_tried(window: MainWindow) -> None:
    assert not opened(window).trial.isEnabled()


def test_a_model_of_regions_is_listed_but_not_offered_for_vesicles(window: MainWindow, qtbot: Any) -> None:
    add_model("membrane")
    path = models_folder() / "membrane" / CARD
    path.write_text(
        json.dumps({**json.loads(path.read_text(encoding="utf-8")), "kind": "mask"}), encoding="utf-8"
    )
    view = opened(window)
    select(view, qtbot, "membrane")
    assert names(view) == ["default: vesicles, by default", "membrane: regions"]
    assert not view.use.isEnabled()
    assert not view.standard.isEnabled()
    assert view.delete.isEnabled()
    assert window.parts.segment.view.model.findData("membrane") == -1
    with pytest.raises(CryoVesError, match="finds regions"):
        set_standard_model("membrane")
