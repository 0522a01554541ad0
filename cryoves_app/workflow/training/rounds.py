"""A short training around some places, and how much of it is kept: what improving and adapting share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.progress import Progress
from cryoves_app.network.augment import Augmentation
from cryoves_app.network.dataset import PatchSettings, Scan
from cryoves_app.network.focused import Focus, FocusedSource
from cryoves_app.network.learned_part import LearnedPart
from cryoves_app.network.train import EpochReport, TrainResult, TrainSettings, train
from cryoves_app.network.weights import Weights
from cryoves_app.workflow.jobs.messages import EpochDone
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.training.blending import Blend, not_forgetting
from cryoves_app.workflow.training.improve_order import ImproveOrder
from cryoves_app.workflow.training.scores import HeldOutScores
from cryoves_app.workflow.training.simulated import (
    HELD_OUT_SEEDS,
    LEARNED_SEEDS,
    PICK_SEEDS,
    simulated_scans,
)

#: Patches of folded networks and of others, whose view is half as wide; voxels of a step.
_EDGE_PX, _STEP_VOXELS = {True: 64, False: 32}, 3 * 64**3

BeforeAfter = dict[str, dict[str, float]]


def train_round(
    order: ImproveOrder,
    start: Weights,
    focuses: Sequence[Focus],
    mixed_in: Sequence[Scan],
    folder: Path,
    context: JobContext,
) -> TrainResult:
    """Go on from weights with patches around places, mixed with others; the checkpoint lies in ``folder``.

    Raises
    ------
    CryoVesError
        If the scans teach nothing, or the checkpoint does not fit or cannot be written.
    """
    edge = _edge_px(start, [f.scan for f in focuses])
    # as many voxels are learned from, whatever the patches' size
    times = max(1, round((_EDGE_PX[True] / edge) ** 3 / 4)) if edge < _EDGE_PX[True] else 1
    settings = PatchSettings(edge, order.patches * times, max(1, min(_STEP_VOXELS // edge**3, 12)))
    source = FocusedSource(focuses, mixed_in, settings, order.seed, Augmentation())

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


def _edge_px(weights: Weights, scans: Sequence[Scan]) -> int:
    """As wide as the network looks, and no wider than the thinnest tomogram."""
    thinnest = min((min(scan.volume.shape) for scan in scans), default=16)
    return max(16, min(_EDGE_PX[weights.architecture.fold > 1], thinnest // 8 * 8))


@dataclass(frozen=True)
class SimulatedSets:
    """Simulated tomograms of a round: mixed in, to pick how much is kept, and to judge by; none stands in two."""

    mixed_in: tuple[Scan, ...]
    picked_by: tuple[Scan, ...]
    judged_by: tuple[Scan, ...]

    @classmethod
    def of(cls, mixed_in: int, judged_by: int, voxel_size_nm: float, progress: Progress) -> SimulatedSets:
        """So many of each, at a voxel size; they are made where they are not known yet."""
        chosen = (LEARNED_SEEDS[:mixed_in], PICK_SEEDS[:judged_by], HELD_OUT_SEEDS[:judged_by])
        return cls(*(simulated_scans(seeds, voxel_size_nm, progress) for seeds in chosen))


def keepable(
    threads: int, old: Weights, new: Weights, judged_by: Sequence[Scan], context: JobContext
) -> Iterator[Blend]:
    """The weights that may be kept, most of the new ones first: none that forget too much of ``judged_by``."""
    if not judged_by:
        return iter([Blend(new, 1.0)])
    context.progress.start("score", "how much of the new network to keep")
    return not_forgetting(old, new, HeldOutScores(judged_by, threads, context.progress).final)


def compare_scores(
    threads: int, scans: Sequence[Scan], before: Weights, after: Weights, context: JobContext
) -> BeforeAfter:
    """Scores on held-out scans with both networks; empty without scans."""
    if not scans:
        return {}
    context.progress.start("score", "held-out tomograms, before and after")
    scores = HeldOutScores(scans, threads, context.progress)
    return {"before": scores.final(before), "after": scores.final(after)}


def scores_sentence(scores: BeforeAfter) -> str:
    """F1 and Dice before and after, in words."""
    before, after = scores["before"], scores["after"]
    return f"F1 {before['f1']:.3f} before, {after['f1']:.3f} after; Dice {before['dice']:.3f}, {after['dice']:.3f}"
