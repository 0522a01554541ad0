"""An active zone from two clicks, as a region of the open project."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QProgressDialog

from cryoves_app.domain.arrays import Position
from cryoves_app.domain.progress import Progress
from cryoves_app.ui.base.watched_work import WatchedWork
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.common.summary import for_export
from cryoves_app.workflow.project.actions.regions import add_region
from cryoves_app.workflow.surfaces.order import Rim, ZoneOrder

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.workflow.surfaces.order import FoundZone

_TITLE = "Active zone"
#: A bar that is there for less than this would only flicker.
_BAR_AFTER_MS = 300


class ZoneFinder(QObject):
    """One search at a time, in a thread; a bar shows how far it is and cancels it."""

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self._workspace, self._projects = workspace, projects
        self._dialog: QProgressDialog | None = None
        self.work = WatchedWork(self)
        self.work.progressed.connect(self._show_progress)
        self.work.ended.connect(self._end)

    def find(self, points: Sequence[Position], rim: Rim) -> None:
        """Look for the membrane between points of one slice."""
        session, volume = self._projects.session, self._workspace.document.volume
        if session is None or volume is None or not self._projects.can_edit or self.work.running:
            return
        project = session.project
        sized = volume.with_voxel_size(project.tomogram.voxel_size_nm)
        order = ZoneOrder(tuple(points), rim)

        def work(progress: Progress) -> FoundZone:
            from cryoves_app.workflow.project.known_contrast import has_bright_membranes
            from cryoves_app.workflow.surfaces.active_zone import find_active_zone

            return find_active_zone(
                sized,
                for_export(project.vesicles),
                order,
                regions=project.regions,
                is_bright=has_bright_membranes(project),
                progress=progress,
            )

        self._open_bar()
        self.work.start(_TITLE, work, self._taker(volume.info.path), self._projects.refuse)

    def close(self) -> None:
        self.work.cancel()

    def _taker(self, tomogram: str | None) -> Callable[[FoundZone], None]:
        def take(found: FoundZone) -> None:
            volume = self._workspace.document.volume
            if volume is None or volume.info.path != tomogram:
                self._workspace.tell("warning", "Another tomogram is open now, so the zone was left out.")
            elif self._projects.edit(lambda project: add_region(project, found.region)):
                self._tell(found)

        return take

    def _tell(self, found: FoundZone) -> None:
        kind = "warning" if found.notes else "done"
        self._workspace.tell(kind, " ".join((found.sentence, *found.notes)))

    def _open_bar(self) -> None:
        dialog = QProgressDialog("Following the membrane…", "Cancel", 0, 1000, self._workspace.window)
        dialog.setWindowTitle(_TITLE)
        dialog.setAutoClose(False)
        dialog.setAutoReset(False)
        dialog.setMinimumDuration(_BAR_AFTER_MS)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.canceled.connect(self.work.cancel)
        self._dialog = dialog

    def _show_progress(self, _words: str, share: float) -> None:
        if self._dialog is not None:
            self._dialog.setValue(round(1000 * share))

    def _end(self) -> None:
        if self._dialog is not None:
            self._dialog.blockSignals(True)
            self._dialog.close()
            self._dialog = None
        self._workspace.acted.emit()
