"""The load's short form, and that it notices what it looks for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cryoves_app.workflow.project.session import Session
from tests.cli.program import environment
from tests.load.edits import load_edits
from tests.load.measure import slope_per_10_000
from tests.needs import needs_window


def test_a_project_with_many_actions_is_undone_and_opened_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))
    rows = dict(load_edits(tmp_path, vesicles=300, actions=120))
    assert list(rows) == ["actions", "memory for the history", "file", "save", "open", "undo all", "redo all"]
    assert rows["actions"].startswith("120 in ")


def test_a_step_that_is_lost_on_the_way_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))
    real = Session.save

    def forgetful(session: Session) -> None:
        session.undo()
        real(session)

    monkeypatch.setattr(Session, "save", forgetful)
    with pytest.raises(AssertionError):
        load_edits(tmp_path, vesicles=20, actions=10)


def test_growth_is_the_slope_when_caches_are_filled() -> None:
    events = list(range(0, 20_000, 500))
    megabytes = [min(200 + n / 50, 300.0) + 3e-4 * n for n in events]
    assert slope_per_10_000(events, megabytes) == pytest.approx(3.0)


@needs_window
def test_a_window_is_used_for_a_while(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.load.run", "--actions", "0", "--events", "60"],
        env={**environment(tmp_path / "data"), "TMPDIR": str(tmp_path)},
        cwd=os.fspath(Path(__file__).parents[2]),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert "| events in the window | 60 |" in done.stdout
    assert "MB per 10 000 events |" in done.stdout
