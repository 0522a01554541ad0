"""Trainings that were begun: what was ordered, how to go on, how to end one early. Light, no numerics."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from cryoves_app.domain.reading import exists, is_file
from cryoves_app.storage.locks import take_lock
from cryoves_app.storage.replacing import replacing
from cryoves_app.storage.visible import visible_files
from cryoves_app.workflow.jobs.codec import NotUnderstood, from_plain, to_plain
from cryoves_app.workflow.training.adapt_order import AdaptOrder
from cryoves_app.workflow.training.improve_order import ImproveOrder
from cryoves_app.workflow.training.order import TrainJob

#: Lies in the folder of each training from its begin on, and is held while one trains there.
SIGN = ".cryoves-training"
#: Once this file is there, a training ends with its best weights so far.
STOP = "stop"
#: A plane that was held out, with what the network finds on it.
GLIMPSE = "preview.png"
#: What was ordered, so that the window can go on with it.
ORDER = "order.json"
#: The checkpoint, without which there is nothing to go on with.
_STATE = "checkpoint.npz"


T = TypeVar("T", TrainJob, ImproveOrder, AdaptOrder)


class Begun(Protocol):
    """What is common to a training and a round of improving."""

    @property
    def output(self) -> str:
        """The model's folder."""

    @property
    def start(self) -> str | None:
        """The model that is gone on from."""

    @property
    def resume(self) -> bool:
        """Whether to go on from the last whole epoch."""

    @property
    def force(self) -> bool:
        """Whether to replace what was begun or made before."""

    @property
    def unfinished(self) -> Path:
        """Where it is kept until it is finished."""


def keep_order(order: Begun) -> None:
    """Write down what was ordered.

    Raises
    ------
    CryoVesError
        If it cannot be written.
    """
    with replacing(order.unfinished / ORDER) as temporary:
        temporary.write_text(json.dumps(to_plain(order)), encoding="utf-8")


def stop_early(order: Begun) -> None:
    """Let a training end after this epoch, with the best weights so far.

    Raises
    ------
    CryoVesError
        If its folder cannot be written to.
    """
    with replacing(order.unfinished / STOP) as temporary:
        temporary.write_text("", encoding="utf-8")


def unfinished_trainings(folder: Path) -> list[TrainJob]:
    """Orders that go on with trainings whose models lie in ``folder`` once they are finished, the latest first."""
    return _unfinished(folder, TrainJob)


def unfinished_rounds(folder: Path) -> list[ImproveOrder]:
    """The same of rounds of improving."""
    return _unfinished(folder, ImproveOrder)


def unfinished_adaptations(folder: Path) -> list[AdaptOrder]:
    """The same of adaptations without labels."""
    return _unfinished(folder, AdaptOrder)


def can_go_on(order: Begun) -> bool:
    """Whether an epoch was finished, and nobody trains there now."""
    return is_file(order.unfinished / _STATE) and not _is_held(order.unfinished / SIGN)


def _is_held(sign: Path) -> bool:
    try:
        lock = take_lock(sign, new=False)
    except OSError:  # it is gone, or nothing can be locked on this disk
        return False
    if lock is None:
        return True
    lock.release()
    return False


def _unfinished(folder: Path, kind: type[T]) -> list[T]:
    found = []
    for path in visible_files(folder, f"*.training/{ORDER}"):
        order = _order(path, kind)
        if order is not None and not exists(Path(order.output)) and can_go_on(order):
            found.append((path.stat().st_mtime, replace(order, resume=True)))
    return [order for _, order in sorted(found, key=lambda pair: -pair[0])]


def _order(path: Path, kind: type[T]) -> T | None:
    try:
        order = from_plain(kind, json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, NotUnderstood):
        return None  # of another kind or version, or damaged: the command line can still go on with it
    return order if order.unfinished == path.parent else None
