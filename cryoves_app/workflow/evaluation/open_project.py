"""The project that is open held against a file, or its automatic result against what people made of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from cryoves_app.analysis.scores.matching import MatchRule
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.project.stored_action import StoredAction
from cryoves_app.formats.tables.table import TABLE_SUFFIXES
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.evaluation.agreement import Agreement, PersonsResult, compare_people
from cryoves_app.workflow.evaluation.errors import ErrorLimits, list_errors
from cryoves_app.workflow.evaluation.pairs import EvaluationPair
from cryoves_app.workflow.evaluation.scored import ScoredTomogram, map_step
from cryoves_app.workflow.evaluation.steps import step_dice
from cryoves_app.workflow.importing.regions import LoadedRegion
from cryoves_app.workflow.importing.vesicle_sources import VesicleSource, common_grid, load_vesicles
from cryoves_app.workflow.project.history import project_before_edits
from cryoves_app.workflow.project.measurements import masks_of
from cryoves_app.workflow.quality.evaluation import evaluate_sources


class Sides(StrEnum):
    """Which two results are held against each other."""

    PROJECT_AGAINST_FILE = "project-file"
    RUN_AGAINST_PROJECT = "run-project"
    RUN_AGAINST_FILE = "run-file"
    AGREEMENT = "agreement"  # of two people: this project and another's

    @property
    def needs_file(self) -> bool:
        return self is not Sides.RUN_AGAINST_PROJECT


@dataclass(frozen=True)
class OpenComparison:
    """What is asked for. ``done`` are the steps of the history in effect; ``home`` is where the project is saved."""

    sides: Sides
    project: Project
    done: tuple[StoredAction, ...] = ()
    home: Path | None = None
    file: Path | None = None
    within_region: bool = False
    rule: MatchRule = MatchRule.CENTRE


def score_open_project(asked: OpenComparison, progress: Progress) -> ScoredTomogram:
    """Score it.

    Raises
    ------
    CryoVesError
        If there is no automatic result, the file cannot be read or belongs to another tomogram, or there is no region.
    """
    project, home = asked.project, asked.home or Path(asked.project.tomogram.absolute_path)
    run = project_before_edits(project, asked.done)
    progress.start("reading")
    if asked.sides is Sides.PROJECT_AGAINST_FILE:
        predicted, true = _source(project.vesicles, home, project), _file_source(asked)
    else:
        if run is None:
            raise CryoVesError(
                "Nothing was segmented in this project, so it has no automatic result to compare."
            )
        predicted = _source(run.vesicles, home, project)
        true = _file_source(asked) if asked.sides.needs_file else _source(project.vesicles, home, project)
    region = _region(project) if asked.within_region else None
    progress.start("comparing")
    grid = common_grid(predicted, true)
    mask = region.mask if region else None
    scores = evaluate_sources(predicted, true, grid, region, asked.rule)
    pair = EvaluationPair(home, asked.file or home, name=stem(Path(project.tomogram.absolute_path)))
    progress.start("network's map")
    steps, notes = map_step(pair, true, grid, mask, progress) if asked.home else ({}, ())
    steps = {**steps, **step_dice(run, predicted, true, grid, mask)}
    scores = replace(scores, notes=(*scores.notes, *notes))
    errors = list_errors(scores, ErrorLimits())
    return ScoredTomogram(pair, scores, steps, errors, project.tomogram.voxel_size_nm)


def agreement_of_open_project(asked: OpenComparison, progress: Progress) -> Agreement:
    """How far the person of the open project and that of another one agree.

    Raises
    ------
    CryoVesError
        If the file is no project of this tomogram, or there is no region.
    """
    if asked.file is None or asked.file.suffix.lower() != SUFFIX:
        raise CryoVesError("Choose the project of the other person (.cryoves).")
    progress.start("comparing")
    first = PersonsResult.of(asked.project, asked.home or Path(asked.project.tomogram.absolute_path))
    region = _region(asked.project) if asked.within_region else None
    return compare_people(first, PersonsResult.read(asked.file), region, asked.rule)


def scored_agreement(agreement: Agreement) -> ScoredTomogram:
    """As an evaluation of the first against the second, for its figure and tables; the disputes are the errors."""
    first, second = agreement.first, agreement.second
    pair = EvaluationPair(first.path, second.path, f"{first.name} and {second.name}")
    size_nm = first.project.tomogram.voxel_size_nm
    return ScoredTomogram(pair, agreement.scores, {}, agreement.disputes, size_nm)


def _source(vesicles: VesicleSet, path: Path, project: Project) -> VesicleSource:
    grid = (project.tomogram.shape, project.tomogram.voxel_size_nm)
    return VesicleSource(path, for_export(vesicles), grid)


def _file_source(asked: OpenComparison) -> VesicleSource:
    """The file's vesicles. One that lies over the tomogram has its voxel size, whatever its header says."""
    if asked.file is None:
        raise CryoVesError("Choose a file to compare with: a project, an IMOD model, labels or a table.")
    states_its_own = asked.file.suffix.lower() in (SUFFIX, *TABLE_SUFFIXES)
    return load_vesicles(asked.file, None if states_its_own else asked.project.tomogram.voxel_size_nm)


def _region(project: Project) -> LoadedRegion:
    inside = masks_of(project).inside
    if inside is None:
        raise CryoVesError("The project has no region to compare within; outline the cytoplasm under Region.")
    return LoadedRegion(inside)
