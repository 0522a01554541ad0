"""The project that lies beside a tomogram: what was done with it before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import is_file
from cryoves_app.domain.tomogram_names import image_path
from cryoves_app.formats.project.project_file import SUFFIX, read_project
from cryoves_app.formats.tomogram_reference import is_same_tomogram


@dataclass(frozen=True)
class ProjectBeside:
    """A project of a tomogram and what it holds."""

    path: Path
    vesicles: int
    checked: int

    def sentence(self) -> str:
        held = f"{self.vesicles} vesicle{'s' if self.vesicles != 1 else ''}, {self.checked} checked"
        return f"A project of this tomogram exists: {self.path.name} ({held})."


def project_beside(tomogram: Path) -> ProjectBeside | None:
    """The project of the tomogram's own name, if it is of this tomogram and can be read."""
    path = image_path(tomogram).with_suffix(SUFFIX)
    if not is_file(path):
        return None
    try:
        project = read_project(path)
        is_its = is_same_tomogram(tomogram, project.tomogram)
    except CryoVesError:  # opening it says what is wrong; here it is nothing to go on with
        return None
    return ProjectBeside(path, len(project.vesicles), project.vesicles.checked_count) if is_its else None
