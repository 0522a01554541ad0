"""Exports the open project; files are read back and compared before they count as saved."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices

from cryoves_app.ui.background import run_in_background
from cryoves_app.ui.command_sets.files import is_sample
from cryoves_app.ui.commands import Command
from cryoves_app.ui.panels.export.view import ExportView
from cryoves_app.ui.project_controller import ProjectController
from cryoves_app.ui.workspace import Workspace
from cryoves_app.workflow.export import export_material
from cryoves_app.workflow.export_material import material_of, selection_sentence
from cryoves_app.workflow.naming import stem


class ExportPresenter(QObject):
    """Says what would be exported, and does it."""

    def __init__(self, view: ExportView, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self.view, self._workspace, self._projects = view, workspace, projects
        self._busy = False
        view.export_wanted.connect(self.export)
        workspace.document.volume_changed.connect(self._propose_folder)
        projects.changed.connect(self.refresh)
        view.shown.connect(self.refresh)
        self.refresh()

    @property
    def possible(self) -> bool:
        session = self._projects.session
        return session is not None and len(session.project.vesicles.accepted) > 0 and not self._busy

    def refresh(self) -> None:
        session = self._projects.session
        if session is None or not len(session.project.vesicles):
            self.view.show_selection("Needs vesicles: segment first, or add some by hand.", possible=False)
        elif self.view.isVisible():
            self.view.show_selection(selection_sentence(session.project), possible=self.possible)

    def _propose_folder(self) -> None:
        volume = self._workspace.document.volume
        if volume is not None and volume.info.path:
            path = Path(volume.info.path)
            path = Path.home() / path.name if is_sample(path) else path
            self.view.folder.setText(str(path.with_name(f"{stem(path)}_export")))

    def export(self) -> None:
        """Write the chosen formats in a thread."""
        session, volume = self._projects.session, self._workspace.document.volume
        if session is None or volume is None or not self.possible:
            return
        target, formats = Path(self.view.folder.text().strip()).expanduser(), self.view.chosen()
        material = material_of(session.project, volume, stem(Path(str(volume.info.path))))
        force = self.view.replace.isChecked()
        self._set_busy(True)
        self.view.show_busy()
        run_in_background(
            lambda: export_material(material, target, formats, force=force),
            lambda result: self._done(target, result), self._failed, self.view,
        )

    def _set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._workspace.acted.emit()

    def _done(self, target: Path, result: dict[str, Any]) -> None:
        self._set_busy(False)
        self.view.show_idle(f"{len(result['files'])} files written, read back and compared: {result['sentence']}")
        self._workspace.tell("done", f"Exported into {target}.")
        self.refresh()

    def _failed(self, sentence: str) -> None:
        self._set_busy(False)
        self.view.show_idle("")
        self._workspace.tell("error", sentence)
        self.refresh()

    def commands(self) -> list[Command]:
        def show_folder() -> None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(self.view.folder.text()))

        return [
            Command("file.export", "Export", self.export, "File", "export-variant", ("Ctrl+E",), lambda: self.possible,
                    hint="Writes the formats that are ticked under Export"),
            Command("file.show_export", "Show the export folder", show_folder, "File", "", (),
                    lambda: Path(self.view.folder.text() or "?").is_dir()),
        ]
