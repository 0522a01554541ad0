"""Commands that draw a slice as a figure, or all slices as a movie, as ``cryoves figure`` does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog

from cryoves_app.domain.progress import Progress
from cryoves_app.domain.project import Project
from cryoves_app.domain.tomogram_names import stem
from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base.background import run_in_background
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.ui.viewers.view_state import ViewSettings

if TYPE_CHECKING:
    from cryoves_app.workflow.overview.project_figure import (
        FigureOptions,  # matplotlib takes a second to load
    )

FIGURES = "PNG pictures (*.png);;TIFF pictures (*.tif);;SVG drawings (*.svg);;PDF drawings (*.pdf)"
MOVIES = "MP4 movies (*.mp4)"
WIDTH_CM, DPI = 8.5, 300
MOVIE_WIDTH_PX, PICTURES_PER_SECOND = 960, 15.0


class FigureCommands(QObject):
    """Of the slice with the keyboard, where the crosshair is, drawn as it is shown."""

    def __init__(self, workspace: Workspace, projects: ProjectController, views: OrthoView) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._views = workspace, projects, views

    def commands(self) -> list[Command]:
        def possible() -> bool:
            return self._projects.session is not None

        return [
            Command(
                key="file.figure",
                text="Save the slice as a figure…",
                run=self._ask_for_figure,
                menu="File",
                icon="image-outline",
                enabled=possible,
                hint="For a paper: exact circles, outlines and a scale bar; PNG, TIFF, SVG or PDF",
                separated=True,
            ),
            Command(
                key="file.movie",
                text="Save a movie through the slices…",
                run=self._ask_for_movie,
                menu="File",
                enabled=possible,
                hint="Every slice of the plane with the keyboard, with its vesicles; MP4",
            ),
        ]

    def _ask_for_figure(self) -> None:
        plane = self._views.active_slice().plane
        path = self._ask("Save the slice as a figure", f"{plane.title}.png", FIGURES)
        if path is not None:
            self.save_figure(path, plane)

    def _ask_for_movie(self) -> None:
        plane = self._views.active_slice().plane
        path = self._ask("Save a movie", f"{plane.title}.mp4", MOVIES)
        if path is not None:
            self.save_movie(path.with_suffix(".mp4"), plane)

    def _ask(self, title: str, ending: str, kinds: str) -> Path | None:
        volume = self._workspace.document.volume
        if volume is None or not volume.info.path:
            return None
        source = Path(volume.info.path)
        proposed = source.with_name(f"{stem(source)}_{ending}")
        name, _ = QFileDialog.getSaveFileName(self._workspace.window, title, str(proposed), kinds)
        return Path(name) if name else None

    def save_figure(self, path: Path, plane: Plane) -> None:
        """Draw the slice at the crosshair."""

        def draw(project: Project, volume: Volume) -> None:
            from cryoves_app.workflow.overview.project_figure import figure_of
            from cryoves_app.workflow.overview.slice_figure import write_figure

            write_figure(figure_of(project, volume, options()), path, width_cm=WIDTH_CM, dpi=DPI)

        options = self._options(plane)
        self._save(path, draw)

    def save_movie(self, path: Path, plane: Plane) -> None:
        """Draw all slices of the plane."""

        def draw(project: Project, volume: Volume) -> None:
            from cryoves_app.formats.movie import write_movie
            from cryoves_app.workflow.overview.project_figure import sweep

            pictures = sweep(project, volume, options(), width_px=MOVIE_WIDTH_PX, progress=Progress())
            write_movie(pictures, path, PICTURES_PER_SECOND)

        options = self._options(plane)
        self._workspace.tell_briefly(f"Drawing {path.name}…")
        self._save(path, draw)

    def _options(self, plane: Plane) -> Callable[[], FigureOptions]:
        """What is drawn, as the views show it now; made in the thread."""
        document, settings = self._workspace.document, self._workspace.state.settings
        nm = document.voxel_size_nm
        position_nm = document.cursor[plane.normal] * nm
        return lambda: _figure_options(plane, position_nm, nm, settings)

    def _save(self, path: Path, draw: Callable[[Project, Volume], None]) -> None:
        session, volume = self._projects.session, self._workspace.document.shown_volume
        if session is None or volume is None:
            return
        project = session.project
        run_in_background(
            lambda: draw(project, volume),
            lambda _nothing: self._workspace.tell("done", f"{path.name} was saved in {path.parent}."),
            lambda sentence: self._workspace.tell("error", sentence),
            self,
        )


def _figure_options(plane: Plane, position_nm: float, nm: float, settings: ViewSettings) -> FigureOptions:
    from cryoves_app.workflow.overview.project_figure import FigureOptions

    return FigureOptions(
        plane=plane.title,
        position_nm=position_nm,
        slab_nm=settings.look.slab * nm if settings.look.slab > 1 else 0.0,
        smoothing_nm=settings.look.smoothing_px * nm,
        colour_by=settings.colour_by,
        vesicles=settings.show_vesicles,
        rejected=settings.show_rejected,
        regions=settings.show_regions,
        fill=settings.overlay_opacity if settings.fill_vesicles else 0.0,
    )
