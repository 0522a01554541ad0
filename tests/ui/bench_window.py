"""Prints how fast the window is; nothing is asserted, since that depends on the machine.

xvfb-run -s "-screen 0 1600x1000x24" python -m tests.ui.bench_window [TOMOGRAM ...]

With tomograms: while the window's queue segments them.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

os.environ.setdefault("LIBGL_ALWAYS_SOFTWARE", "1")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.ui.application import SWITCH_SECONDS, create_application, create_window, spare_the_collector
from cryoves_app.ui.base.background import is_busy
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.base.recompute import is_everything_computed
from cryoves_app.ui.project.background_edits import BackgroundEdits
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.batch.kept_queue import Stage
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.segment.order import SegmentJob

SHAPE = (261, 1024, 1024)
VOXEL_NM = 1.0
CALM_SECONDS = 1.5
#: How often a tomogram is opened, cold and warm.
OPENINGS = 5


class StallClock:
    """The times between two turns of the event loop, and what the window's thread computed in them."""

    def __init__(self) -> None:
        self.stalls: list[float] = []
        self.work: list[float] = []
        self._last, self._last_work = time.perf_counter(), time.thread_time()
        self._timer = QTimer()
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        now, work = time.perf_counter(), time.thread_time()
        self.stalls.append(now - self._last)
        self.work.append(work - self._last_work)
        self._last, self._last_work = now, work

    @contextmanager
    def watch(self) -> Iterator[None]:
        self.stalls, self.work = [], []
        self._last, self._last_work = time.perf_counter(), time.thread_time()
        self._timer.start()
        yield
        self._timer.stop()


@dataclass(frozen=True)
class Timing:
    """Seconds on the clock, and of this process on all processors, for each time."""

    wall: list[float]
    cpu: list[float]


def say(what: str, timing: Timing) -> None:
    """One line: median and worst on the clock, and the median of the processor's time, which load changes less."""
    median, worst = 1000 * statistics.median(timing.wall), 1000 * max(timing.wall)
    cpu = 1000 * statistics.median(timing.cpu)
    sys.stdout.write(f"{what:58} median {median:7.1f} ms   worst {worst:7.1f} ms   processor {cpu:7.1f} ms\n")
    sys.stdout.flush()


def together(timings: list[Timing]) -> Timing:
    return Timing([w for t in timings for w in t.wall], [c for t in timings for c in t.cpu])


def timed(work: Callable[[], object], times: int = 20) -> Timing:
    wall, cpu = [], []
    for _ in range(times):
        start, start_cpu = time.perf_counter(), time.process_time()
        work()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    return Timing(wall, cpu)


def wait(application: QApplication, until: Callable[[], bool]) -> None:
    """Let events be handled until something holds, without spinning: that would count as work."""
    while not until():
        application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
    application.processEvents()


def is_open(window: MainWindow, name: str) -> bool:
    """Whether this tomogram and its project are there."""
    volume = window.workspace.document.volume
    return (
        window.parts.projects.session is not None
        and volume is not None
        and str(volume.info.path).endswith(name)
    )


def wait_for_calm(application: QApplication) -> None:
    """Until nothing was computed in the background for a while: some work begins after a pause."""
    busy_at = time.monotonic()
    while time.monotonic() - busy_at < CALM_SECONDS:
        application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
        time.sleep(0.002)  # waiting for an event would wait for ever where all is calm
        if is_busy():
            busy_at = time.monotonic()


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


def big_file(folder: Path) -> Path:
    """An MRC file of about 1.1 GB."""
    noise = np.random.default_rng(0).standard_normal((1, *SHAPE[1:]), dtype=np.float32)
    path = folder / "big.mrc"
    write_map(path, np.broadcast_to(noise[0], SHAPE), VolumeInfo(SHAPE, noise.dtype, VOXEL_NM))
    return path


