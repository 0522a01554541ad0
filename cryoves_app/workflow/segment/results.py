"""The files of a finished segmentation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.painting import paint_spheres
from cryoves_app.analysis.trilinear import trilinear_slices
from cryoves_app.domain.membranes import MembraneModel
from cryoves_app.domain.region import Region
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import ProbabilityMap, Volume
from cryoves_app.formats.imod.convert import model_of
from cryoves_app.formats.imod.writer import write_model
from cryoves_app.formats.mrc import write_map, write_mrc_labels
from cryoves_app.formats.pyto import FIRST_VESICLE_ID
from cryoves_app.formats.table import write_vesicles
from cryoves_app.workflow.common.summary import for_export, sentence

#: Labels are painted so many slices at a time, so that no whole label volume is held in memory.
SLAB_SLICES = 32
PROBABILITY = "probability.mrc"


@dataclass(frozen=True)
class Segmentation:
    """What a run found, and what it was found in."""

    volume: Volume
    vesicles: VesicleSet
    steps: tuple[Mapping[str, Any], ...] = ()
    warnings: tuple[str, ...] = ()
    probability: ProbabilityMap | None = None
    regions: tuple[Region, ...] = ()
    membranes: MembraneModel = field(default_factory=MembraneModel)


def with_labels(vesicles: VesicleSet) -> VesicleSet:
    """The set with numbers 10, 11, … by id for those that go into label files, none for the others.

    They are Pyto's numbers, so that one vesicle has one number in all files.
    """
    exported = sorted(for_export(vesicles), key=lambda v: v.id)
    numbers = {v.id: n for n, v in enumerate(exported, FIRST_VESICLE_ID)}
    return vesicles.replaced(replace(v, label=numbers.get(v.id)) for v in vesicles)


def write_tables(folder: Path, found: Segmentation, scratch: Path) -> None:
    """``vesicles.csv``, ``vesicles.mod`` and ``labels.mrc``; ``scratch`` is a folder for intermediate arrays."""
    exported = for_export(found.vesicles)
    write_vesicles(folder / "vesicles.csv", found.vesicles, found.volume.voxel_size_nm)
    write_model(folder / "vesicles.mod", model_of(found.volume.info, exported, found.regions))
    labels = _mapped(scratch / "labels.npy", found.volume.shape, np.uint16)
    paint(exported, found.volume.voxel_size_nm, labels)
    write_mrc_labels(folder / "labels.mrc", labels, found.volume.info)


def write_probability(folder: Path, found: Segmentation, scratch: Path) -> None:
    """``probability.mrc``, on the tomogram's grid; zeros where nothing was computed."""
    shape, voxel_nm = found.volume.shape, found.volume.voxel_size_nm
    values = _mapped(scratch / "probability_on_tomogram.npy", shape, np.float32)
    if found.probability is not None:
        own = found.probability
        for z, plane in enumerate(trilinear_slices(own.values, own.voxel_size_nm, shape, voxel_nm)):
            values[z] = plane
    write_map(folder / PROBABILITY, values, found.volume.info)


def write_picture(folder: Path, found: Segmentation, name: str) -> None:
    """``overview.png``."""
    from cryoves_app.workflow.overview.overview import write_overview  # matplotlib takes a second to load

    title = f"{name}: {sentence(found.vesicles)}"
    write_overview(folder / "overview.png", found.volume, found.probability, found.vesicles, title)


def paint(vesicles: Iterable[Vesicle], voxel_size_nm: float, labels: NDArray[np.uint16]) -> None:
    """Paint vesicles with their labels, slab by slab."""
    numbered = [(v.sphere.to_px(voxel_size_nm), v.label or 0) for v in vesicles]
    for start in range(0, labels.shape[0], SLAB_SLICES):
        part = labels[start : start + SLAB_SLICES]
        near = [
            ((z - start, y, x, r), label)
            for (z, y, x, r), label in numbered
            if -r - 1 < z - start < len(part) + r
        ]
        if near:
            spheres = np.array([sphere for sphere, _ in near])
            shape = (part.shape[0], part.shape[1], part.shape[2])
            part[:] = paint_spheres(spheres, shape, np.array([label for _, label in near]))


def _mapped(path: Path, shape: tuple[int, int, int], dtype: type[np.generic]) -> NDArray[Any]:
    """A zeroed array in a file."""
    return np.lib.format.open_memmap(path, mode="w+", dtype=dtype, shape=shape)
