"""The part of a tomogram that a run limited to a box looks at, and its results as those of the whole."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from cryoves_app.analysis.geometry.run_mask import RunMask
from cryoves_app.domain.arrays import MaskPlane
from cryoves_app.domain.box import Box
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.lazy_array import LazyArray
from cryoves_app.workflow.pipeline.given_map import GivenMap
from cryoves_app.workflow.segment.inputs import Inputs
from cryoves_app.workflow.segment.surroundings import reach_nm, surroundings_nm


@dataclass(frozen=True)
class TomogramPart:
    """What the steps of a run are given, all on one grid; ``corner_px`` is its first voxel in the tomogram.

    The network computes where ``mask`` is not 0, everywhere without one.
    """

    volume: Volume
    fit_volume: Volume | None
    mask: RunMask | None
    corner_px: tuple[int, int, int] = (0, 0, 0)
    given: GivenMap | None = None

    @classmethod
    def of(cls, inputs: Inputs, box: Box | None) -> TomogramPart:
        """All of the tomogram, or a box with what the network sees around it."""
        if box is None:
            return cls(inputs.volume, inputs.fit_volume, inputs.network_mask, given=inputs.given)
        whole, voxel_nm = inputs.volume.shape, inputs.volume.voxel_size_nm
        reach = math.ceil(reach_nm(inputs.recipe) / voxel_nm)
        around = math.ceil(surroundings_nm(inputs.recipe, inputs.model.voxel_size_nm) / voxel_nm)
        computed, read = box.grown(reach, whole), box.grown(reach + around, whole)
        mask = RunMask.of(read.shape, _mask_planes(inputs.network_mask, computed, read))
        fit_volume = _cut(inputs.fit_volume, read) if inputs.fit_volume else None
        given = _cut_given(inputs.given, read) if inputs.given else None
        return cls(_cut(inputs.volume, read), fit_volume, mask, read.low, given)

    @property
    def corner_nm(self) -> tuple[float, float, float]:
        """Where the middle of its first voxel lies in the tomogram."""
        z, y, x = (c * self.volume.voxel_size_nm for c in self.corner_px)
        return z, y, x

    def moved_vesicles(self, found: VesicleSet) -> VesicleSet:
        """Vesicles of the part where they lie in the tomogram."""
        return VesicleSet.of(v.with_sphere(self._moved(v.sphere)) for v in found)

    def moved_spheres(self, found: Iterable[Sphere]) -> list[Sphere]:
        """Spheres of the part where they lie in the tomogram."""
        return [self._moved(sphere) for sphere in found]

    def moved_step(self, report: StepReport) -> StepReport:
        """A step's report, whose map lies where the part does."""
        return replace(report, map=self.moved_map(report.map)) if report.map else report

    def moved_map(self, found: NetworkMap) -> NetworkMap:
        """A map of the part where it lies in the tomogram."""
        return replace(found, corner_nm=self.corner_nm)

    def _moved(self, sphere: Sphere) -> Sphere:
        z, y, x = self.corner_nm
        return Sphere(sphere.z_nm + z, sphere.y_nm + y, sphere.x_nm + x, sphere.radius_nm)


def _mask_planes(mask: RunMask | None, computed: Box, read: Box) -> Iterator[MaskPlane]:
    """The slices of the box that is read: where the network computes within it, all of it without a mask."""
    inner = Box(_less(computed.low, read.low), _less(computed.high, read.low)).window
    for z in range(read.shape[0]):
        plane = np.zeros(read.shape[1:], bool)
        if inner[0].start <= z < inner[0].stop:
            whole = None if mask is None else mask.plane(z + read.low[0])
            plane[inner[1:]] = True if whole is None else whole[computed.window[1:]] != 0
        yield plane


def _cut(volume: Volume, box: Box) -> Volume:
    window = box.window
    data = volume.data.part(window) if isinstance(volume.data, LazyArray) else volume.data[window]
    return Volume(replace(volume.info, shape=box.shape, corner_px=box.low), data)


def _cut_given(given: GivenMap, box: Box) -> GivenMap:
    labels = None if given.labels is None else given.labels[box.window]
    return replace(given, volume=_cut(given.volume, box), labels=labels)


def _less(a: tuple[int, int, int], b: tuple[int, int, int]) -> tuple[int, int, int]:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]
