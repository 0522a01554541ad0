"""What a job's files hold, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import numpy as np

from cryoves_app.analysis.geometry.run_mask import RunMask, dilate_mask
from cryoves_app.analysis.network_input.preprocess import REFERENCE_VOXEL_NM
from cryoves_app.analysis.network_input.scales import radius_range, scales
from cryoves_app.analysis.network_input.volume_match import FARTHEST_PX, match_volumes
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.reading import is_missing
from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.recipe_settings import FitRule
from cryoves_app.domain.region import Region, RegionKind, join_regions
from cryoves_app.domain.units import angstrom_from_nm
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.formats.defocus import defocus_or_reason
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.network.model_store import Model, load_model
from cryoves_app.workflow.importing.regions import LoadedRegion, load_region
from cryoves_app.workflow.pipeline.companion import companion_volume
from cryoves_app.workflow.pipeline.given_map import GivenMap, open_instances, open_probability
from cryoves_app.workflow.project.measurements import RegionMasks
from cryoves_app.workflow.segment.order import SegmentJob

#: The network computes this many expected radii around regions.
REACH = 1.5
#: Voxels so many times as large as the network's show no vesicle any more: one is then 6 voxels wide.
_COARSEST = 3.0


@dataclass(frozen=True)
class Inputs:
    """All that a segmentation starts from."""

    volume: Volume
    model: Model
    recipe: Recipe
    fit_volume: Volume | None = None
    region: LoadedRegion | None = None
    active_zone: LoadedRegion | None = None
    notes: tuple[Note, ...] = ()
    given: GivenMap | None = None  # in place of the network's work

    @property
    def region_mask(self) -> RunMask | None:
        return self.region.mask if self.region else None

    @cached_property
    def network_mask(self) -> RunMask | None:
        """Where the network computes: so far around the region that a vesicle just inside is computed whole."""
        if self.region is None:
            return None
        return dilate_mask(
            self.region.mask, REACH * self.recipe.input.expected_radius_nm / self.volume.voxel_size_nm
        )

    @property
    def regions(self) -> tuple[Region, ...]:
        """The regions that came as contours."""
        cytoplasm, zone = (loaded.regions if loaded else () for loaded in (self.region, self.active_zone))
        return join_regions(cytoplasm, zone)


def read_inputs(job: SegmentJob) -> Inputs:
    """Open and check everything that a job names.

    Raises
    ------
    CryoVesError
        With one sentence for whatever can't be used.
    """
    recipe, defocus_notes = _with_defocus(job.recipe, Path(job.tomogram))
    volume = open_sized(Path(job.tomogram), job.voxel_size_nm)
    check_size(volume, recipe)
    model = load_model(job.model)
    if model.finds_regions:
        raise CryoVesError(
            f"“{model.name}” finds regions, not vesicles: cryoves mask {Path(job.tomogram).name} --model {model.name}"
        )
    fit_path = job.companion(job.fit_volume)
    fit_volume = companion_volume(fit_path, volume) if fit_path else None
    doubts = () if fit_volume is None else check_match(fit_volume, volume)
    notes = (*_notes(volume.info.warnings), *_doubt(volume.info), *_notes(doubts), *defocus_notes)
    inputs = Inputs(volume, model, recipe, fit_volume, notes=notes, given=_given(job, volume))
    if job.regions:
        return _with_drawn(inputs, job)
    region, region_notes = _region(job, job.region, RegionKind.CYTOPLASM, volume.info)
    zone, zone_notes = _region(job, job.active_zone, RegionKind.ACTIVE_ZONE, volume.info)
    notes = (*inputs.notes, *_notes((*region_notes, *zone_notes)))
    return replace(inputs, region=region, active_zone=zone, notes=notes)


def _given(job: SegmentJob, volume: Volume) -> GivenMap | None:
    """What another program has found, if a job names it."""
    if job.probability and job.labels:
        raise CryoVesError(
            "Either --probability or --labels takes the place of the network; give one of them."
        )
    if path := job.companion(job.probability):
        return open_probability(path, volume)
    path = job.companion(job.labels)
    return open_instances(path, volume) if path else None


def _with_defocus(recipe: Recipe, tomogram: Path) -> tuple[Recipe, tuple[Note, ...]]:
    """The recipe with the defocus that a file beside the tomogram tells, where the recipe tells none and needs one."""
    if recipe.fit.defocus_um or recipe.fit.rule is not FitRule.POPULATION:
        return recipe, ()
    found, reason = defocus_or_reason(tomogram)
    if found is None:
        return recipe, (Note(NoteKind.DEFOCUS, reason),) if reason else ()
    told = Note(NoteKind.DEFOCUS, found.sentence())
    return recipe.with_value("fit", "defocus_um", round(found.defocus_um, 3)), (told,)


def _notes(sentences: Iterable[str]) -> tuple[Note, ...]:
    return tuple(Note(NoteKind.INPUT, sentence) for sentence in sentences)


def _doubt(info: VolumeInfo) -> tuple[Note, ...]:
    """What is odd about the voxel size that was given."""
    return () if info.doubt is None else (Note(NoteKind.VOXEL_SIZE, info.doubt.sentence),)


def _with_drawn(inputs: Inputs, job: SegmentJob) -> Inputs:
    """The regions that came with the job."""
    masks = RegionMasks.of(job.regions, inputs.volume.shape, inputs.volume.voxel_size_nm)
    return replace(
        inputs,
        region=None if masks.inside is None else LoadedRegion(masks.inside),
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
        assert volume.info.doubt is not None
        raise CryoVesError(f"{volume.info.doubt.sentence} Give the voxel size with --voxel-size in ångström.")
    return volume


def check_size(volume: Volume, recipe: Recipe) -> None:
    """Refuse a volume into which not one vesicle fits, not even of the smallest, or whose voxels show none.

    Computing goes on at the network's voxel size: with 220 Å typed for 22 Å it would take a thousand times the memory.
    """
    thinnest_nm = min(volume.shape) * volume.voxel_size_nm
    diameter_nm = 2 * radius_range(recipe.input)[0]
    if thinnest_nm < diameter_nm:
        raise CryoVesError(
            f"The tomogram {volume.info.path} is {thinnest_nm:.0f} nm thin, less than a vesicle of "
            f"{diameter_nm:.0f} nm; check the voxel size and the recipe's expected radius. "
            f"{volume.info.doubt.sentence if volume.info.doubt else ''}".strip()
        )
    voxel_nm = volume.voxel_size_nm
    if voxel_nm > _COARSEST * min(s.voxel_size_nm for s in scales(recipe.input, REFERENCE_VOXEL_NM)):
        raise CryoVesError(_too_coarse(volume.info, voxel_nm, recipe.input.expected_radius_nm))


def _too_coarse(info: VolumeInfo, voxel_nm: float, radius_nm: float) -> str:
    stated = info.header_voxel_size_nm
    likely = stated if stated and stated < voxel_nm / 2 else voxel_nm / 10
    source = "as its file says" if likely == stated else "a tenth"
    return (
        f"With voxels of {angstrom_from_nm(voxel_nm):.4g} Å vesicles of about {radius_nm:g} nm radius in {info.path} "
        f"would be {2 * radius_nm / voxel_nm:.1f} voxels wide, too few to be seen; is the voxel size "
        f"{angstrom_from_nm(likely):.4g} Å, {source}? It is given in ångström."
    )


class Variation(StrEnum):
    """Whether there can be anything in a tomogram."""

    VARIED = "varied"
    CONSTANT = "constant"
    NOTHING = "nothing"  # no finite voxel


def variation(volume: Volume) -> Variation:
    """How the voxels vary; stops reading as soon as it is known."""
    first: float | None = None
    for plane in volume.data:
        values = np.asarray(plane)
        finite = values[np.isfinite(values)]
        if not finite.size:
            continue
        first = float(finite[0]) if first is None else first
        if np.any(finite != first):
            return Variation.VARIED
    return Variation.NOTHING if first is None else Variation.CONSTANT


def _region(
    job: SegmentJob, pattern: str | None, kind: RegionKind, info: VolumeInfo
) -> tuple[LoadedRegion | None, tuple[str, ...]]:
    path = job.companion(pattern)
    if path is None:
        return None, ()
    if job.optional_region and is_missing(path):
        return None, (f"{path} is missing and was left out.",)
    loaded = load_region(path, kind, info)
    return loaded, loaded.warnings


def check_match(fit_volume: Volume, volume: Volume) -> tuple[str, ...]:
    """Sentences on whether spheres found in a tomogram can be measured in another volume.

    Raises
    ------
    CryoVesError
        If the two are shifted against each other. One may be the other's negative.
    """
    match = match_volumes(volume.data, fit_volume.data)
    path = fit_volume.info.path
    if not match.is_known:
        return (
            f"{path} has hardly anything in common with the tomogram (correlation {match.correlation:.2f}): check that "
            "both are of the same reconstruction.",
        )
    if match.distance_px > FARTHEST_PX:
        z, y, x = match.shift_px
        raise CryoVesError(
            f"{path} is shifted against the tomogram by {x}, {y}, {z} voxels (x, y, z); both must lie on the same grid."
        )
    return ()
