"""What is sent to the workers of a cluster, and what they tell."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.workflow.batch.cluster import with_whole_paths
from cryoves_app.workflow.batch.cluster_task import RareProgress
from cryoves_app.workflow.segment.order import SegmentJob


def test_paths_are_whole_and_names_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    job = SegmentJob(
        "a.mrc", "out/a", model="mine", region="{dir}/{stem}_cell.mod", active_zone="zones/{stem}.mod"
    )
    whole = with_whole_paths(job)
    assert (whole.tomogram, whole.folder) == (str(tmp_path / "a.mrc"), str(tmp_path / "out" / "a"))
    assert whole.model == str(tmp_path / "mine")
    assert whole.region == "{dir}/{stem}_cell.mod"
    assert whole.active_zone == str(tmp_path / "zones" / "{stem}.mod")
    assert whole.fit_volume is None
    assert with_whole_paths(SegmentJob("a.mrc", "a")).model == "default"
    assert with_whole_paths(whole) == whole


def test_a_task_tells_each_step_and_little_of_its_progress() -> None:
    """A hundred reports of ten seconds become those at 0, 2, 4, 6 and 8; another step is told at once."""
    now = [0.0]
    rare = RareProgress(lambda: now[0])
    told = []
    for tenth in range(100):
        now[0] = tenth / 10
        if rare.is_due("network"):
            told.append(now[0])
    assert told == [0, 2, 4, 6, 8]
    assert [rare.is_due(step) for step in ("fit", "fit", "network")] == [True, False, True]
