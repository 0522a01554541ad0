"""The main job, run in the worker: a tomogram in, a folder of results out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.project import Project
from cryoves_app.domain.run_steps import StepReport
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import SUFFIX, write_project
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.network.model_store import Model
from cryoves_app.storage.publishing import finish_interrupted
from cryoves_app.storage.replacing import destination, refuse_inputs
from cryoves_app.storage.sentences import refuse_long_name
from cryoves_app.workflow.common.output_folder import (
    BeingWritten,
    complete_folder,
    refuse_existing,
    refuse_other_results,
    scratch_folder,
)
from cryoves_app.workflow.common.resources_used import Meter
from cryoves_app.workflow.common.summary import counts, sentence
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.project.actions.rerun import inside, merge_rerun
from cryoves_app.workflow.project.measurements import RegionMasks, place_measures
from cryoves_app.workflow.segment.estimate import estimate, refuse_shortage
from cryoves_app.workflow.segment.identity import RECORD_NAME, identify_run, is_done, read_earlier
from cryoves_app.workflow.segment.inputs import Inputs, Variation, read_inputs, variation
from cryoves_app.workflow.segment.into_project import project_to_renew, refuse_losing_work, renew_project
from cryoves_app.workflow.segment.methods_text import methods_paragraph
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.outcome import SegmentResult
from cryoves_app.workflow.segment.part import TomogramPart
from cryoves_app.workflow.segment.record import ModelUsed, RunRecord
from cryoves_app.workflow.segment.results import (
    PROBABILITY,
    RESULT_FILES,
    Segmentation,
    with_labels,
    write_picture,
    write_probability,
    write_tables,
)
from cryoves_app.workflow.segment.unchanged import InputsSeen


def segment_job(job: SegmentJob, context: JobContext) -> SegmentResult:
    """Segment one tomogram and write its folder; the summary for the caller.

    Raises
    ------
    CryoVesError
        With one sentence; nothing is left under the folder's name.
    """
    folder = Path(job.folder)
    run = _Run.begin(job)
    for place in (destination(folder).parent, destination(folder)):
        finish_interrupted(place)  # also where nothing is left to do
    if job.skip_done and is_done(folder, run.identity):
        return _skipped(folder)
    if job.skip_done and not job.force:
        refuse_other_results(folder)
    refuse_existing(folder, force=job.force)
    refuse_long_name(folder / f"{stem(Path(job.tomogram))}{SUFFIX}")
    refuse_losing_work(job)
    _refuse_inputs(job, folder)
    project_to_renew(job, run.inputs.volume.shape)
    for note in run.inputs.notes:  # a wrong voxel size is better known before the run than after it
        context.note(note)
    try:
        found, record = _publish(run, context)
    except BeingWritten as error:
        if not job.skip_done:
            raise
        return SegmentResult(f"{error} It is left out here.", {}, (), skipped=True, elsewhere=True)
    for note in found.notes:
        if note not in run.inputs.notes:
            context.note(note)
    return _summary(folder, found, record)


def _refuse_inputs(job: SegmentJob, folder: Path) -> None:
    names = (*RESULT_FILES, PROBABILITY, RECORD_NAME, f"{stem(Path(job.tomogram))}{SUFFIX}")
    companions = map(job.companion, (job.region, job.active_zone))
    refuse_inputs((folder / name for name in names), (*job.volumes, job.into, *companions))


@dataclass(frozen=True)
class _Run:
    """A run as it begins."""

    job: SegmentJob
    meter: Meter
    inputs: Inputs
    seen: InputsSeen
    identity: str

    @classmethod
    def begin(cls, job: SegmentJob) -> _Run:
        meter, inputs = Meter(), read_inputs(job)
        identity = identify_run(job, inputs.volume.voxel_size_nm, inputs.model.weights_hash)
        return cls(job, meter, inputs, InputsSeen.of(*job.volumes), identity)


def _publish(run: _Run, context: JobContext) -> tuple[Segmentation, RunRecord]:
    """Make the folder, which appears when it is complete; what was found, and the record."""
    folder = Path(run.job.folder)
    with (
        complete_folder(
            folder,
            force=run.job.force,
            announce=context.scratch,
            announce_parent=context.made_folder,
            mark=RECORD_NAME,
            obsolete=_obsolete(folder),
        ) as partial,
        scratch_folder(folder, context.scratch) as scratch,
    ):
        return _fill(run, partial, scratch, context)


def _fill(run: _Run, folder: Path, scratch: Path, context: JobContext) -> tuple[Segmentation, RunRecord]:
    """Segment and write everything. Others may have been at work meanwhile."""
    job, inputs = run.job, run.inputs
    new = segment(job, inputs, scratch, context)
    found = _beside_work_by_hand(project_to_renew(job, inputs.volume.shape), new, job, inputs)
    found = replace(found, notes=(*found.notes, *run.seen.notes()))
    context.progress.start("write")
    record = _write(run, found, folder)
    refuse_losing_work(job)
    if job.into:
        context.note(renew_project(Path(job.into), new.vesicles, record, _box(job, inputs)))
    return found, record


def _obsolete(folder: Path) -> tuple[str, ...]:
    """The probability map of an earlier run, which would belie the new result."""
    return (PROBABILITY,) if read_earlier(folder).job.keep_probability else ()


def segment(job: SegmentJob, inputs: Inputs, cache: Path, context: JobContext) -> Segmentation:
    """Find the vesicles; intermediate results lie in ``cache``."""
    kind = variation(inputs.volume)
    if kind is Variation.NOTHING:
        raise CryoVesError(f"{inputs.volume.info.path} holds no number: all its voxels are NaN or infinite.")
    if kind is Variation.CONSTANT:
        return _nothing(inputs)
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
        relative_work=0.0 if inputs.given else inputs.model.relative_work,
    )
    cache.mkdir(parents=True, exist_ok=True)
    context.note(Note(NoteKind.NEED, need.sentence()))
    if shortage := refuse_shortage(need, cache):
        context.note(Note(NoteKind.SHORTAGE, shortage))


def _nothing(inputs: Inputs) -> Segmentation:
    sentence = "The tomogram has the same grey value everywhere, so there is nothing to find."
    notes = (*inputs.notes, Note(NoteKind.NO_VARIATION, sentence))
    return Segmentation(inputs.volume, VesicleSet(), notes=notes, regions=inputs.regions)


def _run_pipeline(job: SegmentJob, inputs: Inputs, cache: Path, context: JobContext) -> Segmentation:
    # slow to load: bad input is told before
    from cryoves_app.workflow.pipeline.pipeline import Pipeline
    from cryoves_app.workflow.segment.look.choice import settle_look

    options = EngineOptions(job.engine, job.device, job.threads, job.precision)
    inputs, looks = settle_look(inputs, options, cache, context.progress)
    part = TomogramPart.of(inputs, _box(job, inputs))
    pipeline = Pipeline(
        part.volume,
        inputs.recipe,
        inputs.model,
        cache,
        options,
        fit_volume=part.fit_volume,
        region_mask=part.mask,
        given=part.given,
    )

    def tell_step(report: StepReport) -> None:
        context.step(part.moved_step(report))

    def tell_spheres(step: str, spheres: Sequence[Sphere]) -> None:
        context.spheres(step, part.moved_spheres(spheres))

    result = pipeline.run(context.progress, tell_step, tell_spheres)
    found = _inside_box(part.moved_vesicles(result.vesicles), job, inputs)
    candidates = tuple(part.moved_spheres(result.stages["split"]))
    return Segmentation(
        inputs.volume,
        with_labels(measure_places(found, inputs)),
        tuple(part.moved_step(step) for step in result.steps),
        (*inputs.notes, *looks, *result.notes),
        part.moved_map(result.map),
        result.grey,
        result.saw,
        inputs.regions,
        result.membranes,
        candidates,
    )


def _box(job: SegmentJob, inputs: Inputs) -> Box | None:
    return Box.of(job.box_px, inputs.volume.shape) if job.box_px else None


def _inside_box(found: VesicleSet, job: SegmentJob, inputs: Inputs) -> VesicleSet:
    """The vesicles whose centres lie in the box, if there is one."""
    looked_at = inside(_box(job, inputs), inputs.volume.voxel_size_nm, inputs.volume.shape)
    return VesicleSet.of(v for v in found if looked_at(v))


def measure_places(vesicles: VesicleSet, inputs: Inputs) -> VesicleSet:
    """The set with what region, active zone and neighbours say."""
    zone = inputs.active_zone.mask if inputs.active_zone else None
    measures = place_measures(vesicles, RegionMasks(inputs.region_mask, zone), inputs.volume.voxel_size_nm)
    return vesicles.replaced(v.but(**measures[v.id]) for v in vesicles)


def _write(run: _Run, found: Segmentation, folder: Path) -> RunRecord:
    """All files of the folder; the run record as it was written."""
    job, inputs = run.job, run.inputs
    name = stem(Path(job.tomogram))
    write_tables(folder, found)
    write_picture(folder, found, name)
    if job.keep_probability:
        write_probability(folder, found)
    project_path = Path(job.folder) / f"{name}{SUFFIX}"
    record = record_of(job, inputs, found, project_path, run.meter, run.identity)
    record.write(folder / RECORD_NAME)
    if not job.into:
        project = Project(
            record.tomogram,
            inputs.recipe,
            inputs.model.name,
            found.vesicles,
            found.regions,
            run=dict(record.to_dict()),
        )
        write_project(folder / project_path.name, project)
    return record


def record_of(
    job: SegmentJob,
    inputs: Inputs,
    found: Segmentation,
    project_path: Path | None,
    meter: Meter,
    wanted: str = "",
) -> RunRecord:
    """What is written down of a run; the tomogram's place is told from the project's."""
    model, volume = inputs.model, inputs.volume
    return RunRecord(
        reference_to(volume, project_path, "user" if job.voxel_size_nm else "header"),
        _model_used(job, model),
        replace(job, regions=()),  # they lie in the project
        found.steps,
        counts(found.vesicles),
        methods_paragraph(
            inputs.recipe,
            model.name,
            volume.voxel_size_nm,
            found.vesicles,
            found.membranes,
            found.grey.methods_sentence() if found.grey else "",
            job.given_name,
        ),
        meter.read(),
        found.notes,
        found.grey,
        found.saw,
        found.membranes,
        wanted,
        candidates=found.candidates,
    )


def _model_used(job: SegmentJob, model: Model) -> ModelUsed:
    """The network, or that there was none; its voxel size is that of the steps either way."""
    if job.given_name:
        return ModelUsed("", "", model.voxel_size_nm)
    return ModelUsed(model.name, model.weights_hash, model.voxel_size_nm, job.engine, job.device)


def _beside_work_by_hand(
    project: Project | None, new: Segmentation, job: SegmentJob, inputs: Inputs
) -> Segmentation:
    if project is None:
        return new
    looked_at = inside(_box(job, inputs), inputs.volume.voxel_size_nm, inputs.volume.shape)
    merged = merge_rerun(project.vesicles, new.vesicles, looked_at).vesicles
    return replace(new, vesicles=with_labels(measure_places(merged, inputs)))


def _summary(folder: Path, found: Segmentation, record: RunRecord) -> SegmentResult:
    why_nothing = [n.sentence for n in found.notes if n.kind is NoteKind.NO_VARIATION]
    return SegmentResult(
        f"{folder}: {' '.join([*why_nothing, sentence(found.vesicles)])}",
        record.counts,
        _files(folder),
        found.notes,
        record.cost,
        voxel_size_nm=found.volume.voxel_size_nm,
    )


def _skipped(folder: Path) -> SegmentResult:
    earlier = read_earlier(folder)
    return SegmentResult(
        f"{folder}: finished before with the same recipe, model and input; left as it is.",
        earlier.counts,
        _files(folder),
        tuple(Note(NoteKind.EARLIER, warning) for warning in earlier.warnings),
        earlier.cost,
        skipped=True,
        voxel_size_nm=earlier.tomogram.voxel_size_nm,
    )


def _files(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(str(path) for path in folder.iterdir()))
