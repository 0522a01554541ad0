"""Figures and movies of slices, asked for in the window."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog

from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import PATIENCE_MS, give_vesicles


def run(window: MainWindow, qtbot: Any, monkeypatch: pytest.MonkeyPatch, command: str, path: Path) -> None:
    """Run a command, give a place in its dialog, and wait until it is told to be saved."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(path), ""))
    window.workspace.commands.action(command).trigger()
    told = f"{path.name} was saved in"
    qtbot.waitUntil(lambda: any(told in s for s in window.notices.sentences()), timeout=PATIENCE_MS)


def test_the_slice_is_saved_as_a_picture_and_a_drawing(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vesicle = give_vesicles(open_window, qtbot)[0]
    open_window.workspace.document.fly_to(vesicle.id)
    run(open_window, qtbot, monkeypatch, "file.figure", tmp_path / "with.png")
    open_window.workspace.commands.run("view.vesicles")
    run(open_window, qtbot, monkeypatch, "file.figure", tmp_path / "bare.png")
    with_them, bare = (QImage(str(tmp_path / f"{name}.png")) for name in ("with", "bare"))
    assert with_them.width() == bare.width() == 1003  # 8.5 cm at 300 dpi
    assert with_them != bare
    run(open_window, qtbot, monkeypatch, "file.figure", tmp_path / "drawing.svg")
    assert "<svg" in (tmp_path / "drawing.svg").read_text(encoding="utf-8")


def test_a_figure_in_no_known_format_is_a_sentence(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / "figure.docx"), ""))
    open_window.workspace.commands.action("file.figure").trigger()
    qtbot.waitUntil(lambda: any(".docx" in s for s in open_window.notices.sentences()), timeout=PATIENCE_MS)
    assert not (tmp_path / "figure.docx").exists()


def test_a_movie_through_the_slices_is_saved(
    open_window: MainWindow, qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_vesicles(open_window, qtbot)
    run(open_window, qtbot, monkeypatch, "file.movie", tmp_path / "sweep.mp4")
    assert (tmp_path / "sweep.mp4").read_bytes()[4:8] == b"ftyp"
