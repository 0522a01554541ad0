"""The one table of many tomograms, for window and command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle import Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.workflow.batch.run import Outcome, State
from cryoves_app.workflow.batch.summary import (
    COLUMNS,
    RunningSummary,
    TomogramSummary,
    read_summary,
    summaries,
    write_summary,
)
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult

FOUND = VesicleSet.of(
    [
        Vesicle(1, 30.0, 30.0, 30.0, 20.0),
        Vesicle(2, 30.0, 30.0, 90.0, 24.0),
        Vesicle(3, 30.0, 90.0, 30.0, 30.0, status=Status.OUTLIER),
        Vesicle(4, 30.0, 90.0, 90.0, 40.0, inside_region=False),
    ]
)
COST = Cost(3.5, 6.25, 10**9)
PUBLISHED_COLUMNS = (
    "tomogram", "state", "accepted", "outlier", "rejected", "outside_region", "mean_radius_nm", "sd_radius_nm",
    "wall_s", "cpu_s", "peak_memory_bytes", "folder", "error",
)  # fmt: skip


def test_columns_that_scripts_know_stay_where_they_are() -> None:
    assert COLUMNS[: len(PUBLISHED_COLUMNS)] == PUBLISHED_COLUMNS


def job(folder: Path) -> SegmentJob:
    return SegmentJob("a.mrc", str(folder))


def test_window_and_command_line_give_the_same_row_for_the_same_vesicles(tmp_path: Path) -> None:
    write_vesicles(tmp_path / "vesicles.csv", FOUND, 2.2)
    result = SegmentResult("Found.", {}, (), cost=COST, voxel_size_nm=2.2)
    (told,) = summaries([job(tmp_path)], [Outcome(job(tmp_path), result=result)])
    window = TomogramSummary("a.mrc", State.DONE, str(tmp_path), "", FOUND, COST, 2.2)
    assert told.row() == window.row()
    row = window.row()
    assert tuple(row) == COLUMNS
    assert [row[n] for n in ("accepted", "outlier", "rejected", "outside_region", "vesicles")] == [
        2,
        1,
        0,
        1,
        4,
    ]
    assert [row[n] for n in ("mean_radius_nm", "sd_radius_nm", "median_radius_nm")] == [
        "22.000",
        "2.828",
        "22.000",
    ]
    assert [row[n] for n in ("wall_s", "cpu_s", "peak_memory_bytes", "voxel_size_nm")] == [
        3.5,
        6.25,
        10**9,
        "2.2",
    ]


def test_what_waits_was_skipped_or_failed_has_a_row_too(tmp_path: Path) -> None:
    jobs = [job(tmp_path / name) for name in "abc"]
    skipped = SegmentResult("There.", {}, (), skipped=True)
    outcomes = [Outcome(jobs[0], result=skipped), Outcome(jobs[1], failure="It\nfailed.")]
    write_summary(tmp_path / "new" / "summary.csv", summaries(jobs, outcomes))
    rows = read_summary(tmp_path / "new" / "summary.csv")
    assert [(r["state"], r["vesicles"]) for r in rows] == [("skipped", ""), ("failed", ""), ("waiting", "")]
    assert [r["wall_s"] for r in rows] == [""] * 3


def test_a_table_that_was_damaged_meanwhile_leaves_fields_empty(tmp_path: Path) -> None:
    (tmp_path / "vesicles.csv").write_text("id,x_nm\n1,nonsense\n")
    result = SegmentResult("Found.", {}, (), cost=COST)
    (told,) = summaries([job(tmp_path)], [Outcome(job(tmp_path), result=result)])
    assert (told.vesicles, told.state) == (None, State.DONE)
    assert told.row()["accepted"] == ""


def test_no_vesicle_is_a_number(tmp_path: Path) -> None:
    row = TomogramSummary("a.mrc", State.DONE, vesicles=VesicleSet()).row()
    assert (row["vesicles"], row["accepted"], row["mean_radius_nm"]) == (0, 0, "")


def test_a_place_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CryoVesError, match="its folder is a file"):
        write_summary(tmp_path / "file" / "out" / "summary.csv", [replace(TomogramSummary("a.mrc"))])


class CountedSummary(RunningSummary):
    """Counts how often it is written."""

    TIMES = 10
    count = 0

    def write(self) -> None:
        self.count += 1
        super().write()


def outcomes_of(folder: Path, count: int) -> list[Outcome]:
    return [Outcome(job(folder / str(n)), failure="It failed.") for n in range(count)]


def test_a_long_table_is_not_written_after_each_tomogram(tmp_path: Path) -> None:
    """What is written in all grows as the number of tomograms does, not as its square."""
    now = [0.0]
    path, ends = tmp_path / "summary.csv", outcomes_of(tmp_path, 95)
    running = CountedSummary(path, [o.job for o in ends], lambda: now[0])
    running.begin()
    assert {r["state"] for r in read_summary(path)} == {"waiting"}
    for outcome in ends:
        running.take(outcome)
    assert running.count == 1 + 9
    running.close()
    running.close()
    assert running.count == 1 + 9 + 1
    assert [r["state"] for r in read_summary(path)] == ["failed"] * 95
    assert running.rows[0]["error"] == "It failed."
    for seconds, count in ((59.0, 11), (60.0, 12), (119.0, 12), (120.0, 13)):
        now[0] = seconds
        running.take(ends[0])
        assert running.count == count


def test_a_short_table_is_written_after_each_tomogram_and_trouble_is_kept(tmp_path: Path) -> None:
    ends = outcomes_of(tmp_path, 3)
    running = RunningSummary(tmp_path / "new" / "summary.csv", [o.job for o in ends], lambda: 0.0)
    running.take(ends[0])
    assert [r["state"] for r in read_summary(tmp_path / "new" / "summary.csv")] == [
        "failed",
        "waiting",
        "waiting",
    ]
    (tmp_path / "file").touch()
    running = RunningSummary(tmp_path / "file" / "out" / "summary.csv", [o.job for o in ends], lambda: 0.0)
    running.begin()
    running.take(ends[0])
    assert "its folder is a file" in running.failure
