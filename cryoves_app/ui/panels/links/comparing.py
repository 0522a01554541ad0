"""Reads what another program found in the open tomogram, so that links are shown beside it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QWidget

from cryoves_app.ui.base.background import run_in_background

if TYPE_CHECKING:  # loads libraries for which the window's start does not wait
    from cryoves_app.workflow.links.others import OtherLinks
    from cryoves_app.workflow.links.sources import LinkSource

KINDS = "Tables and label volumes (*.dat *.csv *.mrc *.rec *.map *.tif *.tiff *.gz);;All files (*)"


class LinkComparing(QObject):
    """Holds the links of the other program; they stay while links are looked for again."""

    def __init__(
        self,
        owner: QObject,
        source: Callable[[], LinkSource | None],
        done: Callable[[], None],
        tell: Callable[[str], None],
    ) -> None:
        super().__init__(owner)
        self._source, self._done, self._tell = source, done, tell
        self.other: OtherLinks | None = None

    def ask_for_folder(self, parent: QWidget | None, start: str) -> None:
        name = QFileDialog.getExistingDirectory(parent, "The folder of Pyto’s connectors", start)
        if name:
            self.read(Path(name))

    def ask_for_file(self, parent: QWidget | None, start: str) -> None:
        name, _ = QFileDialog.getOpenFileName(parent, "A table or label volume of links", start, KINDS)
        if name:
            self.read(Path(name))

    def read(self, path: Path) -> None:
        """Take these links for comparison; what was compared before stays if they cannot be read."""
        source = self._source()
        if source is None:
            return

        def work() -> OtherLinks:
            from cryoves_app.workflow.links.others import read_other_links

            return read_other_links(path, source)

        self._tell(f"Reading {path.name}…")
        run_in_background(work, lambda other: self._take(other, source), self._tell, owner=self)

    def _take(self, other: OtherLinks, source: LinkSource) -> None:
        now = self._source()
        if now is None or now.name != source.name:
            return  # another tomogram was opened meanwhile
        self.other = other
        self._done()

    def forget(self) -> None:
        self.other = None
