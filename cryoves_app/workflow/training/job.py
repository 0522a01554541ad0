"""Training and fine-tuning as a job of the worker process, where TensorFlow may live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.json_values import JsonObject
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.network.architecture import Architecture
from cryoves_app.network.augment import Augmentation
from cryoves_app.network.dataset import MEMBRANE_INSET_NM, PatchRule, PatchSettings, PatchSource, Scan
from cryoves_app.network.keras_model import Loss
from cryoves_app.network.model_store import (
    CURVES,
    HISTORY,
    MASK,
    STANDARD_VOXEL_NM,
    load_model,
    make_card,
    write_folder,
)
from cryoves_app.network.train import EpochReport, TrainResult, TrainSettings, require_keras, train
from cryoves_app.network.weights import Weights
from cryoves_app.storage.removal import remove_file
from cryoves_app.storage.replacing import FolderKind, discard_folder
from cryoves_app.workflow.common.model_look import look_for_card
from cryoves_app.workflow.jobs.messages import EpochDone
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.training.begun import NETWORK_INPUTS, folder_of, refuse_to_begin
from cryoves_app.workflow.training.curves import draw_curves, draw_glimpse, write_history
from cryoves_app.workflow.training.data import TrainingData, read_dataset
from cryoves_app.workflow.training.order import Trained, TrainJob
from cryoves_app.workflow.training.scores import HeldOutScores
from cryoves_app.workflow.training.simulated import more_seeds, simulated_scans
from cryoves_app.workflow.training.unfinished import GLIMPSE, STOP, keep_order

_SMALLEST_PATCH_PX = 16
_CACHE = FolderKind("a cache of tomograms", (), ("*.npy",))


def _patch_settings(job: TrainJob, scans: Sequence[Scan], context: JobContext) -> PatchSettings:
    """As ordered; with smaller or flatter patches, which is told, where none of the tomograms holds one."""
    shapes = [scan.volume.shape for scan in scans] or [(0, 0, 0)]
    # one of them must hold the patch: the thickest, and of those the widest
    largest = max(shapes, key=lambda shape: (min(job.patch_px, *shape), min(shape[1:])))
    edge = _at_most(job.patch_px, min(largest[1:]), context, "wide")
    depth = _at_most(edge, largest[0], context, "thick")
    return PatchSettings(edge, job.patches, job.batch, PatchRule(job.patch_rule), depth_px=depth)


def _at_most(wished: int, most: int, context: JobContext, what: str) -> int:
    if not _SMALLEST_PATCH_PX <= most < wished:
        return wished
    edge = most // 8 * 8
    context.note(
        Note(
            NoteKind.PATCHES,
            f"The tomograms are at most {most} of the network's voxels {what}, so patches are {edge} {what} "
            f"instead of {wished}.",
        )
    )
    return edge


def _train_settings(job: TrainJob) -> TrainSettings:
    return TrainSettings(
        epochs=job.epochs,
        learning_rate=job.learning_rate,
        loss=Loss(job.loss),
        dropout=job.dropout,
        mixed_precision=job.mixed_precision,
        patience=job.patience,
        seed=job.seed,
        threads=job.threads,
    )


def train_job(job: TrainJob, context: JobContext) -> Trained:
    """Train, and write the model's folder; a stopped training can be resumed.

    After each epoch an event carries its numbers.

    Raises
    ------
    CryoVesError
        With one sentence, if the dataset cannot be used or something exists already.
    """
    require_keras()
    if job.mask is not None and job.simulated:
        raise CryoVesError("Simulated tomograms know their vesicles, not this mask: leave --simulated out.")
    refuse_to_begin(job)
    with folder_of(job):
        return _trained(job, context)


def _trained(job: TrainJob, context: JobContext) -> Trained:
    remove_file(job.unfinished / STOP)
    keep_order(job)
    start = load_model(job.start).weights() if job.start else None
    voxel_nm = _voxel_nm(job)
    cache = job.unfinished / NETWORK_INPUTS
    data = read_dataset(job.sources, cache, voxel_nm, job.hold_out, context.progress, job.mask)
    if job.simulated:
        mixed_in = simulated_scans(more_seeds(job.simulated), voxel_nm, context.progress)
        data = replace(data, learned=(*data.learned, *mixed_in))
    result, scores = _train(job, start, data, context)
    card = _card(job, result, data, scores, voxel_nm)
    pictures = {name: (job.unfinished / name).read_bytes() for name in (HISTORY, CURVES)}
    write_folder(Path(job.output), result.weights, card, pictures, only_new=not (job.force or job.resume))
    with suppress(CryoVesError):  # the model is finished, whatever somebody laid beside it
        discard_folder(cache, _CACHE)
    best = f"The best of {len(result.history)} epochs was number {result.best_epoch}."
    sentence = f"{job.output}: the model is ready. {best}"
    return Trained(sentence, job.output, result.best_epoch, tuple(result.history), scores)


def _train(
    job: TrainJob, start: Weights | None, data: TrainingData, context: JobContext
) -> tuple[TrainResult, dict[str, float]]:
    augmentation = Augmentation() if job.augment else None
    source = PatchSource(data.learned, _patch_settings(job, data.learned, context), job.seed, augmentation)
    scores = HeldOutScores(data.held_out, job.threads, context.progress, objects=job.mask is None)
    held_out = scores if data.held_out else None

    def on_epoch(report: EpochReport) -> None:
        context.epoch(EpochDone(report.epoch, report.row()))

    def keep_course(rows: list[dict[str, float]]) -> None:
        write_history(job.unfinished / HISTORY, rows)
        draw_curves(job.unfinished / CURVES, rows)
        if held_out and held_out.glimpse:
            draw_glimpse(job.unfinished / GLIMPSE, *held_out.glimpse)

    result = train(
        source,
        start,
        _train_settings(job),
        job.unfinished,
        held_out.after_epoch if held_out else None,
        Architecture(filters=job.filters, fold=job.fold),
        context.progress,
        on_epoch,
        resume=job.resume,
        on_history=keep_course,
        stop_early=(job.unfinished / STOP).is_file,
    )
    context.progress.start("score", "the whole held-out tomograms")
    return result, held_out.final(result.weights) if held_out else {}


def _voxel_nm(job: TrainJob) -> float:
    """Of the network: as it was taught before, or as is wished of a new one."""
    if job.start:
        return load_model(job.start).voxel_size_nm
    return job.voxel_size_nm or STANDARD_VOXEL_NM


def _target(job: TrainJob) -> JsonObject:
    """What the network answers, for its card."""
    if job.mask is not None:
        return {"kind": MASK, "target": f"voxels of {job.mask.words()}", "target_inset_nm": 0.0}
    return {
        "target": "voxels inside the mid-plane of the membrane",
        "target_inset_nm": MEMBRANE_INSET_NM,
    }


def _card(
    job: TrainJob, result: TrainResult, data: TrainingData, scores: Mapping[str, float], voxel_nm: float
) -> JsonObject:
    settings = asdict(replace(job, resume=False, force=False))
    return make_card(
        result.weights,
        Path(job.output).name,
        "trained with cryoves train",
        voxel_nm,
        **_target(job),
        **look_for_card(scan.volume for scan in data.learned),
        training={
            "command": settings.pop("command"),
            "settings": settings,
            "tomograms": [scan.name for scan in data.learned],
            "held_out": [scan.name for scan in data.held_out],
            "best_epoch": result.best_epoch,
            "epochs": len(result.history),
        },
        scores=dict(scores),
    )
