"""Other volumes on the tomogram's grid (raw, denoised): one is shown at a time, and a run may read them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.tomogram_reference import find_tomogram, reference_to
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.project.opening import CONTRAST_PERCENTILES, FILE_FILTER
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.slicing import percentile_levels, sample_grey
from cryoves_app.workflow.pipeline.companion import companion_volume
from cryoves_app.workflow.project.session import Session

GreyLevels = tuple[float, float]


@dataclass(frozen=True)
class Companion:
    """A volume with the contrast it is shown in and what the project knows it by."""

    volume: Volume
    levels: GreyLevels
    reference: TomogramReference

    @property
    def name(self) -> str:
        return Path(str(self.volume.info.path)).name


class CompanionVolumes(QObject):
    """The open tomogram's companions, kept in the project."""

    changed = Signal()

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self._workspace, self._document, self._projects = workspace, workspace.document, projects
        self._session: Session | None = None
        self._all: list[Companion] = []
        self._levels: dict[int, GreyLevels] = {}
        self._shown = 0
        self._comparing = False
        projects.changed.connect(self._follow)

    @property
    def names(self) -> list[str]:
        """The tomogram's name first; empty while nothing is open."""
        volume = self._document.volume
        return [Path(str(volume.info.path)).name, *(c.name for c in self._all)] if volume else []

    @property
    def shown(self) -> int:
        """0 for the tomogram itself."""
        return self._shown

    def path(self, place: int) -> str:
        """The file of one of the volumes, by its place in ``names``."""
        volume = self._all[place - 1].volume if place else self._document.volume
        return str(volume.info.path) if volume else ""

    def ask(self) -> None:
        """Ask for a file and add it."""
        name, _ = QFileDialog.getOpenFileName(
            self._workspace.window, "Add a volume of the same grid", "", FILE_FILTER
        )
        if name:
            self.add(Path(name))

    def add(self, path: Path) -> None:
        """Open a volume in the background, check that its grid is the tomogram's, and keep it in the project."""
        session, main = self._projects.session, self._document.volume
        if session is None or main is None:
            self._workspace.tell("error", "Open a tomogram whose voxel size is known first.")
            return
        home = session.home

        def take(companion: Companion) -> None:
            if self._projects.session is session:
                self._take(companion)
                session.set_values(companions=tuple(c.reference for c in self._all))
                self.show(len(self._all))

        run_in_background(
            lambda: open_companion(path, main, home),
            take,
            lambda text: self._workspace.tell("error", text),
            self,
        )

    def show(self, place: int) -> None:
        """Draw one of the volumes, each in its own contrast; where two are compared, beside the one that follows it."""
        if not 0 <= place <= len(self._all):
            return
        self._keep_levels()
        self._shown = place
        levels = self._levels_of(place)
        self._document.show_instead(self._all[place - 1].volume if place else None)
        if levels is not None:
            self._workspace.state.change(levels=levels)
        self._show_other()
        self.changed.emit()

    def _keep_levels(self) -> None:
        settings = self._workspace.state.settings
        self._levels[self._shown] = settings.levels
        if self._document.compared is not None:
            self._levels[self._other] = settings.other_levels

    def _levels_of(self, place: int) -> GreyLevels | None:
        return self._levels.get(place) or (self._all[place - 1].levels if place else None)

    # -- two at a time

    @property
    def comparing(self) -> bool:
        """Whether two volumes are wanted in the slices."""
        return self._comparing

    @property
    def _other(self) -> int:
        return (self._shown + 1) % (len(self._all) + 1)

    def compare(self, wanted: bool) -> None:
        """Draw the volume after the shown one beside it, or no longer."""
        self._keep_levels()
        self._comparing = wanted
        self._show_other()
        self.changed.emit()

    def _show_other(self) -> None:
        """As soon as there are two."""
        if not self._comparing or not self._all:
            self._document.compare_with(None)
            return
        other = self._other
        levels = self._levels_of(other)
        if levels is not None:
            self._workspace.state.change(other_levels=levels)
        self._document.compare_with(self._all[other - 1].volume if other else self._document.volume)

    def cut_off_other(self, percent: float) -> None:
        """The compared volume's black and white at so many percent from both ends."""
        other = self._document.compared
        if other is None:
            return

        def take(levels: GreyLevels) -> None:
            if self._document.compared is other:
                self._workspace.state.change(other_levels=levels)

        run_in_background(
            lambda: percentile_levels(sample_grey(other.data), percent, 100 - percent), take, owner=self
        )

    def show_next(self) -> None:
        self.show((self._shown + 1) % (len(self._all) + 1))

    def _take(self, companion: Companion) -> None:
        if companion.name not in self.names:
            self._all.append(companion)
            self._show_other()
            self.changed.emit()

    def _follow(self) -> None:
        """Another project: its companions, as far as they are found."""
        session = self._projects.session
        if session is self._session:
            return
        self._session, self._all, self._levels, self._shown = session, [], {}, 0
        self._comparing = False
        self._document.compare_with(None)
        self.changed.emit()
        main = self._document.volume
        if session is None or main is None:
            return
        for reference in session.project.companions:
            self._find(session, main, reference)

    def _find(self, session: Session, main: Volume, reference: TomogramReference) -> None:
        home = session.home

        def find() -> Companion | None:
            path = find_tomogram(reference, home)
            return open_companion(path, main, home) if path else None

        def take(companion: Companion | None) -> None:
            if self._projects.session is not session:
                return
            if companion is None:
                name = Path(reference.absolute_path).name
                self._workspace.tell("warning", f"{name}, another volume of this tomogram, was not found.")
            else:
                self._take(companion)

        run_in_background(find, take, lambda text: self._workspace.tell("warning", text), self)


def open_companion(path: Path, main: Volume, project: Path | None) -> Companion:
    """A volume on the grid of ``main``.

    Raises
    ------
    CryoVesError
        If it cannot be read, or its grid is another.
    """
    volume = companion_volume(str(path), main)
    levels = percentile_levels(sample_grey(volume.data), *CONTRAST_PERCENTILES)
    return Companion(volume, levels, reference_to(volume, project))
