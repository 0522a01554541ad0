"""What a job's files hold, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cryoves_app.analysis.regions import grown
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.region import Region, RegionKind
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.project_codec import region_from_plain
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import Model, load_model
from cryoves_app.workflow.measurements import RegionMasks
from cryoves_app.workflow.regions import LoadedRegion, load_region
from cryoves_app.workflow.segment_job import SegmentJob

#: Two volumes of one grid may differ so much in their voxel size.
SAME_VOXEL_SIZE = 0.01
#: The network computes this many expected radii around drawn regions.
REACH = 1.5


@dataclass(frozen=True)
class Inputs:
    """All that a segmentation starts from."""

    volume: Volume
    model: Model
    recipe: Recipe
    fit_volume: Volume | None = None
    region: LoadedRegion | None = None
    network_mask: NDArray[np.uint8] | None = None  # where the network computes, everywhere if None
    active_zone: LoadedRegion | None = None
    warnings: tuple[str, ...] = field(default=())

    @property
    def region_mask(self) -> NDArray[np.uint8] | None:
        return self.region.mask if self.region else None

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions that came as contours."""
        return tuple(r.region for r in (self.region, self.active_zone) if r and r.region)


def read_inputs(job: SegmentJob) -> Inputs:
    """Open and check everything that a job names.

    Raises
    ------
    CryoVesError
        With one sentence for whatever can't be used.
    """
    recipe = Recipe.from_dict(job.recipe)
    volume = open_sized(Path(job.tomogram), job.voxel_size_nm)
    check_size(volume, recipe)
    model = load_model(job.model)
    companion = companion_volume(job.fit_volume, volume) if job.fit_volume else None
    if job.regions:
        return _with_drawn(Inputs(volume, model, recipe, companion, warnings=volume.info.warnings), job)
    region, region_note = _region(job, job.region, RegionKind.CYTOPLASM, volume.info)
    zone, zone_note = _region(job, job.active_zone, RegionKind.ACTIVE_ZONE, volume.info)
    return Inputs(
        volume,
        model,
        recipe,
        companion,
        region,
        region.mask if region else None,
        zone,
        (*volume.info.warnings, *region_note, *zone_note),
    )


def _with_drawn(inputs: Inputs, job: SegmentJob) -> Inputs:
    """The regions that came with the job; a vesicle whose centre is just inside is computed whole."""
    drawn = [region_from_plain(region) for region in job.regions]
    size_nm = inputs.volume.voxel_size_nm
    masks = RegionMasks.of(drawn, inputs.volume.shape, size_nm)
    reach_px = REACH * inputs.recipe.input.expected_radius_nm / size_nm
    return replace(
        inputs,
        region=None if masks.inside is None else LoadedRegion(masks.inside),
        network_mask=None if masks.inside is None else grown(masks.inside, reach_px),
        active_zone=None if masks.zone is None else LoadedRegion(masks.zone),
    )


def open_sized(path: Path, voxel_size_nm: float | None) -> Volume:
    """A tomogram whose voxel size is known.

    Raises
    ------
    CryoVesError
        If it isn't, or is doubtful, and was not given.
    """
    volume = open_volume(path, voxel_size_nm)
    if volume.info.voxel_size_nm is None:
        doubt = volume.info.warnings[-1] if volume.info.warnings else f"{path} does not say its voxel size."
        raise CryoVesError(f"{doubt.rstrip('.')}; give the voxel size with --voxel-size in ångström.")
    return volume


def check_size(volume: Volume, recipe: Recipe) -> None:
    """Refuse a volume into which not one vesicle fits."""
    thinnest_nm = min(volume.shape) * volume.voxel_size_nm
    diameter_nm = 2 * recipe.input.expected_radius_nm
    if thinnest_nm < diameter_nm:
        raise CryoVesError(
            f"The tomogram {volume.info.path} is {thinnest_nm:.0f} nm thin, less than a vesicle of "
            f"{diameter_nm:.0f} nm; check the voxel size and the recipe's expected radius."
        )


def variation(volume: Volume) -> str:
    """``"varied"``, ``"constant"`` or ``"nothing"`` (no finite voxel); stops reading as soon as it is known."""
    first: float | None = None
    for plane in volume.data:
        values = np.asarray(plane)
        finite = values[np.isfinite(values)]
        if not finite.size:
            continue
        first = float(finite[0]) if first is None else first
        if np.any(finite != first):
            return "varied"
    return "nothing" if first is None else "constant"


def _region(
    job: SegmentJob, pattern: str | None, kind: RegionKind, info: VolumeInfo
) -> tuple[LoadedRegion | None, tuple[str, ...]]:
    path = job.companion(pattern)
    if path is None:
        return None, ()
    if job.optional_region and not path.exists():
        return None, (f"{path} is missing and was left out.",)
    loaded = load_region(path, kind, info)
    return loaded, loaded.warnings


def companion_volume(path: str, volume: Volume) -> Volume:
    """Another volume of the tomogram's own grid, such as the one before denoising.

    Raises
    ------
    CryoVesError
        If it cannot be read, or has another shape or voxel size.
    """
    other = open_volume(path, volume.voxel_size_nm)
    if other.shape != volume.shape:
        raise CryoVesError(f"{path} has another shape than the tomogram; it must lie on the same grid.")
    stated = open_volume(path).info.voxel_size_nm
    if stated is not None and abs(stated / volume.voxel_size_nm - 1) > SAME_VOXEL_SIZE:
        raise CryoVesError(f"{path} has another voxel size than the tomogram; it must lie on the same grid.")
    return other
