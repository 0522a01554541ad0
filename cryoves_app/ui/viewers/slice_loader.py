"""Reads slices in a thread, so that a slow disk never holds the window."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRunnable, QThreadPool, Signal
from shiboken6 import isValid

from cryoves_app.ui.viewers.slicing import Look, Plane, read_slice

log = logging.getLogger(__name__)

#: Slices that are kept, so that going back and forth reads nothing.
CACHED_SLICES = 24


@dataclass(frozen=True)
class Request:
    """Which slice is wanted. ``generation`` grows with every new volume, so that stale answers are told."""

    generation: int
    plane: Plane
    index: int
    look: Look


class _Answer(QObject):
    ready = Signal(object, object)
    failed = Signal(object, str)


class _Read(QRunnable):
    def __init__(self, request: Request, data: NDArray[Any], answer: _Answer) -> None:
        super().__init__()
        self._request, self._data, self._answer = request, data, answer

    def run(self) -> None:
        r = self._request
        try:
            image = read_slice(self._data, r.plane, r.index, r.look)
        except (OSError, ValueError, IndexError) as error:
            log.exception("A slice could not be read.")
            if isValid(self._answer):
                self._answer.failed.emit(r, str(error))
            return
        if isValid(self._answer):  # the view may have gone meanwhile
            self._answer.ready.emit(r, image)


class SliceLoader(QObject):
    """Loads the slices of one view. Of many wishes only the newest is read once the last is done."""

    failed = Signal(str)

    def __init__(self, deliver: Callable[[int, NDArray[np.float32]], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._deliver = deliver
        self._data: NDArray[Any] | None = None
        self._generation = 0
        self._busy = False
        self._waiting: Request | None = None
        self._cache: OrderedDict[Request, NDArray[np.float32]] = OrderedDict()
        self._answer = _Answer(self)
        self._answer.ready.connect(self._arrived)
        self._answer.failed.connect(self._broke)

    def set_data(self, data: NDArray[Any] | None) -> None:
        self._data = data
        self._generation += 1
        self._waiting = None
        self._cache.clear()

    @property
    def idle(self) -> bool:
        return not self._busy

    def want(self, plane: Plane, index: int, look: Look) -> None:
        """Ask for a slice; it comes at once where it is cached, else soon."""
        if self._data is None:
            return
        request = Request(self._generation, plane, index, look)
        if request in self._cache:
            self._cache.move_to_end(request)
            self._waiting = None
            self._deliver(index, self._cache[request])
        elif self._busy:
            self._waiting = request
        else:
            self._start(request)

    def _start(self, request: Request) -> None:
        assert self._data is not None
        self._busy = True
        QThreadPool.globalInstance().start(_Read(request, self._data, self._answer))

    def _arrived(self, request: Request, image: NDArray[np.float32]) -> None:
        if request.generation == self._generation:
            self._cache[request] = image
            while len(self._cache) > CACHED_SLICES:
                self._cache.popitem(last=False)
            self._deliver(request.index, image)
        self._next()

    def _broke(self, request: Request, reason: str) -> None:
        if request.generation == self._generation:
            self.failed.emit(f"The tomogram can no longer be read ({reason}). Is the disk still connected?")
        self._next()

    def _next(self) -> None:
        self._busy = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.generation == self._generation:
            self._start(waiting)
