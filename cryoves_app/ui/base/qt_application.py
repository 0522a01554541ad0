"""The Qt application, which hears of files that the desktop hands over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent
from PySide6.QtGui import QFileOpenEvent, QIcon
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.resources import resource_path


class Application(QApplication):
    """Passes on files that arrive as events: so macOS tells of double clicks, before and after the start.

    It overrides ``event`` and is no event filter, because that would see every event of every widget.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(list(arguments))
        self._waiting: list[Path] = []
        self._open_files: Callable[[list[Path]], object] | None = None

    def open_files_with(self, open_files: Callable[[list[Path]], object]) -> None:
        """Who opens files from now on; those that came earlier are passed on at once."""
        self._open_files = open_files
        if self._waiting:
            open_files(self._waiting)

    def event(self, event: QEvent) -> bool:
        if not (isinstance(event, QFileOpenEvent) and event.file()):
            return super().event(event)
        path = Path(event.file())
        if self._open_files is None:
            self._waiting.append(path)
        else:
            self._open_files([path])
        return True


def program_icon() -> QIcon:
    """The program's symbol; empty where it is missing."""
    try:
        return QIcon(str(resource_path("icons", "cryoves.svg")))
    except CryoVesError:
        return QIcon()
