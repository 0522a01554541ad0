"""A segmentation against the truth, or two segmentations of one tomogram against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.painting import paint_spheres
from cryoves_app.analysis.geometry.run_mask import AnyMask
from cryoves_app.analysis.scores.distances import inside_mask
from cryoves_app.analysis.scores.evaluation import CountedSpheres, Evaluation, compare_counted
from cryoves_app.analysis.scores.matching import MatchRule
from cryoves_app.analysis.scores.overlap_curve import OverlapPoint, overlap_curve
from cryoves_app.analysis.scores.sphere_dice import dice_of_spheres
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.region import RegionKind
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.workflow.importing.regions import LoadedRegion, load_region
from cryoves_app.workflow.importing.vesicle_sources import (
    SourceGrid,
    VesicleSource,
    common_grid,
    grid_of,
    load_vesicles,
)

SLAB_SLICES = 32
#: Grid for the Dice of two files that state none.
PLAIN_VOXEL_NM = 1.0
#: No place in a tomogram is farther away than a metre.
FARTHEST_NM = 1e9


@dataclass(frozen=True)
class Scores:
    """Scores and which vesicles they rest on; ids are those of the files.

    ``predicted`` and ``true`` are all vesicles that count anywhere in the tomogram. ``curve`` says how the counts hang
    on the overlap that is asked for. ``notes`` say what had to be decided to read these.
    """

    evaluation: Evaluation
    dice: float
    predicted: tuple[Vesicle, ...]
    true: tuple[Vesicle, ...]
    notes: tuple[str, ...] = ()
    curve: tuple[OverlapPoint, ...] = ()

    @property
    def predicted_ids(self) -> tuple[int, ...]:
        return tuple(v.id for v in self.predicted)

    @property
    def true_ids(self) -> tuple[int, ...]:
        return tuple(v.id for v in self.true)

    def to_dict(self) -> JsonObject:
        found = self.evaluation
        predicted, true = self.predicted_ids, self.true_ids
        return {
            **found.to_dict(),
            "dice": self.dice,
            "matched": [[predicted[m.predicted], true[m.true]] for m in found.matches],
            "false_positive_ids": [predicted[i] for i in found.false_positives],
            "false_negative_ids": [true[i] for i in found.false_negatives],
            "f1_by_overlap": {f"{point.threshold:.2f}": point.f1 for point in self.curve},
        }


def evaluate(
    prediction: Path,
    truth: Path,
    region: Path | None = None,
    voxel_size_nm: float | None = None,
    rule: MatchRule = MatchRule.CENTRE,
) -> Scores:
    """Compare two files of vesicles (``.csv``, ``.mod``, ``.cryoves``, labels), all within a region if given.

    Raises
    ------
    CryoVesError
        If a file can't be read, or the two lie on different grids.
    """
    predicted, true = (load_vesicles(path, voxel_size_nm) for path in (prediction, truth))
    grid = common_grid(predicted, true) or (grid_of(region, voxel_size_nm) if region else None)
    return evaluate_sources(predicted, true, grid, region_within(region, grid), rule)


def evaluate_sources(
    predicted: VesicleSource,
    true: VesicleSource,
    grid: SourceGrid | None,
    region: LoadedRegion | None = None,
    rule: MatchRule = MatchRule.CENTRE,
) -> Scores:
    """Compare vesicles that were read, on their common grid, all within a region if given.

    Raises
    ------
    CryoVesError
        If a vesicle lies where none can be.
    """
    mask = region.mask if region else None
    for source in (predicted, true):
        _check_placed(source)
    first, second = (_counted(source, mask, grid) for source in (predicted, true))
    return Scores(
        compare_counted(first, second, rule),
        dice_of_sources(predicted, true, grid, mask),
        predicted.vesicles,
        true.vesicles,
        (*predicted.notes, *true.notes, *(region.warnings if region else ())),
        overlap_curve(first, second),
    )


def _check_placed(source: VesicleSource) -> None:
    """See that all lie where a tomogram could be."""
    far = next((v for v in source.vesicles if max(map(abs, v.sphere.centre_nm)) > FARTHEST_NM), None)
    if far is not None:
        raise CryoVesError(
            f"Vesicle {far.id} in {source.path} lies {max(map(abs, far.sphere.centre_nm)):.3g} nm from the tomogram's "
            "corner, where none can be; are its numbers in another unit?"
        )


def region_within(region: Path | None, grid: SourceGrid | None) -> LoadedRegion | None:
    """The region on a grid; ``None`` where either is not known."""
    if region is None or grid is None:
        return None
    info = VolumeInfo(grid[0], np.dtype(np.float32), grid[1])
    return load_region(region, RegionKind.CYTOPLASM, info)


def _counted(source: VesicleSource, mask: AnyMask | None, grid: SourceGrid | None) -> CountedSpheres:
    """All spheres, and which of them lie in the region."""
    if mask is None or grid is None:
        return CountedSpheres(source.spheres)
    return CountedSpheres(source.spheres, inside_mask(source.spheres, mask, grid[1]))


def dice_of_sources(
    a: VesicleSource, b: VesicleSource, grid: SourceGrid | None, mask: AnyMask | None
) -> float:
    """Dice of the voxels that vesicles cover: 2 |A ∩ B| / (|A| + |B|); 1 where there are none at all."""
    if grid is None:
        return dice_of_spheres(a.spheres, b.spheres, None, PLAIN_VOXEL_NM)
    if a.labels is None and b.labels is None:
        return dice_of_spheres(a.spheres, b.spheres, *grid, mask)
    shared = total = 0
    for slices, first, second in zip(
        _slabs(grid), covered_slabs(a, grid), covered_slabs(b, grid), strict=True
    ):
        if mask is not None:
            first, second = first & (mask[slices] > 0), second & (mask[slices] > 0)
        shared += int(np.count_nonzero(first & second))
        total += int(np.count_nonzero(first)) + int(np.count_nonzero(second))
    return 2 * shared / total if total else 1.0


def _slabs(grid: SourceGrid) -> list[slice]:
    depth = grid[0][0]
    return [slice(z, min(z + SLAB_SLICES, depth)) for z in range(0, depth, SLAB_SLICES)]


def covered_slabs(source: VesicleSource, grid: SourceGrid) -> Iterator[NDArray[np.bool_]]:
    """What the vesicles cover, slab by slab: the labels themselves where there are some, else the spheres."""
    for slices in _slabs(grid):
        if source.labels is not None:
            yield source.labels[slices] > 0
        else:
            yield _painted(source.spheres, slices, grid)


def _painted(spheres: Sequence[Sphere], slices: slice, grid: SourceGrid) -> NDArray[np.bool_]:
    (_, height, width), voxel_nm = grid
    near = [
        (z - slices.start, y, x, r)
        for z, y, x, r in (s.to_px(voxel_nm) for s in spheres)
        if slices.start - r <= z <= slices.stop + r
    ]
    shape = (slices.stop - slices.start, height, width)
    return paint_spheres(np.array(near, float).reshape(-1, 4), shape) > 0
