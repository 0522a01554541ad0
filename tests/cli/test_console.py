"""What the command line says, and where."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from cryoves_app.cli import console, progress_display
from cryoves_app.cli.progress_display import ProgressDisplay
from tests.cli.program import environment


def test_columns_of_numbers_stand_right_and_words_left() -> None:
    text = console.table(("name", "found"), [("a", 5), ("longer", "123"), ("b", "–")])
    assert text.splitlines() == ["name    found", "a           5", "longer    123", "b           –"]


def test_an_empty_table_is_its_header() -> None:
    assert console.table(("name", "found"), []) == "name  found"


def test_an_error_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    console.error("It went\n wrong.")
    assert capsys.readouterr().err == "It went wrong.\n"


def test_without_a_terminal_steps_are_told_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with ProgressDisplay() as display:
        for fraction in (0.0, 0.3, 0.6):
            display.listener("network", fraction)
        display.show("b12.mrc", "fit", 0.0, "3 vesicles")
        monkeypatch.setattr(progress_display, "QUIET_SECONDS", 0.0)
        display.show("b12.mrc", "fit", 0.5)
        display.say("done")
        display.note("by the way")
    out, err = capsys.readouterr()
    assert out == "done\n"
    assert err.splitlines() == ["network", "b12.mrc: fit (3 vesicles)", "b12.mrc: fit 50%", "by the way"]


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")
def test_on_a_terminal_bars_are_drawn_and_results_stay_whole() -> None:
    code = (
        "from cryoves_app.cli.progress_display import ProgressDisplay\n"
        "with ProgressDisplay() as display:\n"
        "    display.listener('network', 0.25)\n"
        "    display.say('the result')\n"
        "    display.listener('fit', 1.0)\n"
    )
    ours, theirs = os.openpty()
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=theirs, env=environment(), check=True
    )
    os.close(theirs)
    drawn = os.read(ours, 100_000).decode()
    os.close(ours)
    assert done.stdout == b"the result\n"
    assert "network" in drawn
    assert "100%" in drawn
