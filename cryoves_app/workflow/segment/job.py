"""The main job, run in the worker: a tomogram in, a folder of results out."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import Project
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import ProbabilityMap
from cryoves_app.formats.project_file import SUFFIX, ProjectFile
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.workflow.common.output_folder import complete_folder, refuse_existing, scratch_folder
from cryoves_app.workflow.common.resources_used import Meter
from cryoves_app.workflow.common.summary import counts, sentence
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.project.actions.rerun import inside, merge_rerun
from cryoves_app.workflow.project.measurements import RegionMasks, place_measures
from cryoves_app.workflow.segment.estimate import estimate, refuse_shortage
from cryoves_app.workflow.segment.identity import RECORD_NAME, identify_run, is_done, read_record
from cryoves_app.workflow.segment.inputs import Inputs, read_inputs, variation
from cryoves_app.workflow.segment.into_project import project_to_renew, refuse_losing_work, renew_project
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.record import ModelUsed, RunRecord
from cryoves_app.workflow.segment.results import (
    PROBABILITY,
    Segmentation,
    with_labels,
    write_picture,
    write_probability,
    write_tables,
)
from cryoves_app.workflow.segment.steps import StepReport


def segment_job(params: Mapping[str, Any], context: JobContext) -> dict[str, Any]:
    """Segment one tomogram and write its folder; the summary for the caller.

    Raises
    ------
    CryoVesError
        With one sentence; nothing is left under the folder's name.
    """
    job = SegmentJob.from_params(params)
    meter = Meter()
    folder = Path(job.folder)
    inputs = read_inputs(job)
    wanted = identify_run(job, inputs.volume.voxel_size_nm, inputs.model.weights_hash)
    if job.skip_done and is_done(folder, wanted):
        return _skipped(folder)
    refuse_existing(folder, force=job.force)
    refuse_losing_work(job)
    project = project_to_renew(job, inputs.volume.shape)
    for warning in inputs.warnings:  # a wrong voxel size is better known before the run than after it
        context.note(warning)
    with (
        complete_folder(
            folder, force=job.force, announce=context.scratch, announce_parent=context.made_folder
        ) as partial,
        scratch_folder(folder, context.scratch) as scratch,
    ):
        new = segment(job, inputs, scratch, context)
        found = _beside_work_by_hand(project, new, job, inputs)
        context.progress.start("write")
        record = _write(job, inputs, found, partial, meter, wanted)
        if job.into:
            name = inputs.model.name
            context.note(
                renew_project(Path(job.into), new.vesicles, inputs.recipe, name, record, _box(job, inputs))
            )
    if not job.keep_probability:
        (folder / PROBABILITY).unlink(missing_ok=True)  # of an earlier run, which it would belie
    for warning in found.warnings:
        if warning not in inputs.warnings:
            context.note(warning)
    return _summary(folder, found, record)


def segment(job: SegmentJob, inputs: Inputs, cache: Path, context: JobContext) -> Segmentation:
    """Find the vesicles; intermediate results lie in ``cache``."""
    kind = variation(inputs.volume)
    if kind == "nothing":
        raise CryoVesError(f"{inputs.volume.info.path} holds no number: all its voxels are NaN or infinite.")
    if kind == "constant":
        return _nothing(
            inputs, "The tomogram has the same grey value everywhere, so there is nothing to find."
        )
    _tell_need(job, inputs, cache, context)
    return _run_pipeline(job, inputs, cache, context)


def _tell_need(job: SegmentJob, inputs: Inputs, cache: Path, context: JobContext) -> None:
    """Say what the run will need, and refuse it where the disk lacks that."""
    volume, recipe, box = inputs.volume, inputs.recipe, _box(job, inputs)
    need = estimate(
        volume.shape,
        volume.voxel_size_nm,
        recipe,
        job.engine,
        job.threads,
        keep_probability=job.keep_probability,
        box_shape=box.shape if box else None,
    )
    cache.mkdir(parents=True, exist_ok=True)
    for sentence_to_tell in filter(None, [need.sentence(), refuse_shortage(need, cache)]):
        context.note(sentence_to_tell)


def _nothing(inputs: Inputs, why: str) -> Segmentation:
    return Segmentation(inputs.volume, VesicleSet(), warnings=(*inputs.warnings, why), regions=inputs.regions)


def _run_pipeline(job: SegmentJob, inputs: Inputs, cache: Path, context: JobContext) -> Segmentation:
    from cryoves_app.workflow.segment.pipeline import (  # slow to load: bad input is told before
        EngineOptions,
        Pipeline,
    )

    pipeline = Pipeline(
        inputs.volume,
        inputs.recipe,
        inputs.model,
        cache,
        EngineOptions(engine=job.engine, device=job.device, threads=job.threads),
        fit_volume=inputs.fit_volume,
        region_mask=_searched(job, inputs),
    )

    def on_step(step: StepReport) -> None:
        context.step(_plain(step))

    result = pipeline.run(context.progress, on_step, context.spheres)
    probability = ProbabilityMap(np.load(result.probability_path, mmap_mode="r"), result.network_voxel_nm)
    return Segmentation(
        inputs.volume,
        with_labels(measure_places(_inside_box(result.vesicles, job, inputs), inputs)),
        tuple(_plain(step) for step in result.steps),
        (*inputs.warnings, *result.warnings),
        probability,
        inputs.regions,
        result.membranes,
    )


def _box(job: SegmentJob, inputs: Inputs) -> Box | None:
    return Box.of(job.box_px, inputs.volume.shape) if job.box_px else None


def _searched(job: SegmentJob, inputs: Inputs) -> NDArray[np.uint8] | None:
    """Where the network computes: the region, and of it the box with a margin for vesicles that leave the box."""
    box, volume = _box(job, inputs), inputs.volume
    if box is None:
        return inputs.network_mask
    margin_px = math.ceil(2 * inputs.recipe.input.expected_radius_nm / volume.voxel_size_nm)
    mask = box.grown(margin_px, volume.shape).mask(volume.shape)
    return mask if inputs.network_mask is None else mask * (inputs.network_mask != 0)


def _inside_box(found: VesicleSet, job: SegmentJob, inputs: Inputs) -> VesicleSet:
    """The vesicles whose centres lie in the box, if there is one."""
    looked_at = inside(_box(job, inputs), inputs.volume.voxel_size_nm, inputs.volume.shape)
    return VesicleSet.of(v for v in found if looked_at(v))


def _plain(step: StepReport) -> dict[str, Any]:
    """A step as the record tells it, times to the millisecond."""
    return {name: round(v, 3) if isinstance(v, float) else v for name, v in asdict(step).items()}


def measure_places(vesicles: VesicleSet, inputs: Inputs) -> VesicleSet:
    """The set with what region, active zone and neighbours say."""
    zone = inputs.active_zone.mask if inputs.active_zone else None
    measures = place_measures(vesicles, RegionMasks(inputs.region_mask, zone), inputs.volume.voxel_size_nm)
    return vesicles.replaced(replace(v, **measures[v.id]) for v in vesicles)


def _write(
    job: SegmentJob,
    inputs: Inputs,
    found: Segmentation,
    folder: Path,
    meter: Meter,
    wanted: str,
) -> dict[str, Any]:
    """All files of the folder; the run record as it was written."""
    name = stem(Path(job.tomogram))
    write_tables(folder, found)
    write_picture(folder, found, name)
    if job.keep_probability:
        write_probability(folder, found)
    project_path = Path(job.folder) / f"{name}{SUFFIX}"
    record = record_of(job, inputs, found, project_path, meter, wanted)
    record.write(folder / RECORD_NAME)
    plain = record.to_dict()
    if not job.into:
        project = Project(
            record.tomogram, inputs.recipe, inputs.model.name, found.vesicles, found.regions, run=plain
        )
        ProjectFile.create(folder / project_path.name, project).close()
    return plain


def record_of(
    job: SegmentJob,
    inputs: Inputs,
    found: Segmentation,
    project_path: Path | None,
    meter: Meter,
    wanted: str = "",
) -> RunRecord:
    """What is written down of a run; the tomogram's place is told from the project's."""
    return RunRecord(
        reference_to(inputs.volume, project_path, "user" if job.voxel_size_nm else "header"),
        ModelUsed(
            inputs.model.name, inputs.model.weights_hash, inputs.model.voxel_size_nm, job.engine, job.device
        ),
        inputs.recipe,
        job.command_line(),
        wanted,
        found.steps,
        found.vesicles,
        meter.read(),
        found.warnings,
        {name: value for name, value in job.to_params().items() if name not in ("recipe", "regions")},
        found.membranes,
    )


def _beside_work_by_hand(
    project: Project | None, new: Segmentation, job: SegmentJob, inputs: Inputs
) -> Segmentation:
    if project is None:
        return new
    looked_at = inside(_box(job, inputs), inputs.volume.voxel_size_nm, inputs.volume.shape)
    merged = merge_rerun(project.vesicles, new.vesicles, looked_at).vesicles
    return replace(new, vesicles=with_labels(measure_places(merged, inputs)))


def _summary(folder: Path, found: Segmentation, record: Mapping[str, Any]) -> dict[str, Any]:
    text = sentence(found.vesicles) if found.steps else f"{found.warnings[-1]} {sentence(found.vesicles)}"
    return {
        "sentence": f"{folder}: {text}",
        "counts": counts(found.vesicles),
        "files": sorted(str(path) for path in folder.iterdir()),
        "warnings": list(found.warnings),
        "cost": record["cost"],
    }


def _skipped(folder: Path) -> dict[str, Any]:
    record = read_record(folder)
    return {
        "sentence": f"{folder}: finished before with the same recipe, model and input; left as it is.",
        "skipped": True,
        "counts": record.get("counts", {}),
        "files": sorted(str(path) for path in folder.iterdir()),
        "warnings": record.get("warnings", []),
        "cost": record.get("cost", {}),
    }
