"""Trainings that were begun: what was ordered, how to go on, how to end one early. Light, no numerics."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.reading import exists, is_file
from cryoves_app.storage.replacing import replacing
from cryoves_app.storage.visible import visible_files
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain, to_plain
from cryoves_app.workflow.training.order import TrainJob

#: Once this file is there, a training ends with its best weights so far.
STOP = "stop"
#: A plane that was held out, with what the network finds on it.
GLIMPSE = "preview.png"
#: What was ordered, so that the window can go on with it.
ORDER = "order.json"
#: The checkpoint, without which there is nothing to go on with.
_STATE = "checkpoint.npz"


def keep_order(job: TrainJob) -> None:
    """Write down what was ordered.

    Raises
    ------
    CryoVesError
        If it cannot be written.
    """
    with replacing(job.unfinished / ORDER) as temporary:
        temporary.write_text(json.dumps(to_plain(job)), encoding="utf-8")


def stop_early(job: TrainJob) -> None:
    """Let a training end after this epoch, with the best weights so far.

    Raises
    ------
    CryoVesError
        If its folder cannot be written to.
    """
    with replacing(job.unfinished / STOP) as temporary:
        temporary.write_text("", encoding="utf-8")


def unfinished_trainings(folder: Path) -> list[TrainJob]:
    """Orders that go on with trainings whose models lie in ``folder`` once they are finished, the latest first."""
    found = []
    for path in visible_files(folder, f"*.training/{ORDER}"):
        job = _order(path)
        if job is not None and not exists(Path(job.output)) and is_file(job.unfinished / _STATE):
            found.append((path.stat().st_mtime, replace(job, resume=True)))
    return [job for _, job in sorted(found, key=lambda pair: -pair[0])]


def _order(path: Path) -> TrainJob | None:
    try:
        job = from_plain(TrainJob, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, NotUnderstood):
        return None  # of another version, or damaged: the command line can still go on with it
    return job if job.unfinished == path.parent else None
