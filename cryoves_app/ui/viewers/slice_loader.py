"""Reads slices in a thread, so that a slow disk never holds the window."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.viewers.slicing import Look, Plane, read_slice

#: Slices that are kept, so that going back and forth reads nothing.
CACHED_SLICES = 24


@dataclass(frozen=True)
class Request:
    """Which slice is wanted. ``generation`` grows with every new volume, so that stale answers are told."""

    generation: int
    plane: Plane
    index: int
    look: Look


def _read(data: VoxelArray, request: Request) -> NDArray[np.float32]:
    try:
        return read_slice(data, request.plane, request.index, request.look)
    except (OSError, ValueError, IndexError) as error:
        raise CryoVesError(
            f"The tomogram can no longer be read ({error}). Is the disk still connected?"
        ) from error


class SliceLoader(QObject):
    """Loads the slices of one view. Of many wishes only the newest is read once the last is done."""

    failed = Signal(str)

    def __init__(
        self, deliver: Callable[[int, NDArray[np.float32]], None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._deliver = deliver
        self._data: VoxelArray | None = None
        self._generation = 0
        self._busy = False
        self._waiting: Request | None = None
        self._cache: OrderedDict[Request, NDArray[np.float32]] = OrderedDict()

    def set_data(self, data: VoxelArray | None) -> None:
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
        data = self._data
        assert data is not None
        self._busy = True
        run_in_background(
            lambda: _read(data, request),
            lambda image: self._arrived(request, image),
            lambda reason: self._broke(request, reason),
            self,
        )

    def _arrived(self, request: Request, image: NDArray[np.float32]) -> None:
        if request.generation == self._generation:
            self._cache[request] = image
            while len(self._cache) > CACHED_SLICES:
                self._cache.popitem(last=False)
            self._deliver(request.index, image)
        self._next()

    def _broke(self, request: Request, reason: str) -> None:
        if request.generation == self._generation:
            self.failed.emit(reason)
        self._next()

    def _next(self) -> None:
        self._busy = False
        waiting, self._waiting = self._waiting, None
        if waiting is not None and waiting.generation == self._generation:
            self._start(waiting)
