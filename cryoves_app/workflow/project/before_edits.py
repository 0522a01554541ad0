"""What a segmentation made of a project, before people changed anything."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.geometry import Sphere
from cryoves_app.domain.project import CANDIDATES, Project
from cryoves_app.formats.project.project_file import open_for_reading
from cryoves_app.workflow.project.history import History, project_before_edits


def read_before_edits(path: Path) -> Project:
    """The project in a file as its last segmentation left it.

    Raises
    ------
    CryoVesError
        As ``read_project``; and if nothing in it was segmented.
    """
    with open_for_reading(path) as file:
        history = History(file)
        project = project_before_edits(history.project, history.done)
    if project is None:
        raise CryoVesError(
            f"{path} has no automatic result: nothing was segmented in it, so there is nothing to compare with."
        )
    return project


def candidates_of(project: Project) -> tuple[Sphere, ...]:
    """The spheres of the last run's segments before any fit; none where the run did not keep them."""
    kept = project.run.get(CANDIDATES)
    if not isinstance(kept, list):
        return ()
    try:
        return tuple(Sphere(*(float(value) for value in row)) for row in kept)
    except (TypeError, ValueError):
        return ()
