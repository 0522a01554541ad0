"""The path at the left: what each step lacks, and the line that explains it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import PATIENCE_MS, give_vesicles, open_file
from .region_helpers import draw, draw_square


def test_a_step_says_what_it_lacks_and_leads_there(open_window: MainWindow, qtbot: Any) -> None:
    steps = open_window.parts.steps
    note = steps.sections["Export"].note
    assert "needs vesicles" in note.text()
    steps.open_step("Export")
    note.linkActivated.emit("Segment")
    assert steps.current == "Segment"
    give_vesicles(open_window, qtbot)
    assert "needs vesicles" not in note.text()


def test_the_explanation_is_put_away_for_good(
    open_window: MainWindow, make_window: Callable[..., MainWindow], qtbot: Any
) -> None:
    section = open_window.parts.steps.sections["Segment"]
    assert section.hint.isVisible()
    qtbot.mouseClick(section.hint_close, Qt.MouseButton.LeftButton)
    assert not section.hint.isVisible()
    open_window.parts.steps.open_step("Review")
    open_window.parts.steps.open_step("Segment")
    assert not section.hint.isVisible()
    again = make_window(opengl=False).parts.steps.sections
    assert not again["Segment"].hint_text.text()
    assert again["Review"].hint_text.text()


def test_no_step_is_wider_than_its_place(open_window: MainWindow, qtbot: Any) -> None:
    steps = open_window.parts.steps
    for title in steps.sections:
        steps.open_step(title)
        QApplication.processEvents()  # the step is laid out
        content = steps.widget()
        assert content is not None
        assert content.width() <= steps.viewport().width(), title


def noise(folder: Path, name: str, voxel_size_nm: float) -> Path:
    """A tomogram in which there is nothing."""
    data = np.random.default_rng(0).normal(size=(60, 120, 120)).astype(np.float32)
    write_map(folder / name, data, VolumeInfo(data.shape, data.dtype, voxel_size_nm))
    return folder / name


def test_the_line_under_open_asks_about_the_circle_only_where_there_is_one(
    window: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    hint = window.parts.steps.sections["Open"].hint_text
    open_file(window, qtbot, noise(tmp_path, "nameless.mrc", 0.1))
    assert "Does the yellow circle fit" not in hint.text()
    assert "Type it in" in hint.text()
    open_file(window, qtbot, noise(tmp_path, "named.mrc", 2.2))
    assert "Does the yellow circle fit" in hint.text()


def test_box_and_region_of_one_tomogram_are_not_those_of_the_next(
    drawing: MainWindow, qtbot: Any, tmp_path: Path
) -> None:
    draw(drawing, qtbot, RegionKind.CYTOPLASM)
    draw_square(drawing, qtbot, 40)
    drawing.parts.steps.open_step("Segment")
    view, run = drawing.parts.segment.view, drawing.parts.run
    for box in (view.box_on, view.inside_only):
        qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(10, box.height() // 2))
    assert run.box is not None
    assert run.order().job.regions
    open_file(drawing, qtbot, noise(tmp_path, "next.mrc", 2.2))
    assert run.box is None
    assert not view.inside_only.isChecked()
    assert not run.choices.inside_only


def test_measure_and_export_get_their_ticks(open_window: MainWindow, qtbot: Any, tmp_path: Path) -> None:
    give_vesicles(open_window, qtbot)
    parts = open_window.parts
    done: list[str] = []
    parts.export.written.connect(lambda: done.append("Export"))
    parts.export.view.folder.setText(str(tmp_path / "out"))
    parts.steps.open_step("Export")
    assert not parts.step_states.is_done("Export")
    qtbot.mouseClick(parts.export.view.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(done), timeout=PATIENCE_MS)
    assert parts.step_states.is_done("Export")
    assert not parts.step_states.is_done("Measure")
    open_window.show_tab(parts.plots.view)
    assert parts.step_states.is_done("Measure")
    open_file(open_window, qtbot, noise(tmp_path, "next.mrc", 2.2))
    assert not parts.step_states.is_done("Export")
