"""The job behind the window's Segment button: the pipeline over a lasting cache, with each step's result.

Unlike the command line's job it writes no folder of results: vesicles go to the window, arrays lie in the cache.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.notes import NoteKind
from cryoves_app.workflow.common.resources_used import Meter
from cryoves_app.workflow.jobs.messages import Event, Noted
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.segment.inputs import read_inputs
from cryoves_app.workflow.segment.job import record_of, segment
from cryoves_app.workflow.segment.live_order import LiveOrder, LiveResult
from cryoves_app.workflow.segment.unchanged import InputsSeen


def live_segment_job(order: LiveOrder, context: JobContext) -> LiveResult:
    """Segment one tomogram for the window."""
    meter = Meter()

    def emit(event: Event) -> None:
        match event:
            case Noted(note) if note.kind is NoteKind.NEED:
                return  # the panel says so before the start
        context.emit(event)

    inputs = read_inputs(order.job)
    seen = InputsSeen.of(*order.job.volumes)
    found = segment(order.job, inputs, Path(order.cache), JobContext(context.progress, emit))
    found = replace(found, notes=(*found.notes, *seen.notes()))
    return LiveResult(found.vesicles, record_of(order.job, inputs, found, None, meter), found.map)
