"""A segmentation that takes a second: of a tomogram of one grey value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.progress import Progress
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.job import segment_job
from cryoves_app.workflow.segment.order import SegmentJob

SHAPE = (60, 70, 80)


def run_flat(
    job: SegmentJob, at_write: Callable[[], object] = lambda: None, **changes: object
) -> dict[str, object]:
    """Run it; ``at_write`` happens when it has computed and is about to write."""

    def listen(step: str, fraction: float, message: str) -> None:
        if step == "write":
            at_write()

    return segment_job(replace(job, **changes), JobContext(Progress(listen)))  # type: ignore[arg-type]


def project_of(job: SegmentJob) -> Path:
    return Path(job.folder) / "flat.cryoves"
