"""The program itself, killed with SIGKILL while real keys and clicks edit, loses no more than the edit in progress."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from cryoves_app.formats.project.project_file import read_project
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.project.session import Session
from cryoves_app.workflow.project.working_copies import left_behind

from .helpers import accept_recovery
from .window_process import decided

LONGEST_START_SECONDS = 120


def killed_window(seed: int, folder: Path) -> str:
    """Start a window, kill it after some events, in the middle of whatever it does; its last word."""
    rng = random.Random(seed)
    folder.mkdir()
    said = folder / "said"
    said.touch()
    command = [sys.executable, "-m", "tests.ui.window_process", str(seed), str(folder)]
    with subprocess.Popen(command, env={**os.environ, "CRYOVES_DATA": str(folder / "data")}) as process:
        end = time.monotonic() + LONGEST_START_SECONDS
        wanted = rng.randint(3, 30)
        while len(said.read_text().split()) < wanted and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 0.1))
        assert process.poll() is None, "the window ended by itself"
        process.kill()
    words = said.read_text().split("\n")[:-1]  # the last line may be half written
    assert len(words) >= wanted
    return words[-1]


def is_near(session: Session, word: str) -> bool:
    """Whether a session stands where its process said last, or one step on or back."""
    if decided(session.project) == word:
        return True
    for there, back, possible in (
        (session.undo, session.redo, session.can_undo),
        (session.redo, session.undo, session.can_redo),
    ):
        if possible:
            there()
            found = decided(session.project) == word
            back()
            if found:
                return True
    return False


def check(seed: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    word = killed_window(seed, folder)
    monkeypatch.setenv("CRYOVES_DATA", str(folder / "data"))
    if (folder / "p.cryoves").exists():
        read_project(folder / "p.cryoves")  # whole, whatever was going on
    copies = left_behind()
    if not copies:  # everything had just been saved
        assert decided(read_project(folder / "p.cryoves")) == word
        return
    session = Session.recover(copies[0])
    assert is_near(session, word)
    now = decided(session.project)
    while session.can_undo:
        session.undo()
    assert len(session.project.vesicles) == 0
    while any(not step.is_done for step in session.steps) and decided(session.project) != now:
        session.redo()
    assert decided(session.project) == now
    session.close()


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
@pytest.mark.parametrize("seed", [1, 2])
def test_a_killed_window_loses_nothing(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(seed, tmp_path / "killed", monkeypatch)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_many_killed_windows_lose_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(100, 120):
        check(seed, tmp_path / str(seed), monkeypatch)


@pytest.mark.skipif(os.name == "nt", reason="signals of Unix")
def test_the_next_window_goes_on_with_the_history(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_window: Callable[..., MainWindow], qtbot: Any
) -> None:
    word = killed_window(4, tmp_path / "killed")
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "killed" / "data"))
    window = make_window(opengl=False)
    accept_recovery(window, qtbot)
    session = window.parts.projects.session
    assert session is not None
    assert is_near(session, word)
    count = sum(step.is_done for step in session.steps)
    for _ in range(count):
        qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert len(window.workspace.document.vesicles) == 0
