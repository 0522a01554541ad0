"""Opens files: a tomogram or a project, in the background; several become a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.project import TomogramReference
from cryoves_app.domain.volume import Volume
from cryoves_app.formats.copick.project import read_copick_project
from cryoves_app.formats.ome_zarr.levels import OfferedLevel, levels_around, levels_to_choose
from cryoves_app.formats.ome_zarr.place import is_zarr
from cryoves_app.formats.project.project_file import SUFFIX
from cryoves_app.formats.tomogram_reference import find_tomogram, is_same_tomogram
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.base.recompute import Newest
from cryoves_app.ui.project.project_controller import ProjectController
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.slicing import percentile_levels, sample_grey
from cryoves_app.workflow.importing.importing import is_pyto_table
from cryoves_app.workflow.project.beside import ProjectBeside, project_beside
from cryoves_app.workflow.project.session import Session, let_go
from cryoves_app.workflow.project.working_copies import LeftBehind

FILE_FILTER = (
    "Tomograms and projects (*.mrc *.rec *.map *.st *.ali *.mrc.gz *.tif *.tiff *.cryoves *.zarr.zip *.ozx zarr.json "
    ".zattrs copick*.json);;All files (*)"
)
#: Percentiles that become black and white on opening.
CONTRAST_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True)
class _Opened:
    volume: Volume
    levels: tuple[float, float]
    beside: ProjectBeside | None = None


def _read(path: Path, voxel_size_nm: float | None) -> _Opened:
    volume = open_volume(path, voxel_size_nm)
    return _Opened(volume, percentile_levels(sample_grey(volume.data), *CONTRAST_PERCENTILES))


def _read_with_project(path: Path, voxel_size_nm: float | None) -> _Opened:
    return replace(_read(path, voxel_size_nm), beside=project_beside(path))


class Opener(QObject):
    """One way to open for dialog, drop, recent files and command line."""

    opened = Signal(object)  # Path
    failed = Signal(str)
    several = Signal(object)  # list of paths
    tomogram_missing = Signal(object)  # Session
    project_found = Signal(object)  # ProjectBeside, of the tomogram that was just opened
    copick_project = Signal(object)  # CopickProject, of which a tomogram is to be chosen
    several_levels = Signal(object)  # OfferedLevels of an image, of which one is to be chosen
    pyto_table = Signal(object)  # Path of a table that speaks of vesicles of the open project

    def __init__(self, workspace: Workspace, projects: ProjectController) -> None:
        super().__init__(workspace)
        self._workspace, self._projects = workspace, projects
        self._reading = Newest(self)

    def open(
        self, paths: Iterable[Path], voxel_size_nm: float | None = None, *, asks_level: bool = True
    ) -> None:
        """Open the first of the files, and tell about the list when there are several.

        Of one image with several levels one is chosen first, unless nobody is to be asked: then it is the finest.
        """
        files = [Path(p) for p in paths]
        if len(files) > 1:
            self.several.emit(files)
        if files and files[0].suffix.lower() == SUFFIX:
            self._open_project(files[0])
        elif files and files[0].suffix.lower() == ".json" and not is_zarr(files[0]):
            self._look_into_project(files[0])
        elif files and is_pyto_table(files[0]):
            self.pyto_table.emit(files[0])
        elif files:
            asks_level = asks_level and len(files) == 1 and voxel_size_nm is None
            self.open_tomogram(files[0], voxel_size_nm, asks_level=asks_level)

    def _look_into_project(self, path: Path) -> None:
        try:
            self.copick_project.emit(read_copick_project(path))
        except CryoVesError as error:
            self._fail(str(error))

    def open_tomogram(
        self, path: Path, voxel_size_nm: float | None = None, *, asks_level: bool = False
    ) -> None:
        """Read the header and a few slices in a thread; the last file asked for wins."""

        def read() -> _Opened | tuple[OfferedLevel, ...]:
            levels = levels_to_choose(path) if asks_level else ()
            return levels if len(levels) > 1 else _read_with_project(path, voxel_size_nm)

        def show(opened: _Opened | tuple[OfferedLevel, ...]) -> None:
            if isinstance(opened, tuple):
                self.several_levels.emit(opened)
                return
            self._look_at(opened)
            self._projects.begin(opened.volume, "header" if voxel_size_nm is None else "user")
            self._finish(path)
            if opened.beside is not None:
                self.project_found.emit(opened.beside)

        self._reading.run(read, show, self._fail)

    def ask_level_again(self) -> None:
        """Let another level of the open image be chosen."""
        volume = self._workspace.document.volume
        if volume is not None and volume.info.path:
            path = Path(volume.info.path)
            self._reading.run(lambda: levels_around(path), self.several_levels.emit, self._fail)

    def _look_at(self, opened: _Opened) -> None:
        """Its grey values; what was open goes first, with its own."""
        self._projects.close()
        self._workspace.state.change(levels=opened.levels)

    def _open_project(self, path: Path) -> None:
        def show(session: Session) -> None:
            self.resume(session, path)

        self._reading.run(lambda: Session.open(path), show, self._fail, on_dropped=let_go)

    def recover(self, copy: LeftBehind) -> None:
        """Go on where a crash broke off."""
        try:
            self.resume(Session.recover(copy), copy.home or copy.path)
        except CryoVesError as error:
            self._workspace.tell("error", str(error))

    def resume(self, session: Session, path: Path) -> None:
        """Find the session's tomogram and show both."""
        reference, home = (
            session.project.tomogram,
            session.home,
        )  # from now on a session belongs to this thread

        def find() -> _Opened | None:
            tomogram = find_tomogram(reference, home)
            return _read(tomogram, reference.voxel_size_nm) if tomogram else None

        def show(opened: _Opened | None) -> None:
            if opened is None:
                self.tomogram_missing.emit(session)
            else:
                self._resume_with(session, opened, path)

        def fail(sentence: str) -> None:
            session.close()
            self._fail(sentence)

        self._reading.run(find, show, fail, on_dropped=lambda _opened: session.close())

    def resume_with_file(self, session: Session, tomogram: Path) -> None:
        """Go on with a tomogram that the user found."""
        reference = session.project.tomogram
        path = session.home or tomogram

        def show(opened: _Opened) -> None:
            self._resume_with(session, opened, path)

        self._reading.run(lambda: _checked(tomogram, reference), show, self._fail)

    def _resume_with(self, session: Session, opened: _Opened, path: Path) -> None:
        written = self._projects.close()
        if session.is_saved and session.home is not None and written == session.home.resolve():
            session.close()  # what was open has just changed the file that this was read from
            self._open_project(path)
            return
        self._look_at(opened)
        self._projects.resume(session, opened.volume)
        self._finish(path)

    def _finish(self, path: Path) -> None:
        self._workspace.preferences.add_recent(path)
        self.opened.emit(path)

    def _fail(self, sentence: str) -> None:
        self._workspace.tell("error", sentence)
        self.failed.emit(sentence)


def _checked(tomogram: Path, reference: TomogramReference) -> _Opened:
    opened = _read(tomogram, reference.voxel_size_nm)
    if opened.volume.shape != reference.shape or not is_same_tomogram(tomogram, reference):
        raise CryoVesError(f"{tomogram.name} is not the tomogram of this project: size or content differ.")
    return opened
