"""Regions that come from files, go to files and outlive a crash."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.formats.imod.reader import read_model
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.importing.regions import write_regions

from .helpers import PATIENCE_MS, accept_recovery, press
from .region_helpers import draw, draw_square, regions, ring

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def test_a_model_comes_in_part_by_part_and_goes_out_again(
    drawing: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    files = drawing.parts.regions.files
    volume = drawing.workspace.document.volume
    assert volume is not None
    cell = Region("bouton", RegionKind.CYTOPLASM, tuple(ring(z) for z in (30.0, 40.0, 50.0)))
    zone = Region("line", RegionKind.ACTIVE_ZONE, (replace(ring(40.0), closed=False),))
    write_regions(tmp_path / "theirs.mod", [cell, zone], volume.info)
    files.import_files([tmp_path / "theirs.mod"])
    qtbot.waitUntil(lambda: files.dialog is not None and files.dialog.isVisible(), timeout=PATIENCE_MS)
    dialog = files.dialog
    assert dialog is not None
    assert [box.currentText() for box in dialog.roles] == ["cytoplasm (outline)", "active zone"]
    assert dialog.table.item(0, 2).text() == "3 contours, 12 points"
    qtbot.keyClick(dialog.roles[1], Qt.Key.Key_E)  # exclude
    assert dialog.roles[1].currentText() == "exclude"
    qtbot.mouseClick(dialog.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(regions(drawing)) == 2, timeout=PATIENCE_MS)
    assert [(r.name, r.kind, r.interpolate) for r in regions(drawing)] == [
        ("bouton", RegionKind.CYTOPLASM, True),
        ("line", RegionKind.EXCLUDE, False),
    ]
    assert len(drawing.parts.projects.session.steps) == 1  # type: ignore[union-attr]
    files.export(tmp_path / "ours.mod")
    qtbot.waitUntil(lambda: any("read back" in s for s in drawing.notices.sentences()), timeout=PATIENCE_MS)
    back = read_model(tmp_path / "ours.mod")
    assert [(o.name, len(o.contours)) for o in back.objects] == [("bouton", 3), ("line", 1)]


def test_files_that_hold_nothing_are_a_sentence(drawing: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    (tmp_path / "notes.mod").write_text("no model")
    drawing.parts.regions.files.import_files([tmp_path / "notes.mod"])
    qtbot.waitUntil(lambda: any("notes.mod" in s for s in drawing.notices.sentences()), timeout=PATIENCE_MS)
    assert drawing.parts.regions.files.dialog is None


def test_regions_survive_a_crash_with_their_history(
    make_window: Callable[..., MainWindow], qtbot: Any, sample: Path, tmp_path: Path
) -> None:
    tomogram = Path(shutil.copy(sample, tmp_path / "synapse.mrc"))
    first = make_window(opengl=False)
    with qtbot.waitSignal(first.parts.opener.opened, timeout=PATIENCE_MS):
        first.parts.opener.open([tomogram])
    qtbot.waitUntil(lambda: first.parts.projects.session is not None, timeout=PATIENCE_MS)
    first.parts.steps.open_step("Region")
    draw(first, qtbot, RegionKind.CYTOPLASM)
    draw_square(first, qtbot, 30)
    draw_square(first, qtbot, 40)
    drawn = regions(first)
    session = first.parts.projects.session
    assert session is not None
    session.close()  # what a crash leaves: a working copy that nobody holds
    first.parts.projects.session = None
    second = make_window(opengl=False)
    accept_recovery(second, qtbot)
    assert regions(second) == drawn
    assert second.parts.region_panel.view.list.count() == 1
    press(qtbot, second, Qt.Key.Key_Z, CTRL)
    assert regions(second)[0].drawn_slices == [30]
