"""A window with a small tomogram of our own making, under a real display where there is one."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

pytest.importorskip("PySide6")

from PySide6.QtWidgets import QApplication

from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.vesicle import Origin, Status, Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.ui.application import create_window
from cryoves_app.ui.base import theme
from cryoves_app.ui.base.allocator import return_large_memory
from cryoves_app.ui.base.collector import collect_in_this_thread
from cryoves_app.ui.base.document import Document
from cryoves_app.ui.base.opengl import opengl_works
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.workflow.jobs import priority

from .helpers import PATIENCE_MS, give_vesicles
from .leaks import describe_widget, remaining_widgets

VOXEL_NM = 2.0
SHAPE = (40, 60, 80)


@pytest.fixture(autouse=True, scope="session")
def _some_screen() -> None:
    """Windows are made in memory where there is neither a display nor a virtual one."""
    if sys.platform == "linux" and not os.environ.get("DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True, scope="session")
def _memory_as_in_the_program(_some_screen: None, qapp: object) -> None:
    collect_in_this_thread()
    return_large_memory()


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRYOVES_DATA", str(tmp_path / "data"))


@pytest.fixture(autouse=True)
def _queues_beside_other_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the lowest priority its worker would hardly get on beside tests on all processors."""
    monkeypatch.setattr(priority, "NICENESS", 0)
    monkeypatch.setattr(priority, "POLICY", None)


@pytest.fixture(autouse=True)
def _leaves_no_widgets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that leaves top-level widgets alive: what keeps them alive would grow in the program as well."""
    before = set(map(id, QApplication.topLevelWidgets()))
    failed_before = request.session.testsfailed
    yield
    if request.session.testsfailed > failed_before:
        return  # a failed test may hold on to anything
    left = [w for w in remaining_widgets() if id(w) not in before]
    assert not left, f"left alive: {', '.join(map(describe_widget, left))}"


@pytest.fixture
def preferences(tmp_path: Path) -> PreferenceFile:
    """Those of somebody who knows under which name judgements are kept."""
    found = PreferenceFile(tmp_path / "data")
    found.change(reviewer="Ada")
    return found


@pytest.fixture
def volume() -> Volume:
    """Every voxel tells where it is: value = 10000 z + 100 y + x."""
    z, y, x = np.indices(SHAPE)
    data = (10_000 * z + 100 * y + x).astype(np.float32)
    return Volume(VolumeInfo(SHAPE, data.dtype, VOXEL_NM, path="tomogram.mrc"), data)


def some_vesicles(count: int = 12) -> VesicleSet:
    """Vesicles in a row, of all kinds."""
    states = (Status.ACCEPTED, Status.OUTLIER, Status.ACCEPTED, Status.REJECTED)
    return VesicleSet.of(
        Vesicle(
            id=i + 1,
            z_nm=20.0 + 4 * (i % 10),
            y_nm=30.0 + 5 * (i % 14),
            x_nm=10.0 + 12 * (i % 12),
            radius_nm=16.0 + 0.5 * i,
            p_value=10.0 ** -(i % 6),
            contrast=1.0 + 0.1 * i,
            correlation=0.9,
            status=states[i % 4],
            reason="low contrast" if i % 4 == 1 else "",
            reviewed=i % 3 == 0,
            origin=Origin.MANUAL if i == 2 else Origin.AUTO,
        )
        for i in range(count)
    )


@pytest.fixture
def vesicles() -> VesicleSet:
    return some_vesicles()


@pytest.fixture
def document(qapp: object, volume: Volume, vesicles: VesicleSet) -> Document:
    document = Document()
    document.set_volume(volume)
    document.set_vesicles(vesicles)
    return document


@pytest.fixture
def sample() -> Path:
    return resource_path("sample", "sample.mrc")


@pytest.fixture
def tomogram(tmp_path: Path, sample: Path) -> Path:
    """The sample in a folder that can be written to."""
    return Path(shutil.copy(sample, tmp_path / "synapse.mrc"))


@pytest.fixture
def make_window(
    qtbot: object, qapp: object, preferences: PreferenceFile
) -> Iterator[Callable[..., MainWindow]]:
    """Makes shown windows, and closes them and their worker at the end."""
    made: list[MainWindow] = []

    def make(**options: object) -> MainWindow:
        theme.apply_theme(qapp, "dark")  # type: ignore[arg-type]
        window = create_window(preferences, **options)  # type: ignore[arg-type]
        window.resize(1440, 900)
        window.show()
        window.activateWindow()  # no window manager does it under a bare display
        qtbot.waitUntil(window.isActiveWindow, timeout=PATIENCE_MS)  # type: ignore[attr-defined]
        made.append(window)
        return window

    yield make
    for window in made:
        window.parts.close()
        window.setParent(None)
        window.close()
        window.deleteLater()


@pytest.fixture
def window(make_window: Callable[..., MainWindow]) -> MainWindow:
    """Without the 3-D scene, which most tests don't need and which a software OpenGL makes slow."""
    return make_window(opengl=False)


@pytest.fixture
def open_window(window: MainWindow, qtbot: Any, sample: Path) -> MainWindow:
    """The window with the sample open, its slices shown and its project begun."""
    parts = window.parts
    with qtbot.waitSignal(parts.opener.opened, timeout=PATIENCE_MS):
        parts.opener.open([sample])
    qtbot.waitUntil(lambda: parts.views.idle and parts.projects.session is not None, timeout=PATIENCE_MS)
    return window


@pytest.fixture
def drawing(open_window: MainWindow, qtbot: Any) -> MainWindow:
    """The sample open, its project begun, the step Region unfolded."""
    open_window.parts.steps.open_step("Region")
    return open_window


@pytest.fixture
def scene_window(make_window: Callable[..., MainWindow], qtbot: Any, sample: Path) -> MainWindow:
    """The sample with vesicles in the 3-D view alone."""
    if not opengl_works():
        pytest.skip("no OpenGL here")
    window = make_window(opengl=True)
    with qtbot.waitSignal(window.parts.opener.opened, timeout=PATIENCE_MS):
        window.parts.opener.open([sample])
    give_vesicles(window, qtbot)
    window.workspace.commands.run("layout.3D")
    qtbot.waitUntil(lambda: window.parts.volume_view.idle, timeout=PATIENCE_MS)
    return window
