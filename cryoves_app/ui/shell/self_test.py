"""The window tries itself: it opens the sample, segments it, saves, leaves a picture and a verdict, and quits.

Installers are tested with it on the system they are made for, where no test library is installed.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.segment.outcome import RunEnded

OPTION = "--self-test"
VERDICT, PICTURE, PROJECT = "self_test.json", "window.png", "self_test.cryoves"
#: The sample has 60 vesicles; fewer than this would mean that something is wrong.
ENOUGH_VESICLES = 50
LIMIT_MS = 10 * 60 * 1000
#: Time to draw the result, with the volume in the 3-D view.
DRAWING_MS = 5000


class SelfTest(QObject):
    """Steers the window by its commands and signals, as a user's first minutes would."""

    def __init__(self, window: MainWindow, folder: Path) -> None:
        super().__init__(window)
        self._window, self._folder = window, folder
        self._verdict: dict[str, Any] = {"passed": False, "window_at": time.time()}
        parts = window.parts
        parts.opener.opened.connect(lambda _path: QTimer.singleShot(0, parts.run.start))
        parts.opener.failed.connect(self._end)
        parts.run.ended.connect(self._segmented)
        QTimer.singleShot(LIMIT_MS, lambda: self._end("The time is up."))
        window.workspace.commands.run("file.sample")

    def _segmented(self, outcome: RunEnded) -> None:
        found = len(self._window.workspace.document.vesicles)
        saved = self._window.parts.projects.save(self._folder / PROJECT)
        self._verdict.update(vesicles=found, passed=saved and found >= ENOUGH_VESICLES)
        self._window.parts.volume_view.contents.setCurrentText("Volume")
        QTimer.singleShot(DRAWING_MS, lambda: self._end(outcome.sentence))

    def _end(self, sentence: str) -> None:
        self._verdict["sentence"] = sentence
        self._window.grab().save(str(self._folder / PICTURE))
        (self._folder / VERDICT).write_text(json.dumps(self._verdict), encoding="utf-8")
        self._window.parts.close()
        QApplication.exit(0 if self._verdict["passed"] else 1)
