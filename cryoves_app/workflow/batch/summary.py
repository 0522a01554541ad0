"""What became of a list of tomograms: ``summary.csv``, renewed after each."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.atomic import replacing
from cryoves_app.formats.rows import read_rows
from cryoves_app.formats.table import read_vesicles
from cryoves_app.workflow.batch.run import Outcome
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.segment.order import SegmentJob

SUMMARY = "summary.csv"
COLUMNS = (
    "tomogram", "state", "accepted", "outlier", "rejected", "outside_region", "mean_radius_nm", "sd_radius_nm",
    "wall_s", "cpu_s", "peak_memory_bytes", "folder", "error",
)  # fmt: skip
_COUNTS = ("accepted", "outlier", "rejected", "outside_region")
_COSTS = ("wall_s", "cpu_s", "peak_memory_bytes")


def summary_rows(jobs: Sequence[SegmentJob], outcomes: Iterable[Outcome]) -> list[dict[str, Any]]:
    """One row for each job, also for those that wait."""
    known = {o.job.folder: o for o in outcomes}
    return [_row(job, known.get(job.folder)) for job in jobs]


def write_summary(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write the table, whole or not at all."""
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_summary(path: Path) -> list[dict[str, str]]:
    """The rows of a summary.

    Raises
    ------
    CryoVesError
        If it can't be read.
    """
    return [dict.fromkeys(COLUMNS, "") | dict(row.cells) for row in read_rows(path, "a summary").rows]


def _row(job: SegmentJob, outcome: Outcome | None) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(COLUMNS, "")
    row |= {"tomogram": job.tomogram, "folder": job.folder, "state": "waiting"}
    if outcome is None:
        return row
    row |= {"state": outcome.state, "error": outcome.failure}
    counts, cost = outcome.result.get("counts", {}), outcome.result.get("cost", {})
    row |= {name: counts.get(name, "") for name in _COUNTS} | {name: cost.get(name, "") for name in _COSTS}
    return row | _radii(Path(job.folder) / "vesicles.csv" if not outcome.failure else None)


def _radii(table: Path | None) -> dict[str, str]:
    if table is None or not table.is_file():
        return {}
    try:
        radii = [vesicle.radius_nm for vesicle in for_export(read_vesicles(table))]
    except CryoVesError:  # somebody changed it meanwhile; the fields stay empty and the queue goes on
        return {}
    spread = f"{statistics.stdev(radii):.3f}" if len(radii) > 1 else ""
    return {"mean_radius_nm": f"{statistics.mean(radii):.3f}" if radii else "", "sd_radius_nm": spread}
