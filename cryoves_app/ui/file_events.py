"""Files that the desktop hands to the running program: macOS sends a double-clicked file as an event."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QFileOpenEvent


class FileEvents(QObject):
    """Watches an application for such events and passes the files on."""

    def __init__(self, application: QObject, open_files: Callable[[list[Path]], object]) -> None:
        super().__init__(application)
        self._open_files = open_files
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.file():
            self._open_files([Path(event.file())])
            return True
        return super().eventFilter(watched, event)
