"""How a queue goes, as one line of JSON for each event, for programs that watch it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from cryoves_app.cli import console
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.notes import Note
from cryoves_app.workflow.batch.run import Listener, Outcome
from cryoves_app.workflow.segment.order import SegmentJob

#: Least time between two lines about one step.
LEAST_SECONDS = 1.0


class JsonProgress:
    """Events on standard output: ``begun``, ``progress``, ``note`` and ``ended`` of each tomogram."""

    def __init__(self, on_outcome: Callable[[Outcome], None]) -> None:
        self._on_outcome = on_outcome
        self._told: dict[str, tuple[str, float]] = {}

    def listener(self) -> Listener:
        return Listener(self._begun, self._progress, self._note, self._outcome)

    def _begun(self, job: SegmentJob) -> None:
        _line("begun", {"tomogram": job.tomogram, "folder": job.folder})

    def _progress(self, job: SegmentJob, step: str, fraction: float, message: str) -> None:
        told_step, told_at = self._told.get(job.folder, ("", 0.0))
        now = time.monotonic()
        if step == told_step and now - told_at < LEAST_SECONDS:
            return
        self._told[job.folder] = step, now
        about: JsonObject = {"tomogram": job.tomogram, "step": step, "fraction": fraction, "message": message}
        _line("progress", about)

    def _note(self, job: SegmentJob, note: Note) -> None:
        _line("note", {"tomogram": job.tomogram, "kind": note.kind, "sentence": note.sentence})

    def _outcome(self, outcome: Outcome) -> None:
        _line("ended", outcome.to_dict())
        self._on_outcome(outcome)


def _line(event: str, values: JsonObject) -> None:
    console.tell(json.dumps({"event": event, **values}, ensure_ascii=False))
