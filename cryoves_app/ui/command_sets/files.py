"""Commands about files and the program."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.tomogram_names import image_path, stem
from cryoves_app.formats.copick.project import CopickProject
from cryoves_app.formats.imod.reader import is_model
from cryoves_app.formats.ome_zarr.levels import OfferedLevel, proposed_level
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.dialogs.copick_runs import CopickRunsDialog, tomograms_of
from cryoves_app.ui.dialogs.levels import LevelsDialog
from cryoves_app.ui.project.background_edits import BackgroundEdits
from cryoves_app.ui.project.opening import FILE_FILTER, Opener
from cryoves_app.ui.project.place_check import PlaceCheck
from cryoves_app.ui.project.places import is_sample
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.importing.importing import Imported, import_vesicle_file
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.project.packing import ENDING, pack_project, pack_tomogram
from cryoves_app.workflow.project.session import Session

#: Looks into files and asks what is in them.
ImportFiles = Callable[[list[Path]], None]
IMPORT_FILTER = (
    "Vesicles and regions (*.csv *.tsv *.txt *.mod *.mod.gz *.fid *.star *.tbl *.em *.cmm "
    "*.json *.ndjson *.sff *.hff *.mrc *.rec *.tif *.tiff);;"
    "All files (*)"
)


def open_dialog(opener: Opener, workspace: Workspace) -> None:
    """Ask for files and open them."""
    folder = workspace.preferences.now.folder
    names, _ = QFileDialog.getOpenFileNames(
        workspace.window, "Open tomograms or a project", folder, FILE_FILTER
    )
    if names:
        workspace.preferences.change(folder=str(Path(names[0]).parent))
        opener.open([Path(n) for n in names])


def ask_for_runs(project: CopickProject, opener: Opener, workspace: Workspace) -> None:
    """List a copick project's tomograms, and open those that are chosen."""
    found = tomograms_of(project)
    if not found:
        workspace.tell("warning", f"The copick project {project.config} holds no tomogram.")
        return
    dialog = CopickRunsDialog(found, workspace.window)
    dialog.chosen.connect(lambda paths: opener.open(paths, asks_level=False))  # the voxel size was chosen
    dialog.open()


def ask_for_level(levels: Sequence[OfferedLevel], opener: Opener, workspace: Workspace) -> None:
    """List an image's levels, and open the one that is chosen; what is open stays so until then."""
    volume = workspace.document.volume
    now = Path(volume.info.path) if volume is not None and volume.info.path else None
    is_open = [n for n, level in enumerate(levels) if level.path == now]
    name = image_path(levels[0].path).name
    dialog = LevelsDialog(name, levels, is_open[0] if is_open else proposed_level(levels), workspace.window)
    dialog.chosen.connect(lambda path: opener.open([path], asks_level=False))
    dialog.open()


def open_sample(opener: Opener, workspace: Workspace) -> None:
    """Open the tomogram that comes with the program."""
    try:
        opener.open([resource_path("sample", "sample.mrc")])
    except CryoVesError as error:
        workspace.tell("error", str(error))


def open_found(session: Session, opener: Opener, workspace: Workspace) -> None:
    """Ask where a project's tomogram is now."""
    name = Path(session.project.tomogram.absolute_path).name
    found, _ = QFileDialog.getOpenFileName(workspace.window, f"Where is {name}?", "", FILE_FILTER)
    if found:
        opener.resume_with_file(session, Path(found))
    else:
        session.close()


def save_dialog(projects: ProjectController, workspace: Workspace) -> bool:
    """Ask for a place and save there; whether it was saved."""
    proposed = projects.proposed_home()
    start = Path.home() / proposed.name if proposed and is_sample(proposed) else proposed
    name, _ = QFileDialog.getSaveFileName(
        workspace.window, "Save the project", str(start or ""), f"Projects (*{SUFFIX})"
    )
    return bool(name) and projects.save(Path(name).with_suffix(SUFFIX))


def save(projects: ProjectController, workspace: Workspace) -> bool:
    """Save where the project is, else beside the tomogram, else where the user says."""
    if projects.session is None:
        return False
    if projects.session.home is not None:
        return projects.save()
    beside = projects.proposed_home()
    if beside is None or is_sample(beside) or not os.access(beside.parent, os.W_OK):
        return save_dialog(projects, workspace)
    saved = projects.save(beside)
    if saved:
        workspace.tell("done", _saved_sentence(projects, beside))
    return saved


