"""A short training around what people corrected: a round of steps, not of time, so that it can be done again alike."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.formats.tomogram_reference import tomogram_of
from cryoves_app.network.augment import Augmentation
from cryoves_app.network.dataset import MEMBRANE_INSET_NM, PatchSettings, Scan
from cryoves_app.network.focused import Focus, FocusedSource
from cryoves_app.network.learned_part import LearnedPart
from cryoves_app.network.model_store import Model, load_model, make_card, write_folder
from cryoves_app.network.train import EpochReport, TrainResult, TrainSettings, require_keras, train
from cryoves_app.network.weights import Weights
from cryoves_app.workflow.common.model_look import look_for_card
from cryoves_app.workflow.jobs.messages import EpochDone
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.training.begun import NETWORK_INPUTS, discard_begun, folder_of, refuse_to_begin
from cryoves_app.workflow.training.blending import Blend, has_forgotten, pick_blend
from cryoves_app.workflow.training.corrections import Corrections
from cryoves_app.workflow.training.data import Pair, read_scan
from cryoves_app.workflow.training.improve_order import Improved, ImproveOrder
from cryoves_app.workflow.training.scores import HeldOutScores
from cryoves_app.workflow.training.simulated import (
    HELD_OUT_SEEDS,
    LEARNED_SEEDS,
    PICK_SEEDS,
    simulated_scans,
)
from cryoves_app.workflow.training.targets import centres_on
from cryoves_app.workflow.training.unfinished import keep_order

#: With so many corrected tomograms the last one is held out.
_ENOUGH_TO_HOLD_OUT = 4
#: Patches of folded networks and of others, whose view is half as wide; voxels of a step.
_EDGE_PX, _STEP_VOXELS = {True: 64, False: 32}, 3 * 64**3
BeforeAfter = dict[str, dict[str, float]]


@dataclass(frozen=True)
class _Material:
    """What is learned, and by what it is judged."""

    focuses: tuple[Focus, ...]
    corrected: tuple[Scan, ...]
    mixed_in: tuple[Scan, ...]
    simulated: tuple[Scan, ...]
    picked_by: tuple[Scan, ...]
    corrections: Corrections


def improve_job(order: ImproveOrder, context: JobContext) -> Improved:
    """Go on from a network with what was corrected in projects.

    Raises
    ------
    CryoVesError
        If nothing was corrected, a tomogram is gone, or the output cannot be replaced.
    """
    require_keras()
    refuse_to_begin(order)
    start = load_model(order.start)
    if start.finds_regions:
        raise CryoVesError(f"“{start.name}” finds regions; corrections of vesicles teach it nothing.")
    with folder_of(order) as folder:
        keep_order(order)
        material = _read(order, start, folder / NETWORK_INPUTS, context)
        result = _train(order, start.weights(), material, folder, context)
        kept = _picked(order, start.weights(), result.weights, material, context)
        improved = _finished(order, start, material, kept, context)
    with suppress(CryoVesError):  # the model is finished, whatever somebody laid beside it
        discard_begun(order)
    return improved


def _read(order: ImproveOrder, start: Model, cache: Path, context: JobContext) -> _Material:
    progress, voxel_nm = context.progress, start.voxel_size_nm
    progress.start("read the dataset")
    focuses, found = [], Corrections()
    for number, path in enumerate(map(Path, order.projects)):
        progress.report(number / len(order.projects), path.name)
        project = read_project(path)
        own = Corrections.of(project.vesicles)
        scan = read_scan(Pair(tomogram_of(project.tomogram, path), path), cache, voxel_nm)
        focuses.append(Focus(scan, centres_on(voxel_nm, own.all)))
        found += own
    if not found.all:
        raise CryoVesError(
            "Nothing was corrected in these projects, so there is nothing to learn: add what was missed, correct or "
            "reject what is wrong, and save."
        )
    held = 1 if len(focuses) >= _ENOUGH_TO_HOLD_OUT else 0
    learned, corrected = focuses[: len(focuses) - held], focuses[len(focuses) - held :]
    mixed_in, simulated, picked_by = (
        simulated_scans(seeds, voxel_nm, progress)
        for seeds in (
            LEARNED_SEEDS[: order.mixed_in],
            HELD_OUT_SEEDS[: order.judged_by],
            PICK_SEEDS[: order.judged_by],
        )
    )
    return _Material(tuple(learned), tuple(f.scan for f in corrected), mixed_in, simulated, picked_by, found)


def _train(
    order: ImproveOrder, start: Weights, material: _Material, folder: Path, context: JobContext
) -> TrainResult:
    edge = _edge_px(start, [f.scan for f in material.focuses])
    # as many voxels are learned from, whatever the patches' size
    times = max(1, round((_EDGE_PX[True] / edge) ** 3 / 4)) if edge < _EDGE_PX[True] else 1
    settings = PatchSettings(edge, order.patches * times, max(1, min(_STEP_VOXELS // edge**3, 12)))
    source = FocusedSource(material.focuses, material.mixed_in, settings, order.seed, Augmentation())

    def on_epoch(report: EpochReport) -> None:
        context.epoch(EpochDone(report.epoch, report.row()))

    return train(
        source,
        start,
        TrainSettings(
            epochs=order.epochs,
            learning_rate=order.learning_rate,
            part=LearnedPart(order.part),
            hold_norms=order.hold_norms,
            seed=order.seed,
            threads=order.threads,
        ),
        folder,
        progress=context.progress,
        on_epoch=on_epoch,
        resume=order.resume,
    )


def _picked(
    order: ImproveOrder, old: Weights, new: Weights, material: _Material, context: JobContext
) -> Blend:
    """The weights to keep: less of the new ones where they have forgotten too much."""
    if not material.picked_by:
        return Blend(new, 1.0)
    context.progress.start("score", "how much of the new network to keep")
    scores = HeldOutScores(material.picked_by, order.threads, context.progress)
    return pick_blend(old, new, scores.final, None)


def _edge_px(weights: Weights, scans: Sequence[Scan]) -> int:
    """As wide as the network looks, and no wider than the thinnest tomogram."""
    thinnest = min((min(scan.volume.shape) for scan in scans), default=16)
    return max(16, min(_EDGE_PX[weights.architecture.fold > 1], thinnest // 8 * 8))


def _finished(
    order: ImproveOrder, start: Model, material: _Material, kept: Blend, context: JobContext
) -> Improved:
    corrected = _compared(order, material.corrected, start.weights(), kept.weights, context)
    simulated = _compared(order, material.simulated, start.weights(), kept.weights, context)
    settings = asdict(replace(order, resume=False, force=False))
    card = make_card(
        kept.weights,
        Path(order.output).name,
        f"improved from {start.name} with corrections",
        start.voxel_size_nm,
        target=start.card.get("target", "voxels inside the mid-plane of the membrane"),
        target_inset_nm=start.card.get("target_inset_nm", MEMBRANE_INSET_NM),
        training={
            "command": settings.pop("command"),
            "settings": settings,
            "start": {"name": start.name, "weights_sha256": start.weights_hash},
            "tomograms": [focus.scan.name for focus in material.focuses],
            "corrections": material.corrections.sentence(),
            "simulated_mixed_in": list(LEARNED_SEEDS[: order.mixed_in]),
            "held_out": [scan.name for scan in material.corrected],
            "share_of_new_weights": kept.share,
        },
        **look_for_card(focus.scan.volume for focus in material.focuses),
        scores={**(corrected["after"] if corrected else {}), "simulated": simulated},
    )
    write_folder(Path(order.output), kept.weights, card, only_new=not (order.force or order.resume))
    return Improved(_sentence(material, kept.share, corrected, simulated), order.output, corrected, simulated)


def _compared(
    order: ImproveOrder, scans: Sequence[Scan], before: Weights, after: Weights, context: JobContext
) -> BeforeAfter:
    if not scans:
        return {}
    context.progress.start("score", "held-out tomograms, before and after")
    scores = HeldOutScores(scans, order.threads, context.progress)
    return {"before": scores.final(before), "after": scores.final(after)}


def _sentence(material: _Material, share: float, corrected: BeforeAfter, simulated: BeforeAfter) -> str:
    learned = counted(len(material.focuses), "tomogram")
    parts = [f"The model is ready, from {material.corrections.sentence()} in {learned}."]
    if share < 1:
        parts.append(
            f"Its weights lie {100 * share:.0f} % of the way to the new ones, so that it forgets little."
        )
    if corrected:
        parts.append(f"On the corrected tomogram that was held out: {_change(corrected)}.")
    else:
        parts.append(
            f"Whether it is better on new tomograms is not known: with {_ENOUGH_TO_HOLD_OUT} corrected ones or more, "
            "one is held out to see."
        )
    if simulated:
        parts.append(f"On simulated tomograms: {_change(simulated)}.")
    if simulated and has_forgotten(simulated["before"], simulated["after"]):
        parts.append("It has forgotten some of what it knew.")
    if corrected and corrected["after"]["f1"] <= corrected["before"]["f1"]:
        parts.append("It is not better than before.")
    return " ".join(parts)


def _change(scores: BeforeAfter) -> str:
    before, after = scores["before"], scores["after"]
    return f"F1 {before['f1']:.3f} before, {after['f1']:.3f} after; Dice {before['dice']:.3f}, {after['dice']:.3f}"
