"""Outlines that a model finds become a region of the project."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.resources import resource_path
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import CARD, models_folder
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.quality.simulation import SimulationRequest, write_simulation

from .helpers import PATIENCE_MS


@pytest.fixture
def lumen_model() -> str:
    """The bundled network as one that marks regions: the insides of vesicles."""
    folder = models_folder() / "lumen"
    folder.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(resource_path("models") / "default", folder)
    card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    (folder / CARD).write_text(json.dumps({**card, "kind": "mask"}), encoding="utf-8")
    return folder.name


def test_outlines_are_found_and_can_be_undone(
    lumen_model: str, window: MainWindow, qtbot: Any, sample: Path, tmp_path: Path
) -> None:
    assert not window.workspace.commands.action("run.find_outlines").isEnabled()  # nothing is open
    whole = open_volume(sample)
    path = tmp_path / "piece.mrc"
    write_map(path, np.asarray(whole.data[16:80, 64:176, 64:176], dtype=np.float32), whole.info)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    document = window.workspace.document
    action = window.workspace.commands.action("run.find_outlines")
    qtbot.waitUntil(action.isEnabled, timeout=PATIENCE_MS)
    action.trigger()
    assert not action.isEnabled()  # one search at a time
    qtbot.waitUntil(lambda: bool(document.regions), timeout=PATIENCE_MS)
    (region,) = document.regions
    assert region.name == lumen_model
    assert region.kind is RegionKind.ORGANELLE
    assert region.interpolate
    assert len(region.drawn_slices) > 3
    window.workspace.commands.run("edit.undo")
    assert document.regions == ()


def test_the_button_outlines_a_terminal_with_the_bundled_model(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    request = SimulationRequest("terminal", 830_004, (48, 100, 100), 4.0, n_vesicles=40)
    files, _ = write_simulation(request, tmp_path, "t", Progress())
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([files.tomogram])
    document, view = window.workspace.document, window.parts.region_panel.view
    window.parts.projects.give_voxel_size(4.0)
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)
    window.parts.steps.open_step("Region")
    qtbot.waitUntil(
        lambda: view.find_outline.height() > 0 and view.find_outline.isEnabled(), timeout=PATIENCE_MS
    )
    qtbot.mouseClick(view.find_outline, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(document.regions), timeout=PATIENCE_MS)
    (region,) = document.regions
    assert (region.name, region.kind) == ("cytoplasm", RegionKind.CYTOPLASM)
    assert len(region.drawn_slices) > 5


def test_without_a_model_of_regions_the_command_says_what_it_needs(open_window: MainWindow) -> None:
    assert not open_window.workspace.commands.action("run.find_outlines").isEnabled()
    assert "model that was taught regions" in open_window.workspace.commands["run.find_outlines"].needs
