"""Where links are looked for: a region's voxels between boundaries, which are vesicles and the active zone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from cryoves_app.domain.arrays import AnyArray, BoolMask, Indices, Labels, Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.volume import VoxelArray

_AXES = 3


@dataclass(frozen=True)
class LinkLabels:
    """What the numbers of a label volume are; all others are neither region nor boundary.

    Attributes
    ----------
    region
        The number of the cytoplasm.
    vesicles
        The numbers of the vesicles.
    active_zone
        The number of the active zone; None without one.
    """

    region: int
    vesicles: tuple[int, ...]
    active_zone: int | None = None

    @property
    def boundaries(self) -> tuple[int, ...]:
        """What links run between, in rising order."""
        zone = () if self.active_zone is None else (self.active_zone,)
        return tuple(sorted({*zone, *self.vesicles}))

    def is_tether(self, ids: tuple[int, int]) -> bool:
        """Whether one of two boundaries is the active zone."""
        return self.active_zone is not None and self.active_zone in ids


@dataclass(frozen=True)
class ContactSites:
    """Voxels of the region that share a face with a boundary, once for each boundary they touch.

    Attributes
    ----------
    voxels : (n,) array
        Places in the field's flattened arrays.
    boundaries : (n,) array
        The boundaries' numbers: places in ``LinkField.ids``, from 1.
    """

    voxels: Indices
    boundaries: Indices


@dataclass(frozen=True)
class LinkField:
    """A tomogram between the boundaries, in the box that holds all voxels of theirs.

    Attributes
    ----------
    grey : (z, y, x) array
        Grey values in their own type; dense matter is dark.
    region : (z, y, x) bool array
        The voxels that links may consist of: those of the region whose grey value is a number.
    boundaries : (z, y, x) uint16 array
        A boundary's number (its place in ``ids``, from 1), 0 elsewhere.
    ids
        The boundaries' numbers in the label volume, in rising order.
    labels
        What the numbers of the label volume are.
    corner_px
        Where the box begins in the tomogram, in voxels.
    """

    grey: AnyArray = field(repr=False)
    region: BoolMask = field(repr=False)
    boundaries: Labels = field(repr=False)
    ids: tuple[int, ...]
    labels: LinkLabels
    corner_px: tuple[int, int, int]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the box, in voxels."""
        return self.region.shape

    @property
    def zone(self) -> int | None:
        """The active zone's place in ``ids``, from 1; None where the volume has none."""
        zone = self.labels.active_zone
        return self.ids.index(zone) + 1 if zone in self.ids else None

    @cached_property
    def sites(self) -> ContactSites:
        """Where segments can touch boundaries, found in one pass of the six face neighbours."""
        count = len(self.ids) + 1
        found = [np.zeros(0, np.intp)]
        for here, there in _face_neighbours():
            touched = self.boundaries[there]
            place = np.nonzero(self.region[here] & (touched > 0))
            at = tuple(p + (part.start or 0) for p, part in zip(place, here, strict=True))
            found.append(np.ravel_multi_index(at, self.shape) * count + touched[place])
        keys = np.unique(np.concatenate(found))
        return ContactSites(keys // count, keys % count)


def link_field(grey: VoxelArray, labels: NDArray[np.integer[Any]], kinds: LinkLabels) -> LinkField:
    """The part of a tomogram between its boundaries; what of the region lies outside their box does not count.

    Parameters
    ----------
    grey : (z, y, x) array
        Grey values; dense matter is dark. Only the box of the boundaries is read.
    labels : (z, y, x) array
        Whole numbers from 0 to 65 535 on the same grid.
    kinds
        What the numbers are; those that cover no voxel are left out.

    Returns
    -------
    LinkField
        Views of the tomogram where that can be, so that memory does not double.

    Raises
    ------
    CryoVesError
        If the shapes differ, a number stands for two things, or no voxel is of the region or of a vesicle.
    """
    _check(grey, labels, kinds)
    table = np.zeros(np.iinfo(np.uint16).max + 1, np.uint16)
    wanted = kinds.boundaries
    table[list(wanted)] = np.arange(1, len(wanted) + 1)
    numbered = table[labels]
    box = _box_of(numbered > 0)
    numbered = numbered[box]
    present = np.flatnonzero(np.bincount(numbered.ravel(), minlength=len(wanted) + 1)[1:])
    ids = tuple(wanted[k] for k in present)
    if not set(ids) & set(kinds.vesicles):
        raise CryoVesError("The label volume holds no vesicle, so there is nothing to find links between.")
    renumber = np.zeros(len(wanted) + 1, np.uint16)
    renumber[present + 1] = np.arange(1, len(ids) + 1)
    inside = np.asarray(grey[box])
    region = labels[box] == kinds.region
    if not region.any() and not (labels == kinds.region).any():
        raise CryoVesError(
            f"No voxel has the region's number {kinds.region}; give the number of the cytoplasm between the vesicles."
        )
    corner = (box[0].start, box[1].start, box[2].start)
    return LinkField(inside, region & np.isfinite(inside), renumber[numbered], ids, kinds, corner)


def _check(grey: VoxelArray, labels: AnyArray, kinds: LinkLabels) -> None:
    if grey.shape != labels.shape:
        raise CryoVesError(
            f"The labels have the shape {labels.shape}, the tomogram {grey.shape} (z, y, x): they must be the same."
        )
    if kinds.region in kinds.boundaries or kinds.active_zone in kinds.vesicles:
        raise CryoVesError("Region, active zone and vesicles need numbers of their own.")


def _box_of(mask: BoolMask) -> Window:
    """The bounding box; empty where nothing is set."""
    found = ndimage.find_objects(mask.view(np.uint8))
    return tuple(found[0]) if found else (slice(0, 0),) * _AXES


def _face_neighbours() -> Iterator[tuple[Window, Window]]:
    """For each of six faces: the voxels that have such a neighbour, and these neighbours."""
    whole = (slice(None),) * _AXES
    for axis in range(_AXES):
        low = (*whole[:axis], slice(0, -1), *whole[axis + 1 :])
        high = (*whole[:axis], slice(1, None), *whole[axis + 1 :])
        yield low, high
        yield high, low
