from __future__ import annotations

import subprocess
from typing import Any

import pytest

from cryoves_app.workflow.health import opengl_check
from cryoves_app.workflow.health.computer import Verdict, opengl_finding

CARD = {"version": "4.6.0 NVIDIA 550.54", "renderer": "NVIDIA GeForce RTX 3060"}


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (CARD, Verdict.GOOD, "the 3-D view works."),
        ({"version": "4.5 Mesa", "renderer": "llvmpipe (LLVM 15)"}, Verdict.HINT, "the processor draws"),
        ({"version": "1.1.0", "renderer": "GDI Generic"}, Verdict.HINT, "too old"),
        ({}, Verdict.HINT, "OpenGL is missing"),
        (None, Verdict.GOOD, "Not tried"),
    ],
)
def test_opengl_in_words(answer: dict[str, str] | None, verdict: Verdict, words: str) -> None:
    finding = opengl_finding(answer)
    assert finding.verdict is verdict
    assert words in finding.sentence


def test_version_two_point_one_is_enough() -> None:
    assert opengl_check.is_enough({"version": "2.1"})
    assert opengl_check.is_enough({"version": "OpenGL ES 10.0"})
    assert not opengl_check.is_enough({"version": "2.0.6"})
    assert not opengl_check.is_enough({"version": "unknown"})


@pytest.mark.parametrize(
    ("code", "printed", "answer"),
    [
        (0, '{"version": "3.3", "renderer": "x"}', {"version": "3.3", "renderer": "x"}),
        (-11, "", {}),
        (1, "", None),
    ],
)
def test_a_driver_that_crashes_counts_as_none(
    monkeypatch: pytest.MonkeyPatch, code: int, printed: str, answer: dict[str, str] | None
) -> None:
    def run(command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess(command, code, printed, "")

    monkeypatch.setattr(subprocess, "run", run)
    assert opengl_check.ask_opengl() == answer


def test_without_a_display_nothing_is_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert opengl_check.ask_opengl() is None
