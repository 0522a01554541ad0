"""What became of a list of tomograms: ``summary.csv``, renewed after each."""

from __future__ import annotations

import csv
import statistics
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.rows import read_rows
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.storage.replacing import make_folders, replacing
from cryoves_app.workflow.batch.run import Outcome, State
from cryoves_app.workflow.common.resources_used import Cost
from cryoves_app.workflow.common.summary import counts, for_export
from cryoves_app.workflow.segment.identity import read_earlier
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import LINK_COUNTS

SUMMARY = "summary.csv"
COLUMNS = (
    "tomogram", "state", "accepted", "outlier", "rejected", "outside_region", "mean_radius_nm", "sd_radius_nm",
    "wall_s", "cpu_s", "peak_memory_bytes", "folder", "error", "vesicles", "median_radius_nm", "voxel_size_nm",
    "condition", *LINK_COUNTS,
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
    links: Mapping[str, int] = field(default_factory=dict)

    def row(self) -> SummaryRow:
        """Its row of the table; what is not known is an empty field."""
        row: dict[str, str | int | float] = dict.fromkeys(COLUMNS, "")
        row |= {"tomogram": self.tomogram, "state": self.state, "folder": self.folder, "error": self.error}
        row["condition"] = self.condition
        row |= self.links
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
    _write_rows(path, (summary.row() for summary in found))


def _write_rows(path: Path, rows: Iterable[SummaryRow]) -> None:
    make_folders(path.parent)
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


class RunningSummary:
    """The table of a run that is going on, renewed as tomograms end.

    Of each tomogram only its row is kept. A long table is not written after each of them, since that would grow with
    the square of their number: it is written so often in all, and where a minute has gone by.
    """

    TIMES, SECONDS = 500, 60.0

    def __init__(
        self, path: Path, jobs: Sequence[SegmentJob], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._path, self._clock = path, clock
        self._rows = {job.folder: summarise(job).row() for job in jobs}
        self._step = -(-len(jobs) // self.TIMES)
        self._unwritten, self._written_at = 0, clock()
        #: Why it could not be written the last time; the tomograms matter more, and go on.
        self.failure = ""

    @property
    def rows(self) -> list[SummaryRow]:
        """One for each job, in their order."""
        return list(self._rows.values())

    def begin(self) -> None:
        """Show who watches the folder what is to come, unless an earlier run did."""
        if not is_file(self._path):
            self.write()

    def take(self, outcome: Outcome) -> None:
        """Note what became of a tomogram."""
        self._rows[outcome.job.folder] = summarise(outcome.job, outcome).row()
        self._unwritten += 1
        if self._unwritten >= self._step or self._clock() - self._written_at >= self.SECONDS:
            self.write()

    def write(self) -> None:
        """Bring the file up to date."""
        self._unwritten, self._written_at = 0, self._clock()
        try:
            _write_rows(self._path, self._rows.values())
            self.failure = ""
        except CryoVesError as error:
            self.failure = str(error)

    def close(self) -> None:
        """Write what was not written yet."""
        if self._unwritten:
            self.write()


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
        links=result.links,
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
