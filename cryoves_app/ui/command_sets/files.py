"""Commands about files and the program."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.ui.commands import Command
from cryoves_app.ui.opening import FILE_FILTER, Opener
from cryoves_app.ui.workspace import Workspace


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


def file_commands(
    workspace: Workspace, opener: Opener, parent: Callable[[], QWidget | None], quit_program: Callable[[], None]
) -> list[Command]:
    """The File menu."""
    return [
        Command("file.open", "Open…", lambda: open_dialog(parent(), opener, workspace), "File", "folder-open-outline",
                ("Ctrl+O",), hint="Tomograms (.mrc, .rec, .tif) or a project (.cryoves)"),
        Command("file.sample", "Open the sample", lambda: open_sample(opener, workspace), "File", "flask-outline"),
        Command("file.quit", "Quit", quit_program, "File", "", ("Ctrl+Q",), separated=True),
    ]
