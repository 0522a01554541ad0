"""Reads slices in a thread, so that a slow disk never holds the window."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.viewers.slice_cache import Request, SliceCache
from cryoves_app.ui.viewers.slicing import Look, Plane, read_slice


def _read(data: VoxelArray, request: Request) -> NDArray[np.float32]:
    try:
        return read_slice(data, request.plane, request.index, request.look)
    except (OSError, ValueError, IndexError) as error:
        raise CryoVesError(
            f"The tomogram can no longer be read ({error}). Is the disk still connected?"
        ) from error


class SliceLoader(QObject):
    """Loads the slices of one view. Of many wishes only the newest is read once the last is done.

    What it read goes into ``kept``, where other views find it.
    """

    failed = Signal(str)

    def __init__(
        self,
        deliver: Callable[[int, NDArray[np.float32]], None],
        kept: SliceCache,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._deliver, self._kept = deliver, kept
        self._data: VoxelArray | None = None
        self._wanted: Request | None = None
        self._under_way: Request | None = None
        self._reading = Recompute(
            self, self._read_wanted, self._arrived, on_failed=self._failed, takes_older=True
        )

    def set_data(self, data: VoxelArray | None) -> None:
        """Load slices of this tomogram ``(z, y, x)`` from now on."""
        if data is self._data:
            return
        self._kept.forget(self._data)
        self._data = data
        self._wanted = self._under_way = None
        self._reading.forget()

    @property
    def idle(self) -> bool:
        return self._reading.idle

    def want(self, plane: Plane, index: int, look: Look) -> None:
        """Ask for a slice; it comes at once where it is kept, else soon."""
        if self._data is None:
            return
        request = Request(plane, index, look)
        image = self._kept.find(self._data, request)
        self._wanted = None
        if image is not None:
            self._deliver(index, image)
        elif request != self._under_way:
            self._wanted = request
            self._reading.ask()

    def _read_wanted(self) -> Callable[[], tuple[Request, NDArray[np.float32]]] | None:
        data, request = self._data, self._wanted
        self._wanted = None
        if data is None or request is None:
            return None
        self._under_way = request
        return lambda: (request, _read(data, request))

    def _arrived(self, found: tuple[Request, NDArray[np.float32]]) -> None:
        request, image = found
        self._under_way = None
        if self._data is not None:
            self._kept.keep(self._data, request, image)
        self._deliver(request.index, image)

    def _failed(self, sentence: str) -> None:
        self._under_way = None
        self.failed.emit(sentence)
