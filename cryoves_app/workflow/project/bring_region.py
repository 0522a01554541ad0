"""A region that was found goes into a project's file, as a step that can be undone."""

from __future__ import annotations

from pathlib import Path

from cryoves_app.domain.arrays import Shape
from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.region import Region
from cryoves_app.formats.project.project_file import ProjectFile
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.history import History


def bring_region(path: Path, region: Region, shape: Shape) -> None:
    """Add the region after the others; nothing that was drawn is replaced.

    Raises
    ------
    CryoVesError
        If the project belongs to a tomogram of another shape, or cannot be read or written.
    """
    with ProjectFile.open(path) as file:
        history = History(file)
        if history.project.tomogram.shape != shape:
            raise CryoVesError(f"The project {path} belongs to a tomogram of another size.")
        history.do(add_region(history.project, region))
