"""A short training around what people corrected: a round of steps, not of time, so that it can be done again alike."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.wording import counted
from cryoves_app.formats.project.project_file import read_project
from cryoves_app.formats.tomogram_reference import tomogram_of
from cryoves_app.network.dataset import MEMBRANE_INSET_NM, Scan
from cryoves_app.network.focused import Focus
from cryoves_app.network.model_store import Model, load_model, make_card, write_folder
from cryoves_app.network.train import require_keras
from cryoves_app.workflow.common.model_look import look_for_card
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.training.begun import NETWORK_INPUTS, discard_begun, folder_of, refuse_to_begin
from cryoves_app.workflow.training.blending import Blend, has_forgotten
from cryoves_app.workflow.training.corrections import Corrections
from cryoves_app.workflow.training.data import Pair, read_scan
from cryoves_app.workflow.training.improve_order import Improved, ImproveOrder
from cryoves_app.workflow.training.rounds import (
    BeforeAfter,
    SimulatedSets,
    compare_scores,
    keepable,
    scores_sentence,
    train_round,
)
from cryoves_app.workflow.training.simulated import LEARNED_SEEDS
from cryoves_app.workflow.training.targets import centres_on
from cryoves_app.workflow.training.unfinished import keep_order

#: With so many corrected tomograms the last one is held out.
_ENOUGH_TO_HOLD_OUT = 4


@dataclass(frozen=True)
class _Material:
    """What is learned, and by what it is judged."""

    focuses: tuple[Focus, ...]
    corrected: tuple[Scan, ...]
    simulated: SimulatedSets
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
        result = train_round(
            order, start.weights(), material.focuses, material.simulated.mixed_in, folder, context
        )
        kept = next(
            keepable(order.threads, start.weights(), result.weights, material.simulated.picked_by, context)
        )
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
    simulated = SimulatedSets.of(order.mixed_in, order.judged_by, voxel_nm, progress)
    return _Material(tuple(learned), tuple(f.scan for f in corrected), simulated, found)


def _finished(
    order: ImproveOrder, start: Model, material: _Material, kept: Blend, context: JobContext
) -> Improved:
    corrected = compare_scores(order.threads, material.corrected, start.weights(), kept.weights, context)
    simulated = compare_scores(
        order.threads, material.simulated.judged_by, start.weights(), kept.weights, context
    )
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


def _sentence(material: _Material, share: float, corrected: BeforeAfter, simulated: BeforeAfter) -> str:
    learned = counted(len(material.focuses), "tomogram")
    parts = [f"The model is ready, from {material.corrections.sentence()} in {learned}."]
    if share < 1:
        parts.append(
            f"Its weights lie {100 * share:.0f} % of the way to the new ones, so that it forgets little."
        )
    if corrected:
        parts.append(f"On the corrected tomogram that was held out: {scores_sentence(corrected)}.")
    else:
        parts.append(
            f"Whether it is better on new tomograms is not known: with {_ENOUGH_TO_HOLD_OUT} corrected ones or more, "
            "one is held out to see."
        )
    if simulated:
        parts.append(f"On simulated tomograms: {scores_sentence(simulated)}.")
    if simulated and has_forgotten(simulated["before"], simulated["after"]):
        parts.append("It has forgotten some of what it knew.")
    if corrected and corrected["after"]["f1"] <= corrected["before"]["f1"]:
        parts.append("It is not better than before.")
    return " ".join(parts)
