"""Opening the tables that Pyto wrote: they select the vesicles that they speak of."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.importing.importing import ids_beside, vesicles_of_pyto_table

TABLE_FILTER = "Pyto's vesicle tables (*_vesicles.dat)"
IDS_FILTER = "ids.csv of the export (*.csv)"


def select_from_table(table: Path, workspace: Workspace) -> None:
    """Select the vesicles of a table; where ``ids.csv`` is not beside it, the user is asked for it."""
    ids = ids_beside(table)
    if ids is None:
        title = f"Where is the ids.csv that was exported for {table.name}?"
        name, _ = QFileDialog.getOpenFileName(workspace.window, title, str(table.parent), IDS_FILTER)
        if not name:
            return
        ids = Path(name)
    try:
        wanted = vesicles_of_pyto_table(table, ids)
    except CryoVesError as error:
        workspace.tell("error", str(error))
        return
    _select(wanted, table, workspace)


def _select(wanted: tuple[int, ...], table: Path, workspace: Workspace) -> None:
    document: Document = workspace.document
    there = [i for i in wanted if document.vesicles.get(i) is not None]
    document.select(there)
    gone = len(wanted) - len(there)
    if not there:
        workspace.tell("warning", f"None of the vesicles of {table.name} is in this project.")
    elif gone:
        workspace.tell(
            "warning", f"{len(there)} vesicles of {table.name} are selected; {gone} are not there any more."
        )
    else:
        workspace.tell("done", f"The {len(there)} vesicles of {table.name} are selected.")


def pyto_commands(workspace: Workspace) -> list[Command]:
    """What the File menu offers for Pyto's own files."""

    def ask() -> None:
        name, _ = QFileDialog.getOpenFileName(
            workspace.window, "Open a vesicle table of Pyto", "", TABLE_FILTER
        )
        if name:
            select_from_table(Path(name), workspace)

    return [
        Command(
            key="file.pyto_table",
            text="Select the vesicles of a Pyto table…",
            run=ask,
            menu="File",
            enabled=lambda: len(workspace.document.vesicles) > 0,
            needs="needs vesicles",
            hint="Finds the vesicles that Pyto's *_vesicles.dat speaks of, by the exported ids.csv",
        ),
    ]