def forget_cached_pages(path: Path) -> None:
    """Let the system drop what it holds of a file, so that the next look is a cold one (Linux)."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def bench_opening(window: MainWindow, application: QApplication, path: Path) -> None:
    view = window.parts.views.slices[Plane.XY]

    def open_it() -> None:
        view.image = None
        window.parts.opener.open([path])
        wait(application, lambda: view.image is not None)

    cold, warm = [], []
    for _ in range(OPENINGS):
        forget_cached_pages(path)
        cold.append(timed(open_it, 1))
        wait_for_calm(application)  # what is read of it afterwards would be in the way of the next
        warm.append(timed(open_it, 1))
        wait_for_calm(application)
    say("1.1 GB file: from opening to the first slice, cold", together(cold))
    say("the same again", together(warm))
    wait(application, lambda: window.parts.views.idle)


def bench_slices(window: MainWindow, application: QApplication) -> None:
    document = window.workspace.document
    view = window.parts.views.slices[Plane.XY]
    window.parts.views.set_layout("XY")
    window.workspace.state.change(levels=(-3.0, 3.0))
    document.set_vesicles(spread(300, SHAPE, slice_z=130.0))
    document.move_cursor((130.0, 512.0, 512.0))

    def settle() -> None:
        wait(application, lambda: view.loader.idle)

    settle()
    wait_for_calm(application)  # with new vesicles their profile is learnt
    places = iter(range(1000))

    def step() -> None:
        document.move_cursor((126.0 + next(places) % 8, 512.0, 512.0))
        settle()

    say("slice step, 1024², 300 circles, from key to screen", timed(step, 60))


def bench_planes(window: MainWindow, application: QApplication, path: Path) -> None:
    for plane in (Plane.XZ, Plane.YZ):
        forget_cached_pages(path)
        bench_plane(window, application, plane)


def bench_plane(window: MainWindow, application: QApplication, plane: Plane) -> None:
    """From the request to the slice that is shown."""
    view, document = window.parts.views.slices[plane], window.workspace.document
    window.parts.views.set_layout(plane.title)

    def show(place: int) -> None:
        at = list(document.cursor)
        at[plane.normal] = float(place)
        document.move_cursor((at[0], at[1], at[2]))
        wait(application, lambda: view.shown_index == place and view.loader.idle)

    fresh, known = iter((100, 400, 700, 900)), itertools.cycle((400, 700))
    name = f"{plane.title} slice of 261×1024×1024"
    say(f"{name}, first look", timed(lambda: show(next(fresh)), 4))
    say(f"{name}, seen before", timed(lambda: show(next(known))))


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
        scene.camera.azimuth += 2
        scene.redraw()
        application.processEvents()

    say("3-D view, 2 000 spheres, one frame", timed(frame, 40))
    middle = np.array([scene.widget.width(), scene.widget.height()]) / 2
    say("3-D view, 2 000 spheres, picking", timed(lambda: scene.vesicle_at(middle)))


def bench_edits(window: MainWindow, application: QApplication) -> None:
    parts, document = window.parts, window.workspace.document
    parts.views.set_layout("4-up")
    window.workspace.commands.run("file.sample")
    wait(application, lambda: is_open(window, "sample.mrc"))
    depth, height, width = (round(n * document.voxel_size_nm / VOXEL_NM) for n in document.volume.shape)  # type: ignore[union-attr]
    found, clock, done = spread(2000, (depth, height, width)), StallClock(), []
    with clock.watch():
        BackgroundEdits(parts.projects).edit(
            lambda project: import_vesicles(project, found, "a table"), lambda: done.append(True)
        )
        wait(application, lambda: bool(done) and is_everything_computed())
    say_worst("longest stalls of the event loop while importing 2 000 vesicles", clock.stalls)
    say_worst("most computed by the window's thread in a turn", clock.work)
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
    wait(application, lambda: not is_busy())
    document.select([1000])
    say("2 000 vesicles: nudge one, to the screen", timed(nudge))
    say("2 000 vesicles: undo, to the screen", timed(lambda: (parts.projects.undo(), show())))
    say("2 000 vesicles: accept, and on to the next", timed(lambda: (parts.review.accept(), show())))
    say(
        "2 000 vesicles: open the gallery",
        timed(lambda: (window.inspector.setCurrentWidget(parts.gallery.view), show()), 1),
    )
    bar = parts.gallery.view.list.verticalScrollBar()
    places = itertools.cycle(range(0, bar.maximum(), max(1, bar.maximum() // 41)))
    say("2 000 vesicles: scroll the gallery", timed(lambda: (bar.setValue(next(places)), show()), 40))


def bench_run(window: MainWindow, application: QApplication) -> None:
    clock = StallClock()
    with clock.watch():
        window.parts.run.start()
        end = time.monotonic() + 600
        wait(application, lambda: not window.parts.run.running or time.monotonic() > end)
    say_worst("longest stalls of the event loop while segmenting", clock.stalls)
    say_worst("most computed by the window's thread in a turn", clock.work)


def begin_queue(window: MainWindow, application: QApplication, tomograms: list[Path], folder: Path) -> None:
    """Let the queue's worker compute, and go on doing so."""
    if not tomograms:
        return
    runner = window.parts.queue.runner
    runner.add(tomograms, folder / "results", SegmentJob("", "", model="default"))
    wait(application, lambda: any(t.stage is Stage.RUNNING for t in runner.queue.tomograms))
    for _ in range(5):
        wait_for_calm(application)


def say_queue(window: MainWindow) -> None:
    """Whether there was work for the queue until the end."""
    stages = Counter(t.stage.name for t in window.parts.queue.runner.queue.tomograms)
    if stages:
        sys.stdout.write(f"the queue at the end: {dict(stages)}\n")


def say_worst(what: str, seconds: list[float]) -> None:
    worst = "  ".join(f"{1000 * s:.0f}" for s in sorted(seconds, reverse=True)[:5])
    sys.stdout.write(f"{what:58} {worst} ms\n")


@contextmanager
def shown_window(*, opengl: bool | None = None) -> Iterator[tuple[MainWindow, QApplication, Path]]:
    """The window as users have it, its application, and a folder of its own; it is closed afterwards."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["CRYOVES_DATA"] = name
        sys.setswitchinterval(SWITCH_SECONDS)
        application = create_application()
        window = create_window(PreferenceFile(folder), opengl=opengl)
        window.resize(1440, 900)
        window.show()
        spare_the_collector()
        waking = QTimer()  # so that waiting for events never waits for ever
        waking.start(5)
        yield window, application, folder
        window.parts.projects.discard()
        window.parts.close()


def main() -> None:
    with shown_window() as (window, application, folder):
        begin_queue(window, application, [Path(name) for name in sys.argv[1:]], folder)
        big = big_file(folder)
        bench_opening(window, application, big)
        bench_planes(window, application, big)
        bench_slices(window, application)
        bench_scene(window, application)
        bench_edits(window, application)
        window.parts.projects.discard()
        window.workspace.commands.run("file.sample")
        wait(application, lambda: is_open(window, "sample.mrc"))
        if not sys.argv[1:]:
            bench_run(window, application)
        window.parts.projects.discard()
        say_queue(window)


if __name__ == "__main__":
    main()