def _saved_sentence(projects: ProjectController, home: Path) -> str:
    """Where it was saved, and why not under the tomogram's own name."""
    own = projects.usual_home()
    why = f", because {own.name} there is another project" if own is not None and own != home else ""
    return f"Saved beside the tomogram as {home.name}{why}. From now on every edit is saved in {home}."


def pack_dialog(projects: ProjectController, workspace: Workspace) -> None:
    """Ask where, and put the project and its tomogram into a folder there."""
    volume = workspace.document.volume
    if volume is None or not volume.info.path:
        return
    tomogram = Path(volume.info.path)
    name = QFileDialog.getExistingDirectory(workspace.window, "Where shall the packed folder be made?")
    if name:
        pack(projects, workspace, tomogram, Path(name) / f"{stem(tomogram)}{ENDING}")


def pack(projects: ProjectController, workspace: Workspace, tomogram: Path, folder: Path) -> None:
    """The project at once, the tomogram in a thread."""
    session = projects.session
    if session is None:
        return
    try:
        project = pack_project(session, tomogram, folder)
    except CryoVesError as error:
        workspace.tell("error", str(error))
        return
    workspace.tell_briefly(f"Copying {tomogram.name} into {folder.name}…")
    run_in_background(
        lambda: pack_tomogram(tomogram, folder),
        lambda _nothing: workspace.tell(
            "done", f"{folder} is packed: hand the folder on, and open {project.name} in it."
        ),
        lambda sentence: workspace.tell("error", sentence),
        projects,
    )


def import_dialog(projects: ProjectController, workspace: Workspace, import_model: ImportFiles) -> None:
    """Ask for a file with vesicles and bring them in; what is in a model, the user is asked."""
    name, _ = QFileDialog.getOpenFileName(workspace.window, "Import vesicles or regions", "", IMPORT_FILTER)
    if name and is_model(Path(name)):
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
            BackgroundEdits(projects).edit(
                lambda project: import_vesicles(project, found.vesicles, path.name),
                PlaceCheck(workspace, projects).look,
            )
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
    quit_program: Callable[[], None],
    import_model: ImportFiles,
) -> tuple[list[Command], Command]:
    """The File menu, and its last entry, below all that others add to it."""
    leave = Command(
        key="file.quit", text="Quit", run=quit_program, menu="File", shortcuts=("Ctrl+Q",), separated=True
    )
    commands = [
        *_opening(workspace, opener),
        *_saving(workspace, projects),
        _importing(workspace, projects, import_model),
    ]
    return commands, leave


def _opening(workspace: Workspace, opener: Opener) -> list[Command]:
    return [
        Command(
            key="file.open",
            text="Open…",
            run=lambda: open_dialog(opener, workspace),
            menu="File",
            icon="folder-open-outline",
            shortcuts=("Ctrl+O",),
            hint="Tomograms (.mrc, .rec, .tif) or a project (.cryoves)",
        ),
        Command(
            key="file.sample",
            text="Open the sample",
            run=lambda: open_sample(opener, workspace),
            menu="File",
            icon="flask-outline",
        ),
    ]


def _saving(workspace: Workspace, projects: ProjectController) -> list[Command]:
    command = partial(Command, menu="File", enabled=lambda: projects.session is not None)
    return [
        command(
            key="file.save",
            text="Save the project",
            run=lambda: save(projects, workspace),
            icon="content-save-outline",
            shortcuts=("Ctrl+S",),
            hint="Vesicles, recipe and history, in one .cryoves file",
            separated=True,
        ),
        command(
            key="file.save_as",
            text="Save the project as…",
            run=lambda: save_dialog(projects, workspace),
            shortcuts=("Ctrl+Shift+S",),
        ),
        command(
            key="file.pack",
            text="Pack for a colleague…",
            run=lambda: pack_dialog(projects, workspace),
            hint="The project with its history, and the tomogram, in one folder that can be opened anywhere",
        ),
    ]


def _importing(workspace: Workspace, projects: ProjectController, import_model: ImportFiles) -> Command:
    return Command(
        key="file.import",
        text="Import vesicles or regions…",
        run=lambda: import_dialog(projects, workspace, import_model),
        menu="File",
        icon="import",
        shortcuts=("Ctrl+I",),
        enabled=lambda: projects.session is not None,
        hint="A table, an IMOD model, a STAR file or labels",
        separated=True,
    )
