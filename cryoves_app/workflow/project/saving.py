"""Saves of several windows go one after the other: between a look at a project's file and its exchange comes none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from cryoves_app.storage.locks import Lock, take_lock
from cryoves_app.workflow.project.working_copies import working_folder

#: Saving takes a moment; who waits longer saves all the same, as where nothing can be locked.
_PATIENCE_SECONDS, _PAUSE_SECONDS = 20.0, 0.01


@contextmanager
def saving_alone() -> Iterator[None]:
    """No other process of this person saves a project meanwhile."""
    lock = _taken()
    try:
        yield
    finally:
        if lock is not None:
            lock.release()


def _taken() -> Lock | None:
    path = working_folder().with_name(".saving")
    end = time.monotonic() + _PATIENCE_SECONDS
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        while (lock := take_lock(path, new=False)) is None and time.monotonic() < end:
            time.sleep(_PAUSE_SECONDS)
    except OSError:  # a disk without locks, or a folder without the right to write
        return None
    return lock
