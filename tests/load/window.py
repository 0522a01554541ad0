"""A window in long use: the same kinds of keys and clicks again and again, whose memory must not grow."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.tables.table import read_vesicles
from cryoves_app.ui.application import SWITCH_SECONDS, create_application, create_window, spare_the_collector
from cryoves_app.ui.base.background import is_busy
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.project.actions.add import import_vesicles
from tests.load.measure import memory_mb, slope_per_10_000

_NONE, _CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
#: Looking and reviewing; each edit is undone sooner or later, so that the history does not grow without end.
_KEYS = (
    (Qt.Key.Key_N, _NONE), (Qt.Key.Key_A, _NONE), (Qt.Key.Key_D, _NONE), (Qt.Key.Key_F, _NONE), (Qt.Key.Key_E, _NONE),
    (Qt.Key.Key_S, _NONE), (Qt.Key.Key_BracketLeft, _NONE), (Qt.Key.Key_BracketRight, _NONE), (Qt.Key.Key_Z, _CONTROL),
    (Qt.Key.Key_Z, _CONTROL), (Qt.Key.Key_Z, _CONTROL),
)  # fmt: skip
_LOOKS = 40


def load_window(folder: Path, events: int, seed: int = 0, *, collect: bool = False) -> list[tuple[str, str]]:
    """So many keys and clicks; the memory's slope, and the longest time that an event took.

    With ``collect`` all garbage is collected at each look: what is deleted too early shows sooner.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    application = create_application()
    window = create_window(PreferenceFile(folder), opengl=False)
    window.show()
    window.activateWindow()
    spare_the_collector()  # as the program does
    _open_sample(application, window)
    numbers, megabytes, longest = _use(application, window, events, random.Random(seed), collect)
    window.parts.projects.discard()
    window.parts.close()
    window.close()
    slope = slope_per_10_000(numbers, megabytes)
    return [
        ("events in the window", f"{numbers[-1]}"),
        ("memory of the window", f"{megabytes[0]:.0f} MB at first, {megabytes[-1]:.0f} MB at last"),
        ("its growth in the later half", f"{slope:.1f} MB per 10 000 events"),
        ("longest event", f"{1000 * longest:.0f} ms"),
    ]


def _open_sample(application: QApplication, window: MainWindow) -> None:
    window.parts.opener.open([resource_path("sample", "sample.mrc")])
    projects = window.parts.projects
    while projects.session is None or is_busy():
        application.processEvents()
        time.sleep(0.005)
    truth = VesicleSet.of(read_vesicles(resource_path("sample", "sample_truth.csv")))
    projects.edit(lambda project: import_vesicles(project, truth, "the truth"))


def _use(
    application: QApplication, window: MainWindow, events: int, rng: random.Random, collect: bool
) -> tuple[list[int], list[float], float]:
    numbers, megabytes, longest = [0], [memory_mb(collect=collect)], 0.0
    every = max(1, events // _LOOKS)
    for number in range(1, events + 1):
        start = time.perf_counter()
        _event(window, rng)
        application.processEvents()
        longest = max(longest, time.perf_counter() - start)
        if number % every == 0:
            numbers.append(number)
            megabytes.append(memory_mb(collect=collect))
    return numbers, megabytes, longest


def _event(window: MainWindow, rng: random.Random) -> None:
    if rng.random() < 0.2:
        viewport = window.parts.views.slices[Plane.XY].canvas.viewport()
        QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, _NONE, viewport.rect().center())
    else:
        QTest.keyClick(window, *rng.choice(_KEYS))
