"""Other volumes on the tomogram's grid: raw beside denoised."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane

from .helpers import PATIENCE_MS, give_vesicles, press


@pytest.fixture
def raw_and_denoised(sample: Path, tmp_path: Path) -> tuple[Path, Path]:
    raw = Path(shutil.copy(sample, tmp_path / "raw.mrc"))
    volume = open_volume(raw)
    denoised = tmp_path / "denoised.mrc"
    write_map(denoised, 3 * np.asarray(volume.data, dtype=np.float32), volume.info)
    return raw, denoised


def add(window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a: (str(path), ""))
    window.parts.steps.open_step("Open")
    qtbot.mouseClick(window.parts.companions.view.add, Qt.MouseButton.LeftButton)


def open_file(window: MainWindow, qtbot: Any, path: Path) -> None:
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([path])
    qtbot.waitUntil(lambda: window.parts.projects.session is not None, timeout=PATIENCE_MS)


def shown_slice(window: MainWindow, qtbot: Any) -> Any:
    qtbot.waitUntil(lambda: window.parts.views.idle, timeout=PATIENCE_MS)
    return window.parts.views.slices[Plane.XY].image


def test_a_key_shows_the_other_volume_at_the_same_place_in_its_own_contrast(
    window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, raw_and_denoised: tuple[Path, Path]
) -> None:
    raw, denoised = raw_and_denoised
    open_file(window, qtbot, raw)
    first, levels = shown_slice(window, qtbot).copy(), window.workspace.state.settings.levels
    add(window, qtbot, monkeypatch, denoised)
    qtbot.waitUntil(lambda: window.parts.volumes.shown == 1, timeout=PATIENCE_MS)
    window.workspace.document.move_cursor((47.0, 100.0, 90.0))
    np.testing.assert_allclose(shown_slice(window, qtbot), 3 * first)
    assert window.workspace.state.settings.levels == pytest.approx([3 * level for level in levels], rel=0.05)
    press(qtbot, window, Qt.Key.Key_W)
    np.testing.assert_allclose(shown_slice(window, qtbot), first)
    assert window.workspace.state.settings.levels == levels
    assert window.workspace.document.cursor == (47.0, 100.0, 90.0)


def test_network_and_fit_can_read_different_volumes_and_the_project_knows_them(
    window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, raw_and_denoised: tuple[Path, Path]
) -> None:
    raw, denoised = raw_and_denoised
    open_file(window, qtbot, raw)
    give_vesicles(window, qtbot)
    segment, run = window.parts.segment, window.parts.run
    assert (run.order().job.tomogram, run.order().job.fit_volume) == (str(raw), None)
    add(window, qtbot, monkeypatch, denoised)
    qtbot.waitUntil(lambda: segment.view.network_reads.count() == 2, timeout=PATIENCE_MS)
    segment.view.network_reads.setCurrentIndex(1)
    assert (run.order().job.tomogram, run.order().job.fit_volume) == (str(denoised), str(raw))
    window.workspace.commands.run("file.save")
    window.parts.projects.close()
    window.workspace.document.set_volume(None)
    open_file(window, qtbot, raw.with_suffix(".cryoves"))
    qtbot.waitUntil(lambda: window.parts.volumes.names == ["raw.mrc", "denoised.mrc"], timeout=PATIENCE_MS)


def test_a_volume_of_another_grid_is_refused_with_a_sentence(
    window: MainWindow,
    qtbot: Any,
    monkeypatch: pytest.MonkeyPatch,
    raw_and_denoised: tuple[Path, Path],
    tmp_path: Path,
) -> None:
    raw, _ = raw_and_denoised
    open_file(window, qtbot, raw)
    volume = open_volume(raw)
    other = tmp_path / "other.mrc"
    write_map(other, np.asarray(volume.data[:60], dtype=np.float32), volume.info)
    add(window, qtbot, monkeypatch, other)
    qtbot.waitUntil(lambda: bool(window.notices.sentences()), timeout=PATIENCE_MS)
    assert "another shape" in window.notices.sentences()[0]
    assert window.parts.volumes.names == ["raw.mrc"]
