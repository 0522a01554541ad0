"""The label volume for Pyto: region, active zone, organelles, and the vesicles over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cryoves_app.analysis.geometry.painting import check_paintable
from cryoves_app.analysis.geometry.regions import rasterise
from cryoves_app.analysis.segmentation.label_boxes import boxes_of, smaller_pieces
from cryoves_app.domain.arrays import Labels, Window
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.pyto import (
    ACTIVE_ZONE_ID,
    FIRST_ORGANELLE_ID,
    FIRST_VESICLE_ID,
    MOST_ORGANELLES,
    REGION_ID,
    PytoIds,
)
from cryoves_app.workflow.segment.results import paint


@dataclass(frozen=True)
class PytoLabels:
    """Labels on the exported grid, and which vesicle each is.

    ``invisible`` are ids of vesicles that cover no voxel: too small, or outside the volume.
    ``background`` are the labels without the vesicles, so that it is known what lies under them.
    """

    labels: Labels
    background: Labels
    vesicles: tuple[Vesicle, ...]  # with their labels
    invisible: tuple[int, ...]
    voxel_size_nm: float

    @property
    def vesicle_of_label(self) -> dict[int, int]:
        return {v.label: v.id for v in self.vesicles if v.label is not None}

    @property
    def ids(self) -> PytoIds:
        """The numbers that are in the volume, taken from the volume itself."""
        seen = np.zeros(np.iinfo(np.uint16).max + 1, bool)
        for plane in self.labels:
            seen[plane] = True
        present = [int(n) for n in np.flatnonzero(seen)]
        return PytoIds(
            tuple(n for n in present if n >= FIRST_VESICLE_ID),
            tuple(n for n in present if FIRST_ORGANELLE_ID <= n < FIRST_VESICLE_ID),
            REGION_ID in present,
            ACTIVE_ZONE_ID in present,
        )


def label_volume(
    vesicles: Sequence[Vesicle], regions: Sequence[Region], shape: tuple[int, int, int], voxel_size_nm: float
) -> PytoLabels:
    """Paints in Pyto's order: region, active zone, organelles, vesicles over all; a rim of one voxel stays 0.

    Raises
    ------
    CryoVesError
        For more organelles or vesicles than there are numbers.
    """
    check_paintable(np.arange(FIRST_VESICLE_ID, FIRST_VESICLE_ID + len(vesicles)))
    background = _background(regions, shape, voxel_size_nm)
    _clear_rim(background)
    labels = np.zeros(shape, np.uint16)
    ordered = sorted(vesicles, key=lambda v: v.id)
    numbered = [v.but(label=n) for n, v in enumerate(ordered, FIRST_VESICLE_ID)]
    paint(numbered, voxel_size_nm, labels)
    _clear_rim(labels)
    boxes = boxes_of(labels)
    kept = _renumbered(labels, numbered, boxes)
    for number, box in boxes.items():
        scattered = smaller_pieces(labels, number, box)
        if scattered is not None:
            labels[box][scattered] = 0
    np.copyto(labels, background, where=labels == 0)
    seen = {v.id for v in kept}
    return PytoLabels(
        labels, background, tuple(kept), tuple(v.id for v in ordered if v.id not in seen), voxel_size_nm
    )


def _background(regions: Sequence[Region], shape: tuple[int, int, int], voxel_size_nm: float) -> Labels:
    volume = np.zeros(shape, np.uint16)
    organelles = [r for r in regions if r.kind is RegionKind.ORGANELLE]
    if len(organelles) > MOST_ORGANELLES:
        raise CryoVesError(
            f"Pyto's labels have room for {MOST_ORGANELLES} organelles; there are {len(organelles)}."
        )
    layers = [
        *((r, REGION_ID) for r in regions if r.kind is RegionKind.CYTOPLASM),
        *((r, 0) for r in regions if r.kind is RegionKind.EXCLUDE),
        *((r, ACTIVE_ZONE_ID) for r in regions if r.kind is RegionKind.ACTIVE_ZONE),
        *((r, number) for number, r in enumerate(organelles, FIRST_ORGANELLE_ID)),
    ]
    for region, number in layers:
        volume[rasterise(region, shape, voxel_size_nm) > 0] = number
    return volume


def _clear_rim(volume: Labels) -> None:
    for axis in range(volume.ndim):
        ends = np.moveaxis(volume, axis, 0)
        ends[0] = 0
        ends[-1] = 0


def _renumbered(labels: Labels, numbered: Sequence[Vesicle], boxes: dict[int, Window]) -> list[Vesicle]:
    """Closes gaps in the numbers where vesicles cover no voxel; labels and boxes are changed in place."""
    visible = [v for v in numbered if v.label in boxes]
    table = np.zeros(max(boxes, default=0) + 1, np.uint16)
    renumbered = []
    for number, vesicle in enumerate(visible, FIRST_VESICLE_ID):
        table[vesicle.label] = number
        renumbered.append(vesicle.but(label=number))
    if [v.label for v in visible] != [v.label for v in renumbered]:
        for plane in labels:
            plane[:] = table[plane]
        moved = {int(table[old]): box for old, box in boxes.items()}
        boxes.clear()
        boxes.update(moved)
    return renumbered
