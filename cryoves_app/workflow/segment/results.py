"""The files of a finished segmentation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.painting import check_paintable, paint_spheres
from cryoves_app.analysis.network_input.trilinear import trilinear_slices
from cryoves_app.analysis.shapes.harmonics import farthest
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.notes import Note
from cryoves_app.domain.region import Region
from cryoves_app.domain.run_steps import NetworkMap, StepReport
from cryoves_app.domain.vesicle import SHAPE_TERMS, Vesicle, shape_terms_px
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import GridMap, Volume
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_label_slabs, write_map_slices
from cryoves_app.formats.pyto import FIRST_VESICLE_ID
from cryoves_app.formats.reserved import open_array
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.workflow.common.summary import for_export, sentence
from cryoves_app.workflow.pipeline.grey_notes import GreyRecord
from cryoves_app.workflow.pipeline.little_found import NetworkSaw

#: Labels are painted so many slices at a time, so that no whole label volume is held in memory.
SLAB_SLICES, SLAB_VOXELS = 32, 1 << 24
PROBABILITY = "probability.mrc"
#: What each run writes besides its project and its record.
RESULT_FILES = ("vesicles.csv", "vesicles.mod", "labels.mrc", "overview.png")


@dataclass(frozen=True)
class Segmentation:
    """What a run found, and what it was found in. ``candidates`` are the segments' spheres, before any fit."""

    volume: Volume
    vesicles: VesicleSet
    steps: tuple[StepReport, ...] = ()
    notes: tuple[Note, ...] = ()
    map: NetworkMap | None = None
    grey: GreyRecord | None = None
    saw: NetworkSaw | None = None
    regions: tuple[Region, ...] = ()
    membranes: MembraneModel = field(default_factory=MembraneModel)
    candidates: tuple[Sphere, ...] = ()

    @cached_property
    def probability(self) -> GridMap | None:
        """The network's map, read from its file only where it is touched."""
        return (
            None
            if self.map is None
            else GridMap(open_array(Path(self.map.path)), self.map.voxel_size_nm, self.map.corner_nm)
        )


def with_labels(vesicles: VesicleSet) -> VesicleSet:
    """The set with numbers 10, 11, … by id for those that go into label files, none for the others.

    They are Pyto's numbers, so that one vesicle has one number in all files.
    """
    exported = sorted(for_export(vesicles), key=lambda v: v.id)
    numbers = {v.id: n for n, v in enumerate(exported, FIRST_VESICLE_ID)}
    return vesicles.replaced(replace(v, label=numbers.get(v.id)) for v in vesicles)


def write_tables(folder: Path, found: Segmentation) -> None:
    """``vesicles.csv``, ``vesicles.mod`` and ``labels.mrc``."""
    exported = for_export(found.vesicles)
    write_vesicles(folder / "vesicles.csv", found.vesicles, found.volume.voxel_size_nm)
    write_model(folder / "vesicles.mod", model_of(found.volume.info, exported, found.regions))
    slabs = paint_slabs(exported, found.volume.voxel_size_nm, found.volume.shape)
    write_label_slabs(folder / "labels.mrc", slabs, found.volume.info)


def write_probability(folder: Path, found: Segmentation) -> None:
    """``probability.mrc``, on the tomogram's grid; zeros where nothing was computed."""
    slices = probability_slices(found.probability, found.volume.shape, found.volume.voxel_size_nm)
    write_map_slices(folder / PROBABILITY, slices, found.volume.info)


def probability_slices(
    own: GridMap | None, shape: tuple[int, int, int], voxel_nm: float
) -> Iterator[NDArray[np.float32]]:
    """A map on a tomogram's grid, slice by slice."""
    if own is None:
        yield from (np.zeros(shape[1:], np.float32) for _ in range(shape[0]))
        return
    corner = own.corner_in(voxel_nm)
    ends = [c + n * own.voxel_size_nm / voxel_nm for c, n in zip(corner, own.values.shape, strict=True)]
    z, y, x = (range(math.ceil(a), min(math.ceil(b), n)) for a, b, n in zip(corner, ends, shape, strict=True))
    first = [
        (axis.start - c) * voxel_nm / own.voxel_size_nm for axis, c in zip((z, y, x), corner, strict=True)
    ]
    inner = trilinear_slices(
        own.values, own.voxel_size_nm, (len(z), len(y), len(x)), voxel_nm, (first[0], first[1], first[2])
    )
    for index in range(shape[0]):
        plane = np.zeros(shape[1:], np.float32)
        if index in z:
            plane[y.start : y.stop, x.start : x.stop] = next(inner)
        yield plane


def write_picture(folder: Path, found: Segmentation, name: str) -> None:
    """``overview.png``."""
    from cryoves_app.workflow.overview.overview import write_overview  # matplotlib takes a second to load

    title = f"{name}: {sentence(found.vesicles)}"
    write_overview(folder / "overview.png", found.volume, found.probability, found.vesicles, title)


def paint_slabs(
    vesicles: Iterable[Vesicle], voxel_size_nm: float, shape: tuple[int, int, int], *, shapes: bool = False
) -> Iterator[NDArray[np.uint16]]:
    """Vesicles painted with their labels, slab after slab along z; on request the measured shapes, not spheres."""
    painted = list(vesicles)
    spheres = np.array([v.sphere.to_px(voxel_size_nm) for v in painted], float).reshape(-1, 4)
    labels = np.array([v.label or 0 for v in painted], int)
    check_paintable(labels)
    terms = shape_terms_px(painted, voxel_size_nm) if shapes else np.zeros((len(painted), SHAPE_TERMS))
    reach = farthest(spheres, terms) + 1
    slices = max(1, min(SLAB_SLICES, SLAB_VOXELS // (shape[1] * shape[2])))
    for start in range(0, shape[0], slices):
        depth = min(slices, shape[0] - start)
        height = spheres[:, 0] - start
        near = (height > -reach) & (height < depth + reach)
        moved = spheres[near] - (start, 0, 0, 0)
        yield paint_spheres(moved, (depth, *shape[1:]), labels[near], terms[near])


def paint(vesicles: Iterable[Vesicle], voxel_size_nm: float, labels: NDArray[np.uint16]) -> None:
    """Paint vesicles with their labels, slab by slab."""
    shape = (labels.shape[0], labels.shape[1], labels.shape[2])
    start = 0
    for slab in paint_slabs(vesicles, voxel_size_nm, shape):
        labels[start : start + len(slab)] = slab
        start += len(slab)
