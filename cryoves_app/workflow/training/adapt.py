"""Adapting a network to tomograms without labels, with the sphere fits as its teacher. Experimental.

It learns from two thirds of each tomogram. The last third along its longest side says whether the fits find more with
the new network; if they do not, or if simulated tomograms lose by it, the new network is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from cryoves_app.analysis.network_input.preprocess import network_grid
from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import counted
from cryoves_app.network.dataset import MEMBRANE_INSET_NM, Scan
from cryoves_app.network.focused import Focus
from cryoves_app.network.model_store import Model, load_model, make_card, write_folder
from cryoves_app.network.train import require_keras
from cryoves_app.storage.temporary import local_folder
from cryoves_app.workflow.common.model_look import look_for_card
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.pipeline.engine_options import EngineOptions
from cryoves_app.workflow.pipeline.pipeline import Pipeline
from cryoves_app.workflow.segment.inputs import Inputs, read_inputs
from cryoves_app.workflow.segment.look.choice import run_in
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.training.adapt_order import Adapted, AdaptOrder, Evidence
from cryoves_app.workflow.training.begun import NETWORK_INPUTS, discard_begun, folder_of, refuse_to_begin
from cryoves_app.workflow.training.blending import Blend, has_forgotten
from cryoves_app.workflow.training.evidence import FoundInBox, finds_more, weigh
from cryoves_app.workflow.training.rounds import (
    BeforeAfter,
    SimulatedSets,
    compare_scores,
    keepable,
    scores_sentence,
    train_round,
)
from cryoves_app.workflow.training.scan_input import scan_input
from cryoves_app.workflow.training.targets import spheres_on
from cryoves_app.workflow.training.teacher import Lessons, target_of
from cryoves_app.workflow.training.unfinished import keep_order

#: What is learned from, along the longest side.
_LEARNED_SHARE = 2 / 3
#: Widest edge of the box in the rest that tells whether the fits find more, in the network's voxels.
_BOX_PX = 384
#: Fewer certain vesicles teach nothing.
_FEWEST = 5


@dataclass(frozen=True)
class _Taught:
    """A tomogram: what of it is learned, and the box that judges."""

    inputs: Inputs
    focus: Focus
    lessons: Lessons
    held_out: Box


def adapt_job(order: AdaptOrder, context: JobContext) -> Adapted:
    """Go on from a network with what its own fits accepted and rejected.

    Raises
    ------
    CryoVesError
        If the fits accept too little to teach anything, a tomogram cannot be read, or the output cannot be replaced.
    """
    require_keras()
    refuse_to_begin(order)
    start = load_model(order.start)
    if start.finds_regions:
        raise CryoVesError(f"“{start.name}” finds regions, and the fits of spheres teach it nothing.")
    with folder_of(order) as folder, local_folder() as scratch:
        context.scratch(scratch.path)
        keep_order(order)
        taught = [_taught(order, path, start, folder, scratch.path, context) for path in order.tomograms]
        _refuse_too_little(taught)
        sets = SimulatedSets.of(order.mixed_in, order.judged_by, start.voxel_size_nm, context.progress)
        blends = _learned(order, start, taught, sets, folder, context)
        adapted = _judged(order, start, taught, blends, sets, scratch.path, context)
    with suppress(CryoVesError):  # the model is finished, whatever somebody laid beside it
        discard_begun(order)
    return adapted


def _taught(
    order: AdaptOrder, tomogram: str, start: Model, folder: Path, scratch: Path, context: JobContext
) -> _Taught:
    """Segment a tomogram, and take what the fits say for the truth."""
    job = SegmentJob(
        tomogram, "", model=order.start, voxel_size_nm=order.voxel_size_nm, threads=order.threads
    )
    inputs = read_inputs(job)
    volume = inputs.volume
    cache = scratch / f"{len(list(scratch.iterdir()))}"
    result = Pipeline(volume, inputs.recipe, start, cache, EngineOptions(threads=order.threads)).run(
        context.progress
    )
    grid = network_grid(volume.shape, volume.voxel_size_nm, start.voxel_size_nm)
    image = scan_input(volume, grid, folder / NETWORK_INPUTS / f"{cache.name}.npy").image
    probability = np.load(result.map.path)
    lessons = Lessons.of(tuple(result.vesicles), result.stages["split"])
    known = np.zeros(grid.shape, bool)
    axis = int(np.argmax(grid.shape))
    np.moveaxis(known, axis, 0)[: int(_LEARNED_SHARE * grid.shape[axis])] = True
    target = target_of(lessons, grid, probability, known)
    scan = Scan(Path(tomogram).name, image, target, spheres_on(grid, lessons.vesicles))
    places = lessons.places_px(grid.voxel_size_nm)
    inside = places[:, axis] < _LEARNED_SHARE * grid.shape[axis]
    return _Taught(inputs, Focus(scan, places[inside]), lessons, _held_out(inputs, axis, start))


def _held_out(inputs: Inputs, axis: int, start: Model) -> Box:
    """A box in the middle of the part that is not learned from."""
    shape, voxel_nm = inputs.volume.shape, inputs.volume.voxel_size_nm
    low, high = [0, 0, 0], list(shape)
    low[axis] = round(_LEARNED_SHARE * shape[axis])
    edge = round(_BOX_PX * start.voxel_size_nm / voxel_nm)
    starts = [a + max(b - a - edge, 0) // 2 for a, b in zip(low, high, strict=True)]
    ends = [min(s + edge, b) for s, b in zip(starts, high, strict=True)]
    return Box.of((*starts, *ends), shape)


def _refuse_too_little(taught: list[_Taught]) -> None:
    certain = sum(len(t.lessons.vesicles) for t in taught)
    if certain < _FEWEST:
        raise CryoVesError(
            f"The fits are certain of {counted(certain, 'vesicle')} only, too few to teach anything. Try --match-look "
            "auto, or correct one tomogram by hand and improve with that."
        )


def _learned(
    order: AdaptOrder,
    start: Model,
    taught: list[_Taught],
    sets: SimulatedSets,
    folder: Path,
    context: JobContext,
) -> Iterator[Blend]:
    """What may be kept, the most of the new network first: weights that have not forgotten what they knew."""
    old = start.weights()
    result = train_round(order.as_round, old, [t.focus for t in taught], sets.mixed_in, folder, context)
    return keepable(order.threads, old, result.weights, sets.picked_by, context)


def _judged(
    order: AdaptOrder,
    start: Model,
    taught: list[_Taught],
    blends: Iterator[Blend],
    sets: SimulatedSets,
    scratch: Path,
    context: JobContext,
) -> Adapted:
    """The model, if the fits find more with it and nothing was forgotten."""
    context.progress.start("score", "what the fits find where nothing was learned")
    found = _found(order, taught, start, scratch, context)
    for kept in blends:
        candidate = scratch / "candidate"
        write_folder(candidate, kept.weights, _card(order, start, taught, kept))
        model = load_model(str(candidate))
        before, after = weigh(found, _found(order, taught, model, scratch, context))
        if gains := finds_more(before, after):
            break
    simulated = compare_scores(order.threads, sets.judged_by, start.weights(), kept.weights, context)
    lost = bool(simulated) and has_forgotten(simulated["before"], simulated["after"])
    good = gains and not lost
    if good:
        card = {**model.card, "scores": {"simulated": simulated}}
        write_folder(Path(order.output), kept.weights, card, only_new=not (order.force or order.resume))
    sentence = _sentence(taught, before, after, simulated, gains=gains, lost=lost)
    return Adapted(sentence, order.output if good else "", before, after, simulated)


def _found(
    order: AdaptOrder, taught: list[_Taught], model: Model, scratch: Path, context: JobContext
) -> list[FoundInBox]:
    """What a network and the fits find in the boxes where nothing was learned."""
    options, found = EngineOptions(threads=order.threads), []
    for number, one in enumerate(taught):
        cache = scratch / f"{model.weights_hash[:12]}-{number}"
        run = run_in(one.inputs, model, one.held_out, options, cache, context.progress)
        found.append(FoundInBox(run.stages["split"], tuple(run.vesicles)))
    return found


def _card(order: AdaptOrder, start: Model, taught: list[_Taught], kept: Blend) -> dict[str, object]:
    settings = asdict(replace(order, resume=False, force=False))
    return make_card(
        kept.weights,
        Path(order.output).name,
        f"adapted from {start.name} without labels (experimental)",
        start.voxel_size_nm,
        target=start.card.get("target", "voxels inside the mid-plane of the membrane"),
        target_inset_nm=start.card.get("target_inset_nm", MEMBRANE_INSET_NM),
        training={
            "command": settings.pop("command"),
            "settings": settings,
            "start": {"name": start.name, "weights_sha256": start.weights_hash},
            "tomograms": [one.focus.scan.name for one in taught],
            "certain_vesicles": sum(len(one.lessons.vesicles) for one in taught),
            "rejected_places": sum(len(one.lessons.none) for one in taught),
            "share_of_new_weights": kept.share,
        },
        **look_for_card(one.focus.scan.volume for one in taught),
    )


def _sentence(
    taught: list[_Taught],
    before: Evidence,
    after: Evidence,
    simulated: BeforeAfter,
    *,
    gains: bool,
    lost: bool,
) -> str:
    certain = sum(len(one.lessons.vesicles) for one in taught)
    none = sum(len(one.lessons.none) for one in taught)
    change = after.membrane_nm2 / before.membrane_nm2 - 1 if before.membrane_nm2 else 0.0
    parts = [
        f"The fits taught {counted(certain, 'vesicle')} and {counted(none, 'place')} without one.",
        f"Where nothing was learned {before.vesicles} vesicles were accepted before and {after.vesicles} after "
        f"(membrane {100 * change:+.0f} %); the network's candidates agree with them by F1 "
        f"{before.candidates_f1:.2f} before and {after.candidates_f1:.2f} after.",
    ]
    if simulated:
        parts.append(f"On simulated tomograms: {scores_sentence(simulated)}.")
    if gains and not lost:
        parts.append("The new model is kept; look at what it finds before you trust it.")
    elif lost:
        parts.append("It has forgotten some of what it knew, so it was dropped.")
    else:
        parts.append("The fits do not find clearly more with it, so it was dropped.")
    return " ".join(parts)
