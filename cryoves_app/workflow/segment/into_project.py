"""Runs that meet work done by hand: it is kept when asked to, and never overwritten unasked."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.box import Box
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.notes import Note, NoteKind
from cryoves_app.domain.project import Project
from cryoves_app.domain.reading import is_missing
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import SUFFIX, ProjectFile, read_project
from cryoves_app.workflow.project.actions.run import take_over_run
from cryoves_app.workflow.project.hand_work import hand_work
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.segment.record import RunRecord


def refuse_losing_work(job: SegmentJob) -> None:
    """Refuse to replace a project that people have worked on, ``--force`` or not.

    Asked at the start, so that nobody waits for a refusal, and again before results are published.

    Raises
    ------
    CryoVesError
        If the output folder's project holds such work, or can't be read to see.
    """
    path = Path(job.folder) / f"{stem(Path(job.tomogram))}{SUFFIX}"
    if job.into or is_missing(path):
        return
    work = hand_work(path)
    if work:
        raise CryoVesError(
            f"{path} holds work by hand ({', '.join(work)}); keep that with --into {path} and another output folder, "
            "or move the file away."
        )


def project_to_renew(job: SegmentJob, shape: tuple[int, int, int]) -> Project | None:
    """The project that a run goes into; ``None`` where it goes into none.

    Raises
    ------
    CryoVesError
        If it can't be read, or belongs to a tomogram of another size.
    """
    if not job.into:
        return None
    project = read_project(job.into)
    if project.tomogram.shape != shape:
        raise CryoVesError(
            f"The project {job.into} belongs to a tomogram of another size than {job.tomogram}."
        )
    return project


def renew_project(path: Path, found: VesicleSet, run: RunRecord, box: Box | None = None) -> Note:
    """Bring a run's vesicles into a project as one step that can be undone; what that did."""
    with ProjectFile.open(path) as file:
        project = file.load()
        action, summary = take_over_run(project, found, run.job.recipe, run.model.name, run.to_dict(), box)
        after = action.forward.apply(project)
        file.append_action(
            action.kind,
            action.title,
            action.forward.to_plain(),
            action.inverse.to_plain(),
            action.forward.update(after),
        )
    return Note(NoteKind.MERGED, summary)
