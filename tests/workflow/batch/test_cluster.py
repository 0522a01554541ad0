"""Jobs for workers that stand in another folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from cryoves_app.workflow.batch.cluster import with_whole_paths
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
