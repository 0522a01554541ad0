"""Prints how fast the window is; nothing is asserted, since that depends on the machine.

    xvfb-run -s "-screen 0 1600x1000x24" python -m tests.ui.bench_window
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.ui.application import create_application, create_window
from cryoves_app.ui.main_window import MainWindow
from cryoves_app.ui.preferences import Preferences
from cryoves_app.ui.viewers.slicing import Plane, read_slice
from cryoves_app.workflow.actions.add import import_vesicles

SHAPE = (261, 1024, 1024)
VOXEL_NM = 1.0


class StallClock:
    """The longest time between two turns of the event loop."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now

    @contextmanager
    def watch(self) -> Iterator[None]:
        self.longest, self._last = 0.0, time.perf_counter()
        self._timer.start()
        yield
        self._timer.stop()


def say(what: str, seconds: list[float]) -> None:
    """One line: median and worst in milliseconds."""
    median, worst = 1000 * statistics.median(seconds), 1000 * max(seconds)
    sys.stdout.write(f"{what:58} median {median:8.1f} ms   worst {worst:8.1f} ms\n")


def timed(work: Callable[[], object], times: int = 20) -> list[float]:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return found


def spread(count: int, shape: tuple[int, int, int], slice_z: float | None = None) -> VesicleSet:
    rng = np.random.default_rng(0)
    high = np.array(shape) * VOXEL_NM
    places = rng.uniform(25, high - 25, (count, 3))
    if slice_z is not None:
        places[:, 0] = slice_z + rng.uniform(-8, 8, count)
    return VesicleSet.of(
        Vesicle(i + 1, *(float(c) for c in p), float(rng.uniform(15, 25)), p_value=float(rng.uniform()))
        for i, p in enumerate(places)
    )


def big_file(folder: Path) -> Volume:
    """A float32 file of about 1.1 GB, mapped."""
    data = np.lib.format.open_memmap(folder / "big.npy", "w+", np.float32, SHAPE)
    rng = np.random.default_rng(0)
    for z in range(SHAPE[0]):
        data[z] = rng.standard_normal(SHAPE[1:], dtype=np.float32)
    data.flush()
    return Volume(VolumeInfo(SHAPE, data.dtype, VOXEL_NM), np.load(folder / "big.npy", mmap_mode="r"))


def bench_slices(window: MainWindow, application: QApplication) -> None:
    document = window.workspace.document
    view = window.parts.views.slices[Plane.XY]
    window.parts.views.set_layout("XY")
    window.workspace.state.change(levels=(-3.0, 3.0))
    document.set_vesicles(spread(300, SHAPE, slice_z=130.0))
    document.move_cursor((130.0, 512.0, 512.0))

    def settle() -> None:
        while not view.loader.idle:
            application.processEvents()
        application.processEvents()

    settle()
    places = iter(range(1000))

    def step() -> None:
        document.move_cursor((126.0 + next(places) % 8, 512.0, 512.0))
        settle()
        view.canvas.viewport().repaint()

    say("slice step, 1024², 300 circles, from key to screen", timed(step, 60))


def bench_planes(volume: Volume) -> None:
    for plane in (Plane.XZ, Plane.YZ):
        bench_plane(volume, plane)


def bench_plane(volume: Volume, plane: Plane) -> None:
    places = iter(range(100, 1000, 7))
    name = f"{plane.title} slice of 261×1024×1024"
    say(f"{name}, first look", timed(lambda: read_slice(volume.data, plane, next(places)), 3))
    say(f"{name}, again", timed(lambda: read_slice(volume.data, plane, 500)))


def bench_scene(window: MainWindow, application: QApplication) -> None:
    scene = window.parts.volume_view.scene
    if scene is None:
        sys.stdout.write("no OpenGL: the 3-D view was not measured\n")
        return
    window.parts.views.set_layout("3D")
    window.parts.volume_view.contents.setCurrentText("Vesicles only")
    window.workspace.document.set_vesicles(spread(2000, SHAPE))
    for _ in range(20):
        application.processEvents()

    def frame() -> None:
        scene._view.camera.azimuth += 2
        scene._canvas.update()
        application.processEvents()

    say("3-D view, 2 000 spheres, one frame", timed(frame, 40))
    middle = np.array(scene._canvas.size) / 2
    say("3-D view, 2 000 spheres, picking", timed(lambda: scene.vesicle_at(middle)))


def bench_edits(window: MainWindow, application: QApplication) -> None:
    parts, document = window.parts, window.workspace.document
    parts.views.set_layout("4-up")
    window.workspace.commands.run("file.sample")
    while parts.projects.session is None:
        application.processEvents()
    shape = document.volume.shape  # type: ignore[union-attr]
    parts.projects.edit(lambda project: import_vesicles(project, spread(2000, shape), "a table"))
    ids = iter(v.id for v in document.vesicles)

    def show() -> None:
        application.processEvents()

    def reject() -> None:
        parts.editor.reject([next(ids)])
        show()

    def nudge() -> None:
        parts.editor.move_by_px((0.0, 0.1, 0.0))
        show()

    say("2 000 vesicles: reject one, to the screen", timed(reject))
    document.select([1000])
    say("2 000 vesicles: nudge one, to the screen", timed(nudge))
    say("2 000 vesicles: undo, to the screen", timed(lambda: (parts.projects.undo(), show())))
    window.inspector.setCurrentWidget(parts.gallery.view)
    bar = parts.gallery.view.list.verticalScrollBar()
    places = iter(range(0, bar.maximum(), max(1, bar.maximum() // 41)))
    say("2 000 vesicles: scroll the gallery", timed(lambda: (bar.setValue(next(places)), show()), 40))


def bench_run(window: MainWindow, application: QApplication) -> None:
    clock = StallClock()
    with clock.watch():
        window.parts.segment.run()
        end = time.monotonic() + 600
        while window.parts.segment.running and time.monotonic() < end:
            application.processEvents()
            time.sleep(0.001)
    sys.stdout.write(f"{'longest stall of the event loop while segmenting':58} {1000 * clock.longest:15.1f} ms\n")


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CRYOVES_DATA"] = name
        application = create_application()
        window = create_window(Preferences(folder))
        window.resize(1440, 900)
        window.show()
        volume = big_file(folder)
        bench_planes(volume)
        window.workspace.document.set_volume(volume)
        bench_slices(window, application)
        bench_scene(window, application)
        bench_edits(window, application)
        window.parts.projects.discard()
        window.workspace.commands.run("file.sample")
        while window.parts.projects.session is None:
            application.processEvents()
        bench_run(window, application)
        window.parts.projects.discard()
        window.parts.close()


if __name__ == "__main__":
    main()
