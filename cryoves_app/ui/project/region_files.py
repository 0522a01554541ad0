"""Regions from files and into them: dialogs, and the reading and writing in a thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.tomogram_names import image_path, stem
from cryoves_app.formats.imod.convert import ObjectRole
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.dialogs.import_parts import ImportPartsDialog, Part
from cryoves_app.ui.project.background_edits import BackgroundEdits
from cryoves_app.ui.project.place_check import PlaceCheck
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.importing.importing import Imported, import_chosen, parts_of_files
from cryoves_app.workflow.importing.regions import write_regions
from cryoves_app.workflow.project.actions.add import import_vesicles

FILTER = "Models and label volumes (*.mod *.mod.gz *.fid *.mrc *.rec *.tif *.tiff);;All files (*)"


class RegionFiles(QObject):
    """Everything that comes in is one step of the history."""

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self._workspace, self._projects = workspace, projects
        self.dialog: ImportPartsDialog | None = None

    def ask_import(self) -> None:
        """Ask for files, then for what is in them."""
        names, _ = QFileDialog.getOpenFileNames(self._workspace.window, "Import regions", "", FILTER)
        if names:
            self.import_files([Path(name) for name in names])

    def import_files(self, paths: Sequence[Path]) -> None:
        """Look into files, and show what they hold."""
        run_in_background(lambda: parts_of_files(paths), self._show_parts, self._fail, self)

    def _show_parts(self, parts: list[Part]) -> None:
        self.dialog = ImportPartsDialog(parts, self._workspace.window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.chosen.connect(self._import)
        self.dialog.open()

    def _import(self, roles: dict[Part, ObjectRole]) -> None:
        volume = self._workspace.document.volume
        if volume is None:
            return
        info, radius = volume.info, self._workspace.document.recipe.input.expected_radius_nm
        names = ", ".join(dict.fromkeys(part.path.name for part in roles))
        run_in_background(
            lambda: import_chosen(roles, info, radius),
            lambda found: self._take(found, names),
            self._fail,
            self,
        )

    def _take(self, found: Imported, names: str) -> None:
        for note in found.notes:
            self._workspace.tell("warning", note)
        BackgroundEdits(self._projects).edit(
            lambda project: import_vesicles(project, found.vesicles, names, found.regions),
            PlaceCheck(self._workspace, self._projects).look,
        )

    def ask_export(self) -> None:
        """Ask for a place, and write all regions there as a model."""
        volume = self._workspace.document.volume
        if volume is None or not volume.info.path:
            return
        proposed = image_path(Path(volume.info.path)).with_name(f"{stem(Path(volume.info.path))}_regions.mod")
        name, _ = QFileDialog.getSaveFileName(
            self._workspace.window, "Export regions", str(proposed), "IMOD models (*.mod)"
        )
        if name:
            self.export(Path(name).with_suffix(".mod"))

    def export(self, path: Path) -> None:
        """Write all regions into a model, read it back and compare."""
        volume, regions = self._workspace.document.volume, self._workspace.document.regions
        if volume is None:
            return
        info, done = volume.info, f"{len(regions)} regions written into {path.name}, read back and compared."
        run_in_background(
            lambda: write_regions(path, regions, info),
            lambda _nothing: self._workspace.tell("done", done),
            self._fail,
            self,
        )

    def _fail(self, sentence: str) -> None:
        self._workspace.tell("error", sentence)
