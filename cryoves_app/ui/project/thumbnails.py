"""Small pictures of tomograms that were open lately, for the start page."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PySide6.QtGui import QImage, QPixmap

from cryoves_app.domain.volume import Volume
from cryoves_app.ui.base.background import ignore, run_in_background, silent
from cryoves_app.ui.project.workspace import Workspace
from cryoves_app.ui.viewers.slicing import Plane, percentile_levels, read_slice

WIDTH, HEIGHT = 264, 192


class ThumbnailStore:
    """Pictures in the settings folder, named after the tomogram's path."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._folder = workspace.preferences.folder / "thumbnails"

    def _file(self, path: Path) -> Path:
        return self._folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:20]}.png"

    def has(self, path: Path) -> bool:
        """Whether there is a picture."""
        return self._file(path).is_file()

    def keep(self, path: Path) -> None:
        """Draw the tomogram that is open, in a thread."""
        volume = self._workspace.document.volume
        if volume is not None:
            quiet = silent("a start page without the picture shows a symbol instead")
            run_in_background(lambda: self.make(path, volume), ignore, quiet, self._workspace)

    def make(self, path: Path, volume: Volume) -> None:
        """Draw the middle of the central slice; may run in a thread."""
        image = read_slice(volume.data, Plane.XY, volume.shape[0] // 2)
        step = max(1, min(image.shape[0] // HEIGHT, image.shape[1] // WIDTH))
        top, left = (
            (n - min(n, size * step)) // 2 for n, size in zip(image.shape, (HEIGHT, WIDTH), strict=True)
        )
        piece = image[top : top + HEIGHT * step : step, left : left + WIDTH * step : step][::-1]
        black, white = percentile_levels(piece, 1, 99)
        grey = np.ascontiguousarray(np.clip((piece - black) / (white - black), 0, 1) * 255, dtype=np.uint8)
        self._folder.mkdir(parents=True, exist_ok=True)
        rows, columns = grey.shape
        QImage(grey.data, columns, rows, columns, QImage.Format.Format_Grayscale8).save(str(self._file(path)))

    def load(self, paths: list[Path]) -> dict[Path, QPixmap]:
        """The pictures that are there."""
        found = {path: QPixmap(str(self._file(path))) for path in paths if self._file(path).is_file()}
        return {path: pixmap for path, pixmap in found.items() if not pixmap.isNull()}
