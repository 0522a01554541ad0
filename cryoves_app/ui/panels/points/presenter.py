"""Counts the points that would be made, and writes them in a thread; as ``cryoves points`` does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.progress import Progress
from cryoves_app.domain.tomogram_names import image_path, stem
from cryoves_app.domain.wording import counted
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.recompute import Recompute
from cryoves_app.ui.base.watched_work import WatchedWork
from cryoves_app.ui.panels.points.choices import PointChoice
from cryoves_app.ui.panels.points.view import PointsView
from cryoves_app.ui.project.places import is_sample
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.workflow.export.export_material import Material, material_of

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.workflow.points.points import PointOrder, PointsWritten

#: After the last change of a field.
_PAUSE_MS = 250
_CANCELLED = "Cancelled; nothing was written."


@dataclass(frozen=True)
class _Counted:
    """How many points there would be in words, and whether there are any."""

    sentence: str
    possible: bool


class PointsPresenter(QObject):
    """One writing at a time."""

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self._workspace, self._projects = workspace, projects
        self.view: PointsView | None = None
        self.counting = Recompute(self, self._count, self._show_count, pause_ms=_PAUSE_MS)
        self.work = WatchedWork(self)
        self.work.progressed.connect(self._show_progress)
        self.work.ended.connect(self._show_stopped)
        self._target = Path()
        workspace.document.volume_changed.connect(self._forget)
        workspace.document.vesicles_changed.connect(self._ask_count)

    def commands(self) -> list[Command]:
        return [
            Command(
                key="file.points",
                text="Points on vesicles…",
                run=lambda: self.open(self._workspace.window),
                menu="File",
                icon="dots-circle",
                enabled=lambda: self._projects.session is not None,
                hint="Oriented points for subtomogram averaging: RELION, Dynamo, motive lists, copick; crops and masks",
                needs="needs an open project",
            )
        ]

    def open(self, parent: QWidget | None) -> None:
        """Show the window, with the number of points that there would be."""
        if self.view is None:
            self.view = view = PointsView(parent)
            view.fields.changed.connect(self._ask_count)
            view.write_wanted.connect(self.write)
            view.cancel_wanted.connect(self.work.cancel)
            view.folder_wanted.connect(self._show_folder)
            self._propose_folder()
        self.view.show()
        self.view.raise_()
        self._ask_count()

    # -- how many

    def _ask_count(self) -> None:
        if self.view is not None and self.view.isVisible():
            self.view.show_count("Counting…", possible=False)
            self.counting.ask()

    def _count(self) -> Callable[[], _Counted] | None:
        material = self._material()
        if self.view is None or not self.view.isVisible():
            return None
        if material is None:
            self.view.show_count("Open a tomogram or a project first.", possible=False)
            return None
        choice = self.view.fields.choice
        return lambda: _counted(material, choice)

    def _show_count(self, found: _Counted) -> None:
        if self.view is not None:
            self.view.show_count(found.sentence, possible=found.possible)

    def _material(self) -> Material | None:
        session, volume = self._projects.session, self._workspace.document.volume
        if session is None or volume is None:
            return None
        sized = volume.with_voxel_size(session.project.tomogram.voxel_size_nm)
        return material_of(session.project, sized, stem(Path(str(volume.info.path))))

    def _forget(self) -> None:
        """Another tomogram has other points, and another folder."""
        self.work.cancel()
        self._propose_folder()
        self._ask_count()

    def _propose_folder(self) -> None:
        volume = self._workspace.document.volume
        if self.view is None or volume is None or not volume.info.path:
            return
        path = image_path(Path(volume.info.path))
        path = Path.home() / path.name if is_sample(path) else path
        self.view.folder.setText(str(path.with_name(f"{stem(path)}_points")))
        if not self.work.running:
            self.view.show_idle("")

    # -- writing

    def write(self) -> None:
        """Write what is asked for, after asking whether files may be replaced."""
        view, material = self.view, self._material()
        if view is None or material is None or self.work.running:
            return
        folder = view.folder.text().strip()
        if not folder:
            view.show_idle("Say into which folder the points go.")
            return
        target, choice = Path(folder).expanduser(), view.fields.choice
        taken = _taken(material.name, target, choice)
        if taken and not view.ask_to_replace(taken, str(target)):
            return
        self._target = target
        view.show_busy("Making points…", 0.0)
        self.work.start(
            "Writing",
            lambda progress: _written(material, target, choice, progress, force=bool(taken)),
            self._show_written,
            view.show_idle,
        )

    def _show_progress(self, words: str, fraction: float) -> None:
        if self.view is not None and self.work.running:
            self.view.show_busy(words, fraction)

    def _show_stopped(self) -> None:
        if self.view is not None:  # what came of it, if it was not cancelled, is told right after
            self.view.show_idle(_CANCELLED)

    def _show_written(self, written: PointsWritten) -> None:
        if self.view is not None:
            count = counted(len(written.files), "file")
            points = counted(written.points, "point")
            self.view.show_idle(f"{points} saved; {count} in {self._target}.", is_saved=True)
            self._workspace.tell_briefly(f"{points} saved in {self._target}.")

    def _show_folder(self) -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._target)))


def _order(choice: PointChoice) -> PointOrder:
    from cryoves_app.analysis.geometry.surface_points import PointRules
    from cryoves_app.workflow.points.points import PointOrder

    rules = PointRules(
        choice.spacing_nm,
        choice.offset_nm,
        choice.contact_nm,
        choice.tilt_range_deg,
        choice.in_plane,
        choice.seed,
    )
    return PointOrder(
        rules, choice.formats, choice.relion, choice.relion_binning, choice.crop_margin_nm, choice.shell_nm
    )


def _counted(material: Material, choice: PointChoice) -> _Counted:
    from cryoves_app.workflow.points.points import find_points

    if not choice.formats:
        return _Counted("Tick at least one file of points.", possible=False)
    try:
        return _Counted(find_points(material, _order(choice).rules, Progress()).sentence, possible=True)
    except CryoVesError as error:
        return _Counted(str(error), possible=False)


def _taken(name: str, target: Path, choice: PointChoice) -> list[str]:
    from cryoves_app.workflow.points.points import points_in_the_way

    return points_in_the_way(name, target, _order(choice))


def _written(
    material: Material, target: Path, choice: PointChoice, progress: Progress, *, force: bool
) -> PointsWritten:
    from cryoves_app.workflow.points.points import write_points

    return write_points(material, target, _order(choice), force=force, progress=progress)
