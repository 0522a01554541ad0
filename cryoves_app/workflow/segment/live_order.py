"""What the window asks a run for, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass

from cryoves_app.domain.run_steps import NetworkMap
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.workflow.jobs.messages import Order
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.record import RunRecord


@dataclass(frozen=True)
class LiveResult:
    """What a run in the window found. ``map`` is that of the first scale, ``None`` where nothing was computed."""

    vesicles: VesicleSet
    record: RunRecord
    map: NetworkMap | None = None


@dataclass(frozen=True)
class LiveOrder(Order[LiveResult], kind="live_segment"):
    """A job, and the folder for results of steps, which the window keeps between runs."""

    job: SegmentJob
    cache: str
