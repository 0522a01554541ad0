"""What became of a list of tomograms: ``summary.csv``, renewed after each."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.rows import read_rows
from cryoves_app.formats.table import read_vesicles
from cryoves_app.storage.replacing import make_folders, replacing
from cryoves_app.workflow.batch.run import Outcome, State
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.common.summary import counts, for_export
from cryoves_app.workflow.segment.identity import read_earlier
from cryoves_app.workflow.segment.order import SegmentJob

SUMMARY = "summary.csv"
COLUMNS = (
    "tomogram", "state", "accepted", "outlier", "rejected", "outside_region", "mean_radius_nm", "sd_radius_nm",
    "wall_s", "cpu_s", "peak_memory_bytes", "folder", "error", "vesicles", "median_radius_nm", "voxel_size_nm",
    "condition",
)  # fmt: skip
SummaryRow = Mapping[str, str | int | float]


@dataclass(frozen=True)
class TomogramSummary:
    """What is known of one tomogram of a list; ``None`` is not known."""

    tomogram: str
    state: State = State.WAITING
    folder: str = ""
    error: str = ""
    vesicles: VesicleSet | None = None
    cost: Cost | None = None
    voxel_size_nm: float | None = None
    condition: str = ""

    def row(self) -> SummaryRow:
        """Its row of the table; what is not known is an empty field."""
        row: dict[str, str | int | float] = dict.fromkeys(COLUMNS, "")
        row |= {"tomogram": self.tomogram, "state": self.state, "folder": self.folder, "error": self.error}
        row["condition"] = self.condition
        if self.cost is not None:
            row |= asdict(self.cost)
        if self.vesicles is not None:
            row |= {**counts(self.vesicles), "vesicles": len(self.vesicles), **_radii(self.vesicles)}
        if self.voxel_size_nm is not None:
            row["voxel_size_nm"] = f"{self.voxel_size_nm:.6g}"
        return row


def summaries(jobs: Iterable[SegmentJob], outcomes: Iterable[Outcome]) -> list[TomogramSummary]:
    """One for each job, also for those that wait."""
    known = {o.job.folder: o for o in outcomes}
    return [summarise(job, known.get(job.folder)) for job in jobs]


def write_summary(path: Path, found: Iterable[TomogramSummary]) -> None:
    """Write the table, whole or not at all, and its folder if need be.

    Raises
    ------
    CryoVesError
        If it can't be written.
    """
    make_folders(path.parent)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(summary.row() for summary in found)


def read_summary(path: Path) -> list[dict[str, str]]:
    """The rows of a summary.

    Raises
    ------
    CryoVesError
        If it can't be read.
    """
    return [dict.fromkeys(COLUMNS, "") | dict(row.cells) for row in read_rows(path, "a summary").rows]


def summarise(job: SegmentJob, outcome: Outcome | None = None) -> TomogramSummary:
    """What is known of a tomogram of which there is an outcome, or none yet; its results are read."""
    waiting = TomogramSummary(job.tomogram, folder=job.folder, condition=job.condition)
    if outcome is None:
        return waiting
    result = outcome.result
    if result is None:
        return replace(waiting, state=outcome.state, error=outcome.failure)
    # what another run was at work on when it was its turn may be finished by now
    earlier = read_earlier(Path(job.folder))
    return replace(
        waiting,
        state=outcome.state,
        vesicles=_vesicles(Path(job.folder) / "vesicles.csv"),
        cost=result.cost or earlier.cost,
        voxel_size_nm=result.voxel_size_nm or earlier.tomogram.voxel_size_nm,
    )


def _vesicles(table: Path) -> VesicleSet | None:
    try:
        return VesicleSet.of(read_vesicles(table))
    except (
        CryoVesError,
        ValueError,
    ):  # somebody changed it meanwhile; the fields stay empty and the queue goes on
        return None


def _radii(vesicles: VesicleSet) -> SummaryRow:
    radii = [vesicle.radius_nm for vesicle in for_export(vesicles)]
    if not radii:
        return {}
    return {
        "mean_radius_nm": f"{statistics.mean(radii):.3f}",
        "sd_radius_nm": f"{statistics.stdev(radii):.3f}" if len(radii) > 1 else "",
        "median_radius_nm": f"{statistics.median(radii):.3f}",
    }
