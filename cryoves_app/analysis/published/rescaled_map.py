"""The network's map on the tomogram's own grid, where the published program labels it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse

from cryoves_app.domain.arrays import Indices, Probability, Shape

#: (n, 3): z, y, x of each voxel of a segment, in the tomogram's voxels and in their order there.
SegmentVoxels = NDArray[np.intp]

_JOINED_BY_CORNERS = np.ones((3, 3, 3), bool)


class RescaledMap:
    """A probability map seen on the tomogram's grid, computed where it is asked for.

    Parameters
    ----------
    probability : (z, y, x) array
        On the network's grid; may be memory-mapped.
    weights
        For each axis the matrix (tomogram's voxels, network's voxels) that interpolates.
    voxel_size_nm
        The tomogram's.
    """

    def __init__(
        self, probability: Probability, weights: Sequence[sparse.csr_array], voxel_size_nm: float
    ) -> None:
        self._probability, self._weights, self.voxel_size_nm = probability, weights, voxel_size_nm
        z, y, x = (w.shape[0] for w in weights)
        self.shape: Shape = (z, y, x)
        self._plane = lru_cache(maxsize=3)(self._computed_plane)

    def __getitem__(self, z: int) -> NDArray[np.float32]:
        """One plane ``(y, x)``."""
        return self._plane(z)

    def _computed_plane(self, z: int) -> NDArray[np.float32]:
        return self.box(np.array([z, 0, 0]), np.array([z + 1, *self.shape[1:]]))[0]

    def box(self, low: Indices, high: Indices) -> Probability:
        """Probability in a box of the tomogram.

        Parameters
        ----------
        low, high : (3,) arrays
            First voxel and the one after the last, ``z, y, x``, within the tomogram.
        """
        rows = [w[a:b] for w, a, b in zip(self._weights, low, high, strict=True)]
        columns = [slice(int(r.indices.min()), int(r.indices.max()) + 1) for r in rows]
        values: NDArray[np.float32] = np.asarray(self._probability[tuple(columns)], np.float32)
        for axis, (row, column) in enumerate(zip(rows, columns, strict=True)):
            first = np.moveaxis(values, axis, 0)
            mixed = row[:, column] @ first.reshape(first.shape[0], -1)
            values = np.moveaxis(mixed.reshape(-1, *first.shape[1:]), 0, axis)
        return values

    def components(self, threshold: float) -> list[SegmentVoxels]:
        """The parts above a threshold that are joined by faces: ``(n, 3)`` voxels each, ordered by their first one.

        What hangs together on the tomogram's grid lies in one region of the network's, so that only boxes around
        those regions are rescaled and labelled.
        """
        found = [part for region in self._regions(threshold) for part in region]
        return sorted(found, key=lambda voxels: tuple(voxels[0]))

    def _regions(self, threshold: float) -> Iterator[list[SegmentVoxels]]:
        nearest = [_heaviest(w) for w in self._weights]
        regions = self._labelled_regions(threshold, nearest)
        for label, window in enumerate(ndimage.find_objects(regions), 1):
            low = np.array([np.searchsorted(n, s.start) for n, s in zip(nearest, window, strict=True)])
            high = np.array([np.searchsorted(n, s.stop) for n, s in zip(nearest, window, strict=True)])
            if np.any(high <= low):
                continue
            own = regions[np.ix_(*(n[a:b] for n, a, b in zip(nearest, low, high, strict=True)))] == label
            yield [part + low for part in joined_by_faces((self.box(low, high) > threshold) & own)]

    def _labelled_regions(self, threshold: float, nearest: list[Indices]) -> NDArray[np.int32]:
        """Regions of the network's grid that reach as far as interpolation and neighbourhood do."""
        reach = max(_reach(w, n) for w, n in zip(self._weights, nearest, strict=True))
        step = max(int(np.diff(n).max(initial=1)) for n in nearest)
        above = np.asarray(self._probability) > threshold
        wide = ndimage.binary_dilation(above, _JOINED_BY_CORNERS, iterations=reach + step // 2)
        labels: NDArray[np.int32] = ndimage.label(wide, _JOINED_BY_CORNERS)[0]
        return labels


def _heaviest(weights: sparse.csr_array) -> Indices:
    """The network's voxel that counts most for each of the tomogram's."""
    columns: Indices = np.asarray(weights.argmax(axis=1)).ravel().astype(np.intp)
    return np.maximum.accumulate(columns)


def _reach(weights: sparse.csr_array, nearest: Indices) -> int:
    """How many voxels away from the nearest one a voxel may count."""
    rows, columns = weights.nonzero()
    return max(int(np.abs(columns - nearest[rows]).max()), 1)


def joined_by_faces(mask: NDArray[np.bool_]) -> list[SegmentVoxels]:
    """The parts of a mask ``(z, y, x)`` that are joined by faces: ``(n, 3)`` arrays of voxels."""
    labels, _ = ndimage.label(mask)
    return [
        np.argwhere(labels[window] == index) + [part.start for part in window]
        for index, window in enumerate(ndimage.find_objects(labels), 1)
    ]


def count_joined_by_corners(mask: NDArray[np.bool_]) -> int:
    """In how many parts a mask ``(z, y, x)`` of voxels falls, where corners join as well."""
    return int(ndimage.label(mask, _JOINED_BY_CORNERS)[1])
