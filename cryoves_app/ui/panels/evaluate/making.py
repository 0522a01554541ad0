"""What the thread of an evaluation is given and gives back; loads what takes seconds only when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.formats.project.stored_action import StoredAction

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.workflow.evaluation.agreement import Agreement
    from cryoves_app.workflow.evaluation.open_project import OpenComparison
    from cryoves_app.workflow.evaluation.scored import ScoredSet, ScoredTomogram


@dataclass(frozen=True)
class EvaluationAsked:
    """What is asked for, as the view says it, of the project as it is now."""

    held: str
    rule: str
    file: Path | None
    within: bool
    project: Project
    done: tuple[StoredAction, ...]
    home: Path | None

    def comparison(self) -> OpenComparison:
        """As the evaluation understands it."""
        from cryoves_app.analysis.scores.matching import MatchRule
        from cryoves_app.workflow.evaluation.open_project import OpenComparison, Sides

        return OpenComparison(
            Sides(self.held), self.project, self.done, self.home, self.file, self.within, MatchRule(self.rule)
        )


@dataclass(frozen=True)
class EvaluationMade:
    """An evaluation, and what is shown of it; ``agreement`` where two people are compared."""

    found: ScoredTomogram
    as_set: ScoredSet
    words: str
    scores: Sequence[tuple[str, ...]]
    errors: Sequence[tuple[str, ...]]
    drawing: bytes
    markdown: str
    notes: tuple[str, ...] = ()
    agreement: Agreement | None = None

    @property
    def people(self) -> tuple[str, str] | None:
        """Who is compared, where people are."""
        return (self.agreement.first.name, self.agreement.second.name) if self.agreement else None


def make_evaluation(asked: EvaluationAsked, progress: Progress) -> EvaluationMade:
    """Score, and make what is shown."""
    from cryoves_app.workflow.evaluation.open_project import Sides

    comparison = asked.comparison()
    return (_of_people if comparison.sides is Sides.AGREEMENT else _of_results)(comparison, progress)


def _of_results(comparison: OpenComparison, progress: Progress) -> EvaluationMade:
    from cryoves_app.workflow.evaluation.figure import evaluation_picture
    from cryoves_app.workflow.evaluation.markdown import evaluation_markdown
    from cryoves_app.workflow.evaluation.open_project import score_open_project
    from cryoves_app.workflow.evaluation.scored import ScoredSet
    from cryoves_app.workflow.evaluation.shown import error_cells_for_people, score_rows, score_sentence

    found = score_open_project(comparison, progress)
    as_set = ScoredSet((found,), found.scores.notes)
    return EvaluationMade(
        found,
        as_set,
        score_sentence(found),
        tuple(score_rows(found)),
        tuple(map(error_cells_for_people, found.errors)),
        evaluation_picture(as_set, "svg"),
        evaluation_markdown(as_set),
        as_set.notes,
    )


def _of_people(comparison: OpenComparison, progress: Progress) -> EvaluationMade:
    from cryoves_app.workflow.evaluation.agreement_tables import (
        agreement_markdown,
        agreement_rows,
        agreement_sentence,
        dispute_cells,
    )
    from cryoves_app.workflow.evaluation.figure import evaluation_picture
    from cryoves_app.workflow.evaluation.open_project import agreement_of_open_project, scored_agreement
    from cryoves_app.workflow.evaluation.scored import ScoredSet

    agreement = agreement_of_open_project(comparison, progress)
    found = scored_agreement(agreement)
    as_set = ScoredSet((found,), agreement.notes)
    return EvaluationMade(
        found,
        as_set,
        agreement_sentence(agreement),
        tuple(agreement_rows(agreement)),
        tuple(dispute_cells(agreement)),
        evaluation_picture(as_set, "svg"),
        agreement_markdown(agreement),
        as_set.notes,
        agreement,
    )


def write_made(made: EvaluationMade, folder: Path) -> int:
    """Write all files of an evaluation; how many."""
    from cryoves_app.workflow.evaluation.agreement_tables import write_agreement
    from cryoves_app.workflow.evaluation.tables import write_evaluation

    files = write_evaluation(made.as_set, folder)
    return len(files) + (len(write_agreement(made.agreement, folder)) if made.agreement else 0)


def settle_into(agreement: Agreement, path: Path) -> None:
    """Write the project in which the two settle what they dispute."""
    from cryoves_app.workflow.evaluation.agreement import write_agreed_project

    write_agreed_project(agreement, path)
