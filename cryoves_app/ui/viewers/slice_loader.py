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
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.slicing import Look, Plane, read_slice

#: Slices that are kept, so that going back and forth reads nothing.
CACHED_SLICES = 24


@dataclass(frozen=True)
class Request:
    """Which slice is wanted."""

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
        self._wanted: Request | None = None
        self._cache: OrderedDict[Request, NDArray[np.float32]] = OrderedDict()
        self._reading = Recompute(
            self, self._read_wanted, self._arrived, on_failed=self.failed.emit, takes_older=True
        )

    def set_data(self, data: VoxelArray | None) -> None:
        self._data = data
        self._wanted = None
        self._reading.forget()
        self._cache.clear()

    @property
    def idle(self) -> bool:
        return self._reading.idle

    def want(self, plane: Plane, index: int, look: Look) -> None:
        """Ask for a slice; it comes at once where it is cached, else soon."""
        if self._data is None:
            return
        request = Request(plane, index, look)
        if request in self._cache:
            self._cache.move_to_end(request)
            self._wanted = None
            self._deliver(index, self._cache[request])
        else:
            self._wanted = request
            self._reading.ask()

    def _read_wanted(self) -> Callable[[], tuple[Request, NDArray[np.float32]]] | None:
        data, request = self._data, self._wanted
        self._wanted = None
        if data is None or request is None:
            return None
        return lambda: (request, _read(data, request))

    def _arrived(self, found: tuple[Request, NDArray[np.float32]]) -> None:
        request, image = found
        self._cache[request] = image
        while len(self._cache) > CACHED_SLICES:
            self._cache.popitem(last=False)
        self._deliver(request.index, image)
