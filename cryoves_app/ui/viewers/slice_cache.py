"""Slices that were read, of all views together, so that none is read or kept twice."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.volume import VoxelArray
from cryoves_app.ui.viewers.slicing import Look, Plane

#: For some thirty slices of 1024 voxels a side, or two of 4096.
MOST_BYTES = 128 * 2**20


@dataclass(frozen=True)
class Request:
    """Which slice is wanted."""

    plane: Plane
    index: int
    look: Look


class SliceCache:
    """The slices of several tomograms that were used last, as many as ``most_bytes`` hold."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        # with each slice its tomogram, so that no other gets its number meanwhile
        self._slices: OrderedDict[tuple[int, Request], tuple[VoxelArray, NDArray[np.float32]]] = OrderedDict()

    @property
    def size_bytes(self) -> int:
        return sum(image.nbytes for _data, image in self._slices.values())

    def find(self, data: VoxelArray, request: Request) -> NDArray[np.float32] | None:
        """The slice ``(rows, columns)`` of a tomogram ``(z, y, x)`` if it is kept."""
        key = (id(data), request)
        if key not in self._slices:
            return None
        self._slices.move_to_end(key)
        return self._slices[key][1]

    def keep(self, data: VoxelArray, request: Request, image: NDArray[np.float32]) -> None:
        """Keep a slice; those that were not used for the longest time go where there is no room."""
        self._slices[id(data), request] = (data, image)
        too_many = self.size_bytes - self._most_bytes
        while too_many > 0:
            _key, (_data, oldest) = self._slices.popitem(last=False)
            too_many -= oldest.nbytes

    def forget(self, data: VoxelArray | None) -> None:
        """Keep nothing of a tomogram that a view no longer shows."""
        for key in [key for key, (owner, _image) in self._slices.items() if owner is data]:
            del self._slices[key]
