"""Commands about files and the program."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.opening import FILE_FILTER, Opener
from cryoves_app.ui.project.places import is_sample
from cryoves_app.ui.project.project_controller import SUFFIX, ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.importing.importing import Imported, import_vesicle_file
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.session import Session

#: Looks into files and asks what is in them.
ImportFiles = Callable[[list[Path]], None]
IMPORT_FILTER = "Vesicles and regions (*.csv *.mod *.star *.mrc *.rec *.tif *.tiff);;All files (*)"


def open_dialog(parent: QWidget | None, opener: Opener, workspace: Workspace) -> None:
    """Ask for files and open them."""
    folder = workspace.preferences.text("folder")
    names, _ = QFileDialog.getOpenFileNames(parent, "Open tomograms or a project", folder, FILE_FILTER)
    if names:
        workspace.preferences.put("folder", str(Path(names[0]).parent))
        opener.open([Path(n) for n in names])


def open_sample(opener: Opener, workspace: Workspace) -> None:
    """Open the tomogram that comes with the program."""
    try:
        opener.open([resource_path("sample", "sample.mrc")])
    except CryoVesError as error:
        workspace.tell("error", str(error))


def open_found(parent: QWidget | None, session: Session, opener: Opener) -> None:
    """Ask where a project's tomogram is now."""
    name = Path(session.project.tomogram.absolute_path).name
    found, _ = QFileDialog.getOpenFileName(parent, f"Where is {name}?", "", FILE_FILTER)
    if found:
        opener.resume_with_file(session, Path(found))
    else:
        session.close()


def save_dialog(parent: QWidget | None, projects: ProjectController) -> bool:
    """Ask for a place and save there; whether it was saved."""
    proposed = projects.proposed_home()
    start = Path.home() / proposed.name if proposed and is_sample(proposed) else proposed
    name, _ = QFileDialog.getSaveFileName(
        parent, "Save the project", str(start or ""), f"Projects (*{SUFFIX})"
    )
    return bool(name) and projects.save(Path(name).with_suffix(SUFFIX))


def save(parent: QWidget | None, projects: ProjectController, workspace: Workspace) -> bool:
    """Save where the project is, else beside the tomogram, else where the user says."""
    if projects.session is None:
        return False
    if projects.session.home is not None:
        return projects.save()
    beside = projects.proposed_home()
    if beside is None or is_sample(beside) or beside.exists() or not os.access(beside.parent, os.W_OK):
        return save_dialog(parent, projects)
    saved = projects.save(beside)
    if saved:
        workspace.tell(
            "done", f"Saved beside the tomogram as {beside.name}. From now on every edit is saved there."
        )
    return saved


def import_dialog(
    parent: QWidget | None, projects: ProjectController, workspace: Workspace, import_model: ImportFiles
) -> None:
    """Ask for a file with vesicles and bring them in; what is in a model, the user is asked."""
    name, _ = QFileDialog.getOpenFileName(parent, "Import vesicles or regions", "", IMPORT_FILTER)
    if name.lower().endswith(".mod"):
        import_model([Path(name)])
    elif name:
        import_file(Path(name), projects, workspace)


def import_file(path: Path, projects: ProjectController, workspace: Workspace) -> None:
    """Bring in vesicles and regions of a file that lies over the open tomogram."""
    volume = workspace.document.volume
    if volume is None:
        return
    info, radius = volume.info, workspace.document.recipe.input.expected_radius_nm

    def take(found: Imported) -> None:
        for note in found.notes:
            workspace.tell("warning", note)
        if found.vesicles:
            projects.edit(lambda project: import_vesicles(project, found.vesicles, path.name))
        for region in found.regions:
            projects.edit(partial(add_region, region=region))
        if not found.vesicles and not found.regions:
            workspace.tell("warning", f"{path.name} holds neither vesicles nor regions.")

    run_in_background(
        lambda: import_vesicle_file(path, info, radius),
        take,
        lambda text: workspace.tell("error", text),
        projects,
    )


def file_commands(
    workspace: Workspace,
    opener: Opener,
    projects: ProjectController,
    parent: Callable[[], QWidget | None],
    quit_program: Callable[[], None],
    import_model: ImportFiles,
) -> list[Command]:
    """The File menu."""

    def has_project() -> bool:
        return projects.session is not None

    def save_now() -> None:
        save(parent(), projects, workspace)

    def save_as() -> None:
        save_dialog(parent(), projects)

    return [
        Command(
            "file.open",
            "Open…",
            lambda: open_dialog(parent(), opener, workspace),
            "File",
            "folder-open-outline",
            ("Ctrl+O",),
            hint="Tomograms (.mrc, .rec, .tif) or a project (.cryoves)",
        ),
        Command(
            "file.sample", "Open the sample", lambda: open_sample(opener, workspace), "File", "flask-outline"
        ),
        Command(
            "file.save",
            "Save the project",
            save_now,
            "File",
            "content-save-outline",
            ("Ctrl+S",),
            has_project,
            hint="Vesicles, recipe and history, in one .cryoves file",
            separated=True,
        ),
        Command("file.save_as", "Save the project as…", save_as, "File", "", ("Ctrl+Shift+S",), has_project),
        Command(
            "file.import",
            "Import vesicles or regions…",
            lambda: import_dialog(parent(), projects, workspace, import_model),
            "File",
            "import",
            ("Ctrl+I",),
            has_project,
            hint="A table, an IMOD model, a STAR file or labels",
            separated=True,
        ),
        Command("file.quit", "Quit", quit_program, "File", "", ("Ctrl+Q",), separated=True),
    ]
