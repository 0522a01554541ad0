"""All pairs scored, one after the other; one that cannot be read does not stop the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cryoves_app.analysis.geometry.run_mask import AnyMask
from cryoves_app.analysis.scores.matching import MatchRule
from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.workflow.evaluation.errors import ErrorLimits, VesicleError, list_errors
from cryoves_app.workflow.evaluation.pairs import EvaluationPair, FoundPairs, map_file_of
from cryoves_app.workflow.evaluation.rows import ScoreRow
from cryoves_app.workflow.evaluation.steps import RunStep, StepDice, mask_dice, step_dice
from cryoves_app.workflow.importing.vesicle_sources import (
    SourceGrid,
    VesicleSource,
    common_grid,
    grid_of,
    load_vesicles,
)
from cryoves_app.workflow.project.before_edits import read_before_edits
from cryoves_app.workflow.quality.evaluation import (
    Scores,
    evaluate_sources,
    region_within,
)


@dataclass(frozen=True)
class EvaluationPlan:
    """How pairs are made and judged."""

    rule: MatchRule = MatchRule.CENTRE
    voxel_size_nm: float | None = None
    limits: ErrorLimits = field(default_factory=ErrorLimits)


@dataclass(frozen=True)
class ScoredTomogram:
    """A pair with its scores, the Dice after each step that was kept, and its errors."""

    pair: EvaluationPair
    scores: Scores
    steps: StepDice
    errors: tuple[VesicleError, ...] = ()
    voxel_size_nm: float | None = None

    @property
    def row(self) -> ScoreRow:
        found = self.scores.evaluation
        return ScoreRow(
            self.pair.title,
            self.pair.group,
            found.true_positives,
            len(found.false_negatives),
            len(found.false_positives),
            self.steps.get(RunStep.MASK),
            self.scores.dice,
            found.delta_d,
            found.delta_c_nm,
            found.delta_c_sd_nm,
            {"overlap": found.overlap, **found.axis_scores()},
        )


@dataclass(frozen=True)
class ScoredSet:
    """All tomograms that could be scored; ``failures`` are sentences about the others and stand in the notes, too."""

    tomograms: tuple[ScoredTomogram, ...]
    notes: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[ScoreRow, ...]:
        return tuple(t.row for t in self.tomograms)


def score_pairs(
    found: FoundPairs, plan: EvaluationPlan | None = None, progress: Progress | None = None
) -> ScoredSet:
    """Score each pair.

    Raises
    ------
    Cancelled
        When the user stopped it.
    CryoVesError
        If none could be scored.
    """
    plan, progress = plan or EvaluationPlan(), progress or Progress()
    scored, failures, notes = [], [], list(found.notes)
    for number, pair in enumerate(found.pairs, 1):
        progress.start(f"{pair.title} ({number} of {len(found.pairs)})")
        try:
            scored.append(score_pair(pair, plan, progress))
        except Cancelled:
            raise
        except CryoVesError as error:
            failures.append(f"{pair.title}: {error}")
    if not scored:
        raise CryoVesError(" ".join(["No tomogram could be evaluated.", *failures]))
    notes += [f"{t.pair.title}: {note}" for t in scored for note in t.scores.notes]
    notes += _missing_steps(scored)
    return ScoredSet(tuple(scored), (*failures, *notes), tuple(failures))


def score_pair(pair: EvaluationPair, plan: EvaluationPlan, progress: Progress) -> ScoredTomogram:
    """Score one pair.

    Raises
    ------
    CryoVesError
        If a file cannot be read, or the two do not belong together.
    """
    predicted, true = (load_vesicles(path, plan.voxel_size_nm) for path in (pair.prediction, pair.truth))
    grid = common_grid(predicted, true) or (grid_of(pair.region, plan.voxel_size_nm) if pair.region else None)
    region = region_within(pair.region, grid)
    scores = evaluate_sources(predicted, true, grid, region, plan.rule)
    mask = region.mask if region else None
    steps, notes = map_step(pair, true, grid, mask, progress)
    steps |= step_dice(_automatic(pair), predicted, true, grid, mask)
    errors = list_errors(scores, plan.limits)
    scores = replace(scores, notes=(*scores.notes, *notes))
    return ScoredTomogram(pair, scores, steps, errors, grid[1] if grid else plan.voxel_size_nm)


def map_step(
    pair: EvaluationPair,
    true: VesicleSource,
    grid: SourceGrid | None,
    mask: AnyMask | None,
    progress: Progress,
) -> tuple[StepDice, tuple[str, ...]]:
    """Dice of the network's map where there is one, and notes; raises as ``mask_dice``."""
    probability = map_file_of(pair)
    return mask_dice(probability, true, grid, mask, progress) if probability is not None else ({}, ())


def _automatic(pair: EvaluationPair) -> Project | None:
    if pair.prediction.suffix.lower() != SUFFIX:
        return None
    try:
        return read_before_edits(pair.prediction)
    except CryoVesError:  # drawn by hand, or brought in from files
        return None


def _missing_steps(scored: Sequence[ScoredTomogram]) -> list[str]:
    """What a run of this program could have kept."""
    runs = [t for t in scored if t.pair.prediction.suffix.lower() == SUFFIX]
    without_map = sum(RunStep.MASK not in t.steps for t in runs)
    if not without_map:
        return []
    return [
        f"Without the network's map, so without mask Dice: {without_map} of {len(runs)}; “cryoves segment "
        "--keep-probability” keeps it beside the result."
    ]
