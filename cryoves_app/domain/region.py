"""Regions drawn on slices: cytoplasm, active zone, organelles, places to leave out."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from statistics import fmean

_MEMBRANE_NM = 8.0


class RegionKind(StrEnum):
    CYTOPLASM = "cytoplasm"
    ACTIVE_ZONE = "active_zone"
    EXCLUDE = "exclude"
    ORGANELLE = "organelle"


@dataclass(frozen=True)
class Contour:
    """A line on one slice: points ``(z, y, x)`` in voxels, voxel centres at integers."""

    points_px: tuple[tuple[float, float, float], ...]
    closed: bool = True

    def on(self, z: int) -> Contour:
        """The same line on another slice."""
        return replace(self, points_px=tuple((float(z), y, x) for _, y, x in self.points_px))

    @cached_property
    def slice_index(self) -> int:
        """The slice to which the contour belongs: the one nearest to its mean z."""
        return math.floor(fmean(z for z, _, _ in self.points_px) + 0.5)


@dataclass(frozen=True)
class Region:
    """A named set of contours. ``interpolate`` fills slices between drawn ones.

    ``tube_nm`` is the diameter with which open contours (an active zone) are stroked.
    """

    name: str
    kind: RegionKind
    contours: tuple[Contour, ...] = ()
    interpolate: bool = False
    tube_nm: float = _MEMBRANE_NM

    @cached_property
    def _by_slice(self) -> Mapping[int, tuple[Contour, ...]]:
        found: dict[int, list[Contour]] = defaultdict(list)
        for contour in self.contours:
            if contour.points_px:
                found[contour.slice_index].append(contour)
        return {z: tuple(contours) for z, contours in found.items()}

    def on_slice(self, z: int) -> tuple[Contour, ...]:
        """The contours that belong to a slice."""
        return self._by_slice.get(z, ())

    @property
    def drawn_slices(self) -> list[int]:
        """The slices on which there are lines, in rising order."""
        return sorted({c.slice_index for c in self.contours if len(c.points_px) > 1})

    def extended(self, depth: int) -> Region:
        """The region down to slice 0 and up to slice ``depth`` - 1: as on the first and on the last drawn one."""
        drawn = self.drawn_slices
        if not drawn:
            return self
        region = replace(self, interpolate=True)
        for end, source in ((0, drawn[0]), (depth - 1, drawn[-1])):
            if end != source:
                region = region.with_slice(end, [c.on(end) for c in self.on_slice(source)])
        return region

    def with_slice(self, z: int, contours: Iterable[Contour]) -> Region:
        """The region with other contours on a slice; contours stand in the order of their slices."""
        rest = [c for c in self.contours if not c.points_px or c.slice_index != z]
        place = next((i for i, c in enumerate(rest) if c.points_px and c.slice_index > z), len(rest))
        return replace(self, contours=(*rest[:place], *contours, *rest[place:]))


def join_regions(regions: Iterable[Region], new: Iterable[Region]) -> tuple[Region, ...]:
    """All regions, the new ones under names that are free: regions are known by their names."""
    found = list(regions)
    for region in new:
        found.append(replace(region, name=free_name(region.name, found)))
    return tuple(found)


def free_name(name: str, others: Iterable[Region]) -> str:
    """The name, with a number where one of the others has it already."""
    taken = {region.name for region in others}
    number, free = 2, name
    while free in taken:
        number, free = number + 1, f"{name} {number}"
    return free


def usual_tube_nm(voxel_size_nm: float) -> float:
    """The diameter of an active zone's tube: a membrane's width, and never thinner than three voxels."""
    return max(_MEMBRANE_NM, 3 * voxel_size_nm)
