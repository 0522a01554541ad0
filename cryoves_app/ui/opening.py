"""Opens files: a tomogram in the background, several as a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from cryoves_app.domain.volume import Volume
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.ui.background import run_in_background
from cryoves_app.ui.viewers.slicing import percentile_levels, sample_grey
from cryoves_app.ui.workspace import Workspace

FILE_FILTER = (
    "Tomograms and projects (*.mrc *.rec *.map *.st *.ali *.mrc.gz *.tif *.tiff *.cryoves);;All files (*)"
)
#: Percentiles that become black and white on opening.
CONTRAST_PERCENTILES = (0.5, 99.5)


@dataclass(frozen=True)
class _Opened:
    volume: Volume
    levels: tuple[float, float]


class Opener(QObject):
    """One way to open for dialog, drop, recent files and command line."""

    opened = Signal(object)  # Path
    failed = Signal(str)
    several = Signal(object)  # list of paths

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self._workspace = workspace
        self._wanted: Path | None = None

    def open(self, paths: Iterable[Path], voxel_size_nm: float | None = None) -> None:
        """Open the first of the files, and tell about the list when there are several."""
        files = [Path(p) for p in paths]
        if len(files) > 1:
            self.several.emit(files)
        if files:
            self.open_tomogram(files[0], voxel_size_nm)

    def open_tomogram(self, path: Path, voxel_size_nm: float | None = None) -> None:
        """Read the header and a few slices in a thread; the last file asked for wins."""
        self._wanted = path

        def read() -> _Opened:
            volume = open_volume(path, voxel_size_nm)
            return _Opened(volume, percentile_levels(sample_grey(volume.data), *CONTRAST_PERCENTILES))

        run_in_background(read, lambda opened: self._show(path, opened), lambda text: self._fail(path, text))

    def _show(self, path: Path, opened: _Opened) -> None:
        if path != self._wanted:
            return
        self._workspace.state.change(levels=opened.levels)
        self._workspace.document.set_volume(opened.volume)
        self._workspace.preferences.add_recent(path)
        self.opened.emit(path)

    def _fail(self, path: Path, sentence: str) -> None:
        if path == self._wanted:
            self._workspace.tell("error", sentence)
            self.failed.emit(sentence)
