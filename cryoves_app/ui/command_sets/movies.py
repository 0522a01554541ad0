"""Commands that make movies: through the slices, and of the view in 3-D turning; as ``cryoves figure`` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QObject

from cryoves_app.domain.progress import Progress
from cryoves_app.formats.movie import MP4, MovieFrame, can_write_mp4, write_movie
from cryoves_app.ui.base.commands import Command
from cryoves_app.ui.base.watched_work import WatchedWork
from cryoves_app.ui.command_sets.figures import ask_for_place, shown_colours, shown_options
from cryoves_app.ui.dialogs.figure import FigureChoice
from cryoves_app.ui.dialogs.movie import MovieChoice, MovieDialog
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.film import Film
from cryoves_app.ui.viewers.ortho_view import OrthoView
from cryoves_app.ui.viewers.scene.volume_view import VolumeView
from cryoves_app.ui.viewers.slicing import Plane

MP4_MOVIE = "MP4 movie (*.mp4)"
SINGLE_PICTURES = "Folder of single PNG pictures (*)"

#: Makes the pictures in the thread that writes them.
MakeFrames = Callable[[Progress], Iterator[MovieFrame]]


class MovieCommands(QObject):
    """One movie is drawn at a time, while the window is used as before."""

    def __init__(
        self, workspace: Workspace, projects: ProjectController, views: OrthoView, volume_view: VolumeView
    ) -> None:
        super().__init__(workspace)
        self._workspace, self._projects, self._views = workspace, projects, views
        self._volume_view = volume_view
        self._choice = MovieChoice()
        self.work = WatchedWork(self)
        self.work.ended.connect(workspace.commands.refresh)

    def commands(self) -> list[Command]:
        def possible() -> bool:
            return self._projects.session is not None and not self.work.running

        needs = "needs an open tomogram, and no other movie that is being drawn"
        return [
            Command(
                key="file.movie",
                text="Save a movie through the slices…",
                run=self._ask_for_sweep,
                menu="File",
                icon="movie-open-outline",
                enabled=possible,
                hint="Every slice of the plane with the keyboard, as it is shown; MP4, or single PNG pictures",
                needs=needs,
            ),
            Command(
                key="file.turntable",
                text="Save a movie of the 3D view turning…",
                run=self._ask_for_turn,
                menu="File",
                icon="rotate-3d-variant",
                enabled=possible,
                hint="One turn about z (turntable) from where the 3D view looks now; MP4, or single PNG pictures",
                needs=needs,
            ),
        ]

    # -- through the slices

    def _ask_for_sweep(self) -> None:
        plane, volume = self._views.active_slice().plane, self._workspace.document.volume
        if volume is not None:
            title = f"Save a movie through {plane.title}"
            dialog = MovieDialog(title, self._choice, self._workspace.window, volume.shape[plane.normal])
            dialog.chosen.connect(lambda choice: self._place_sweep(choice, plane))
            dialog.open()

    def _place_sweep(self, choice: MovieChoice, plane: Plane) -> None:
        if (path := self._ask_for_place(choice, plane.title)) is not None:
            self.save_sweep(path, plane)

    def save_sweep(self, path: Path, plane: Plane) -> None:
        """Draw the slices of the plane as it was last chosen."""
        session, volume = self._projects.session, self._workspace.document.shown_volume
        if session is None or volume is None:
            return
        project, choice = session.project, self._choice
        options = shown_options(self._workspace, self._views, plane, FigureChoice())

        def frames(progress: Progress) -> Iterator[MovieFrame]:
            from cryoves_app.workflow.overview.project_figure import sweep

            drawn = options()
            return sweep(
                project, volume, drawn, step=choice.every, width_px=choice.width_px, progress=progress
            )

        self._write(path, frames)

    # -- one turn

    def _ask_for_turn(self) -> None:
        self._views.show_scene()
        title = "Save a movie of the 3D view turning"
        dialog = MovieDialog(title, self._choice, self._workspace.window, None)
        dialog.chosen.connect(self._place_turn)
        dialog.open()

    def _place_turn(self, choice: MovieChoice) -> None:
        if (path := self._ask_for_place(choice, "turning")) is not None:
            self.save_turn(path)

    def save_turn(self, path: Path) -> None:
        """Film the scene; where there is no OpenGL, the vesicles in their box are drawn without it."""
        if self._volume_view.scene is None:
            self._write(path, self._computed_turn())
            return
        count, width_px = self._choice.pictures, self._choice.width_px // 2 * 2
        view = self._volume_view
        film = Film(count, lambda n: view.turned(360.0 * n / count, width_px), self)
        self.work.ended.connect(film.stop)
        self._workspace.document.volume_changed.connect(film.fail)
        if self._write(path, film.frames):
            view.when_idle(film.start)

    def _computed_turn(self) -> MakeFrames:
        session, volume = self._projects.session, self._workspace.document.volume
        assert session is not None and volume is not None  # noqa: PT018 - the command is disabled otherwise
        project, choice, colours = session.project, self._choice, shown_colours(self._workspace)
        vesicles = self._workspace.state.settings.show_vesicles

        def frames(progress: Progress) -> Iterator[MovieFrame]:
            from cryoves_app.workflow.overview.project_figure import FigureOptions
            from cryoves_app.workflow.overview.turntable import turntable

            options = FigureOptions(vesicles=vesicles, rejected=True, colours=colours())
            width_px, pictures = choice.width_px, choice.pictures
            return turntable(
                project, volume, options, pictures=pictures, width_px=width_px, progress=progress
            )

        return frames

    # -- both

    def _ask_for_place(self, choice: MovieChoice, name: str) -> Path | None:
        self._choice = choice
        kinds = f"{MP4_MOVIE};;{SINGLE_PICTURES}" if can_write_mp4() else SINGLE_PICTURES
        ending = f"{name}{MP4}" if can_write_mp4() else name
        path, kind = ask_for_place(self._workspace, "Save a movie", ending, kinds)
        return movie_path(path, kind) if path is not None else None

    def _write(self, path: Path, frames: MakeFrames) -> bool:
        rate = float(self._choice.per_second)

        def done(count: int) -> None:
            self._workspace.tell("done", f"{path.name} was saved in {path.parent}: {count} pictures.")

        began = self.work.start(
            "Movie",  # not its name, which may be longer than the line at the bottom
            lambda progress: write_movie(frames(progress), path, rate),
            done,
            lambda sentence: self._workspace.tell("error", sentence),
        )
        self._workspace.commands.refresh()
        return began


def movie_path(path: Path, kind: str) -> Path:
    """The file of a movie, or the folder of its pictures."""
    if kind == SINGLE_PICTURES or path.suffix.lower() == ".png":
        return path.with_suffix("") if path.suffix.lower() in (MP4, ".png") else path
    return path if path.suffix.lower() == MP4 or not can_write_mp4() else path.with_name(f"{path.name}{MP4}")
