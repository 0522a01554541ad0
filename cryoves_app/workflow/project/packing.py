"""A project and its tomogram in one folder, which another person can open anywhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import exists
from cryoves_app.formats.project.project_file import SUFFIX, ProjectFile, Update
from cryoves_app.storage.replacing import replacing
from cryoves_app.storage.sentences import writing
from cryoves_app.workflow.project.session import Session

#: Added to the tomogram's name for the folder.
ENDING = "_packed"


def pack_project(session: Session, tomogram: Path, folder: Path) -> Path:
    """Make ``folder`` with a copy of the project in it, history included; the project's path.

    The copy refers to the tomogram beside it, which ``pack_tomogram`` brings there. Belongs to the session's thread.

    Raises
    ------
    CryoVesError
        If the folder exists already, or cannot be written to.
    """
    if exists(folder):
        raise CryoVesError(
            f"{folder} exists already; choose another place, so that nothing in it is replaced."
        )
    with writing(folder):
        folder.mkdir(parents=True)
    project = folder / f"{tomogram.stem}{SUFFIX}"
    session.write_copy(project)
    with ProjectFile.open(project) as file:
        beside = replace(session.project.tomogram, relative_path=tomogram.name)
        file.apply_update(Update(settings={"tomogram": beside}))
    return project


def pack_tomogram(tomogram: Path, folder: Path) -> None:
    """Copy the tomogram into the folder; may run in a thread.

    Raises
    ------
    CryoVesError
        If it cannot be copied, for example onto a full disk.
    """
    target = folder / tomogram.name
    with replacing(target) as temporary, writing(target):
        shutil.copyfile(tomogram, temporary)
