"""Dice after each step of a run, as in figure 4 of the manuscript, from what a run keeps of its steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.geometry.run_mask import AnyMask
from cryoves_app.analysis.scores.evaluation import soft_dice
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.importing.vesicle_sources import SourceGrid, VesicleSource
from cryoves_app.workflow.project.before_edits import candidates_of
from cryoves_app.workflow.quality.evaluation import covered_slabs, dice_of_sources


class RunStep(StrEnum):
    """What stands after a step, in the order of a run."""

    MASK = "mask"  # the network's map, by its soft Dice
    SEGMENTS = "segments"  # spheres of the segments above the threshold
    FITTED = "fitted"  # spheres fitted to the image
    ACCEPTED = "accepted"  # those that are no outliers
    REVIEWED = "reviewed"  # as people left them


STEP_TITLES = {
    RunStep.MASK: "network's map (soft Dice)",
    RunStep.SEGMENTS: "segments",
    RunStep.FITTED: "fitted spheres",
    RunStep.ACCEPTED: "without outliers",
    RunStep.REVIEWED: "as reviewed",
}
#: Dice by step; steps of which nothing is kept are not there.
StepDice = dict[RunStep, float]


@dataclass(frozen=True)
class MapFile:
    """A file of the network's map. One that only lies beside a result may be of another tomogram, and is no must."""

    path: Path
    is_named: bool = False


def mask_dice(
    probability: MapFile,
    truth: VesicleSource,
    grid: SourceGrid | None,
    mask: AnyMask | None,
    progress: Progress,
) -> tuple[StepDice, tuple[str, ...]]:
    """Soft Dice of the network's map on the tomogram's grid with what the true vesicles cover, within a region if any.

    Returns
    -------
    tuple
        The Dice as a step, and notes; a map that was not named and cannot be used is a note.

    Raises
    ------
    CryoVesError
        If a map that was named cannot be read, or lies on another grid.
    """
    try:
        return {RunStep.MASK: _soft_dice_of_map(probability.path, truth, grid, mask, progress)}, ()
    except Cancelled:
        raise
    except CryoVesError as error:
        if probability.is_named:
            raise
        return {}, (f"The network's map beside the result is not used: {error}",)


def _soft_dice_of_map(
    path: Path, truth: VesicleSource, grid: SourceGrid | None, mask: AnyMask | None, progress: Progress
) -> float:
    volume = open_volume(path, grid[1] if grid else None)
    if grid is not None and volume.shape != grid[0]:
        raise CryoVesError(f"{path} has another shape than the tomogram of {truth.path}.")
    own = grid or (volume.shape, volume.voxel_size_nm)

    def planes() -> Iterator[NDArray[np.float32]]:
        for z in range(own[0][0]):
            progress.report(z / own[0][0])
            plane = np.asarray(volume.data[z], np.float32)
            yield plane if mask is None else plane * (mask[z] > 0)

    def true_planes() -> Iterator[NDArray[np.bool_]]:
        z = 0
        for slab in covered_slabs(truth, own):
            for plane in slab:
                yield plane if mask is None else plane & (mask[z] > 0)
                z += 1

    return soft_dice(planes(), true_planes())


def step_dice(
    automatic: Project | None,
    result: VesicleSource,
    truth: VesicleSource,
    grid: SourceGrid | None,
    mask: AnyMask | None,
) -> StepDice:
    """Dice after the steps that a project keeps; of a file of vesicles alone only the last.

    Parameters
    ----------
    automatic
        The project as its last run left it.
    """

    def dice(spheres: tuple[Sphere, ...]) -> float:
        vesicles = tuple(Vesicle(n, *s.centre_nm, s.radius_nm) for n, s in enumerate(spheres, 1))
        return dice_of_sources(VesicleSource(result.path, vesicles, grid), truth, grid, mask)

    last = (
        dice(tuple(result.spheres)) if result.labels is None else dice_of_sources(result, truth, grid, mask)
    )
    if automatic is None:
        return {RunStep.ACCEPTED: last}
    candidates = candidates_of(automatic)
    found: StepDice = {RunStep.SEGMENTS: dice(candidates)} if candidates else {}
    inside = (v for v in automatic.vesicles if v.inside_region is not False)
    found[RunStep.FITTED] = dice(tuple(v.sphere for v in inside))
    accepted = tuple(v.sphere for v in for_export(automatic.vesicles))
    found[RunStep.ACCEPTED] = dice(accepted)
    if set(accepted) != set(result.spheres):
        found[RunStep.REVIEWED] = last
    return found
