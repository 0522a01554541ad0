"""Photographs the window in the states of a first session: a program of its own, since a process has one scaling.

    QT_SCALE_FACTOR=1.5 python -m tests.ui.photographer FOLDER [PROJECT]

Without PROJECT the sample is segmented and the project saved in FOLDER; with it the finished state comes from there,
so that the second scaling needn't compute it again.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

from PySide6.QtCore import QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from cryoves_app.ui.application import create_application, create_window
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.shell.main_window import MainWindow

from .helpers import is_settled
from .screen_checks import cut_off

#: The window's size in pixels of the screen: the reference without scaling, and a full HD screen with it.
REFERENCE_PX, FULL_HD_PX = (1440, 900), (1920, 1080)
LIMIT_SECONDS = 300.0
PROJECT = "finished.cryoves"


class Photographer:
    """One session with the window; ``faults`` are texts that are cut off, with the state they were seen in."""

    def __init__(self, application: QApplication, window: MainWindow, folder: Path) -> None:
        self._application, self._window, self._folder = application, window, folder
        self._waking = QTimer()
        self._waking.start(10)
        self.faults: list[str] = []

    def wait(self, until: Callable[[], bool]) -> None:
        end = time.monotonic() + LIMIT_SECONDS
        while not until():
            if time.monotonic() > end:
                raise TimeoutError("The window did not come to the state that was waited for.")
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def settle(self) -> None:
        """Wait until all that follows from what was done is computed and shown."""
        self.wait(lambda: is_settled(self._window))
        self._application.processEvents()

    def take(self, name: str) -> None:
        # a text that has just grown, as the time left does, gets its room in the next pass of the layouts
        QApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)
        self._window.grab().save(str(self._folder / f"{name}.png"))
        self.faults += [f"{name}: {text}" for text in cut_off(self._window)]

    def first_session(self, project: Path | None) -> None:
        """Start page, sample, run, result, scene."""
        window, parts = self._window, self._window.parts
        self.settle()
        self.take("1-start")
        window.workspace.commands.run("file.sample")
        self.wait(lambda: parts.projects.session is not None)
        self.settle()
        self.take("2-opened")
        parts.run.start()
        self.wait(lambda: parts.run.progress.fraction > 0.3)
        self.take("3-running")
        if project is None:
            self.wait(lambda: not parts.run.running)
            parts.projects.save(self._folder / PROJECT)
        else:
            parts.run.cancel()
            self.wait(lambda: not parts.run.running)
            parts.opener.open([project])
            self.wait(lambda: len(window.workspace.document.vesicles) > 0)
        self.settle()
        self.take("4-finished")
        parts.review.go_next()
        window.inspector.setCurrentWidget(parts.card.view)
        self.settle()
        self.take("5-card")
        window.workspace.commands.run("colour.p_value")
        window.workspace.commands.run("layout.3D")
        self.settle()
        self.take("6-scene")


def main(folder: Path, project: Path | None) -> int:
    """Take all pictures; 1 if a text is cut off."""
    with tempfile.TemporaryDirectory() as data:
        os.environ["CRYOVES_DATA"] = data
        application = create_application()
        preferences = PreferenceFile(Path(data))
        preferences.change(reviewer="Ada")  # told once, and then out of the way
        window = create_window(preferences)
        ratio = window.devicePixelRatioF()
        width, height = FULL_HD_PX if ratio > 1 else REFERENCE_PX
        window.resize(round(width / ratio), round(height / ratio))
        window.show()
        photographer = Photographer(application, window, folder)
        photographer.first_session(project)
        window.parts.projects.discard()
        window.parts.close()
    for fault in photographer.faults:
        sys.stderr.write(f"cut off: {fault}\n")
    return 1 if photographer.faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) > 2 else None))
