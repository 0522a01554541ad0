"""Voxels of boundaries by which distances are measured, in boxes, so that cost does not grow with their number."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from cryoves_app.analysis.links.distance_map import squared_distances_px
from cryoves_app.analysis.links.field import LinkField
from cryoves_app.analysis.segmentation.label_boxes import boxes_of, pad_box
from cryoves_app.domain.arrays import AnyArray, Indices, Values, Window

#: For more than this share of all voxels a map of all distances is quicker than a search for each.
_MANY = 0.03


class BoundaryVoxels:
    """The outermost voxels of each boundary of a field, among which the nearest to a point outside always is."""

    def __init__(self, space: LinkField) -> None:
        self._space = space
        self._boxes = boxes_of(space.boundaries)
        self._surfaces: dict[int, Indices] = {}
        self._trees: dict[int, cKDTree] = {}
        self._maps: dict[int, AnyArray] = {}
        self._gaps: dict[tuple[int, int], float] = {}

    def surface(self, number: int) -> Indices:
        """Voxels ``(n, 3)`` of a boundary that have a face neighbour outside of it."""
        if number not in self._surfaces:
            box = pad_box(self._boxes[number], self._space.shape)
            own = self._space.boundaries[box] == number
            rim = own & ~ndimage.binary_erosion(own, border_value=0)
            self._surfaces[number] = np.argwhere(rim) + [part.start for part in box]
        return self._surfaces[number]

    def within(self, number: int, box: Window) -> Indices:
        """Those voxels ``(n, 3)`` of ``surface`` that lie in a box."""
        voxels = self.surface(number)
        low, high = ([getattr(part, end) for part in box] for end in ("start", "stop"))
        return voxels[((voxels >= low) & (voxels < high)).all(axis=1)]

    def distances(self, number: int, voxels: Indices) -> Values:
        """Distance of each voxel ``(n, 3)`` from the nearest one of a boundary, in voxels.

        Those from the active zone are looked up in a map: from afar a sheet has very many voxels that are nearly as
        near, and a search goes through them all.
        """
        if number == self._space.zone:
            return np.sqrt(self._zone_map[tuple(voxels.T)])
        if len(voxels) > _MANY * self._space.region.size:
            return np.sqrt(self._map(number)[tuple(voxels.T)])
        return nearest_px(self._tree(number), voxels)

    @cached_property
    def _zone_map(self) -> AnyArray:
        return squared_distances_px(self._space.boundaries == self._space.zone)

    def gap(self, ends: tuple[int, int]) -> float:
        """Smallest distance between voxels of two boundaries, in voxels; 1 where they touch."""
        if ends not in self._gaps:
            few, many = sorted(ends, key=lambda n: len(self.surface(n)))
            self._gaps[ends] = float(self.distances(many, self.surface(few)).min())
        return self._gaps[ends]

    def _map(self, number: int) -> AnyArray:
        if number not in self._maps:
            own = self._space.boundaries == number
            self._maps = {number: squared_distances_px(own)}  # a large array: one at a time
        return self._maps[number]

    def _tree(self, number: int) -> cKDTree:
        if number not in self._trees:
            self._trees[number] = cKDTree(self.surface(number))
        return self._trees[number]


def nearest_px(tree: cKDTree, voxels: AnyArray) -> Values:
    """Distance of each voxel from the nearest one of a tree, exact: the root of a whole number.

    Parameters
    ----------
    tree
        Of voxels.
    voxels : (n, 3) array
        Whole voxels ``z, y, x``.

    Returns
    -------
    (n,) array
        In voxels.
    """
    distances, _ = tree.query(voxels)
    return np.sqrt(np.rint(np.square(distances)))
