"""How long the window takes from a key to the screen, measured in a window of its own with the sample."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.storage.temporary import local_folder
from cryoves_app.ui.application import create_application, create_window
from cryoves_app.ui.base.background import is_busy
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.actions.add import import_vesicles

#: The median over so many.
_TIMES = 15
_WAKING_MS = 2


def measure_latencies() -> dict[str, float]:
    """Milliseconds by what is done."""
    application = create_application()
    with local_folder() as folder:
        window = create_window(PreferenceFile(folder.path), opengl=False)
        try:
            window.show()
            return _Stopwatch(application, window).measure()
        finally:
            window.parts.projects.discard()
            window.parts.close()
            window.close()


class _Stopwatch:
    def __init__(self, application: QApplication, window: MainWindow) -> None:
        self._application, self._window = application, window
        self._view = window.parts.views.slices[Plane.XY]
        self._waking = QTimer()  # so that waiting for events never waits for ever
        self._waking.start(_WAKING_MS)

    def measure(self) -> dict[str, float]:
        found = {"open the sample": self._timed(self._open)}
        self._settle()
        self._import_truth()
        self._settle()
        editor, document = self._window.parts.editor, self._window.workspace.document
        ids = [v.id for v in document.vesicles][:_TIMES]
        found["step to another slice"] = self._median(self._step, range(20, 20 + _TIMES))
        found["reject a vesicle"] = self._median(lambda i: editor.reject([i]), ids)
        found["undo"] = self._median(lambda _: self._window.parts.projects.undo(), ids)
        return {what: round(1000 * seconds, 2) for what, seconds in found.items()}

    def _open(self) -> None:
        self._window.parts.opener.open([Path(resource_path("sample", "sample.mrc"))])
        self._wait(lambda: self._view.image is not None)

    def _import_truth(self) -> None:
        truth = VesicleSet.of(read_vesicles(resource_path("sample", "sample_truth.csv")))
        self._window.parts.projects.edit(lambda project: import_vesicles(project, truth, "the truth"))

    def _step(self, z: int) -> None:
        self._window.workspace.document.move_cursor((float(z), 64.0, 64.0))
        self._wait(lambda: self._view.shown_index == z and self._view.loader.idle)

    def _median(self, do: Callable[[int], object], values: range | list[int]) -> float:
        return statistics.median(self._timed(lambda value=value: do(value)) for value in values)  # type: ignore[misc]

    def _timed(self, do: Callable[[], object]) -> float:
        start = time.perf_counter()
        do()
        self._application.processEvents()
        return time.perf_counter() - start

    def _settle(self) -> None:
        self._wait(lambda: self._window.parts.projects.session is not None and not is_busy())

    def _wait(self, until: Callable[[], bool]) -> None:
        while not until():
            self._application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
