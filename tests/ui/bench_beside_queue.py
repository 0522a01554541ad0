"""Prints how long opening and editing take beside the window's queue, and in the same window while the queue is halted.

xvfb-run -s "-screen 0 1600x1000x24" python -m tests.ui.bench_beside_queue ROUNDS TOMOGRAM TOMOGRAM ...

The queue segments the tomograms; its worker is halted for every second measure, so that other load on the computer
meets both alike. Nothing is asserted. Not for Windows, whose processes cannot be halted.
"""

from __future__ import annotations

import signal
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
from PySide6.QtWidgets import QApplication

from cryoves_app.ui.project.background_edits import BackgroundEdits
from cryoves_app.ui.shell.main_window import MainWindow
from cryoves_app.ui.viewers.slicing import Plane
from cryoves_app.workflow.batch.kept_queue import Stage
from cryoves_app.workflow.project.actions.add import import_vesicles
from cryoves_app.workflow.segment.order import SegmentJob
from tests.ui.bench_window import (
    big_file,
    forget_cached_pages,
    is_open,
    shown_window,
    spread,
    wait,
    wait_for_calm,
)


def set_running(*, running: bool) -> None:
    """Halt the queue's worker, or let it go on."""
    for child in psutil.Process().children(recursive=True):
        if "--worker" in child.cmdline():
            child.send_signal(signal.SIGCONT if running else signal.SIGSTOP)


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


class Pairs:
    """Milliseconds of what is done, with the queue at work or not."""

    def __init__(self) -> None:
        self._found: dict[str, dict[bool, list[float]]] = {}

    def take(self, what: str, *, running: bool, milliseconds: float) -> None:
        self._found.setdefault(what, {True: [], False: []})[running].append(milliseconds)

    def say(self) -> None:
        for what, found in self._found.items():
            idle, beside = (statistics.median(found[running]) for running in (False, True))
            ratio = statistics.median(b / i for b, i in zip(found[True], found[False], strict=True))
            sys.stdout.write(
                f"{what:40} idle {idle:6.1f} ms   beside the queue {beside:6.1f} ms   pairs {ratio:.2f}\n"
            )


def bench_opening(
    window: MainWindow, application: QApplication, big: Path, pairs: Pairs, rounds: int
) -> None:
    view = window.parts.views.slices[Plane.XY]

    def open_it() -> None:
        view.image = None
        window.parts.opener.open([big])
        wait(application, lambda: view.image is not None)

    open_it()
    wait_for_calm(application)
    for number in range(2 * rounds):
        running = number % 4 in (1, 2)  # so that neither comes first always
        set_running(running=running)
        for what in ("1.1 GB file to the first slice, cold", "the same again"):
            if what.endswith("cold"):
                forget_cached_pages(big)
            pairs.take(what, running=running, milliseconds=timed(open_it))
            wait_for_calm(application)
    set_running(running=True)


def bench_edits(window: MainWindow, application: QApplication, pairs: Pairs, rounds: int) -> None:
    parts, document = window.parts, window.workspace.document
    window.workspace.commands.run("file.sample")
    wait(application, lambda: is_open(window, "sample.mrc"))
    assert document.volume is not None
    depth, height, width = document.volume.shape
    found, done = spread(500, (depth, height, width)), []
    BackgroundEdits(parts.projects).edit(
        lambda project: import_vesicles(project, found, "a table"), lambda: done.append(True)
    )
    wait(application, lambda: bool(done))
    wait_for_calm(application)
    ids = [v.id for v in document.vesicles]

    def shown(do: Callable[[], object]) -> float:
        return timed(lambda: (do(), application.processEvents()))

    for number in range(2 * rounds):
        running = number % 4 in (1, 2)
        set_running(running=running)
        rejected = shown(lambda number=number: parts.editor.reject([ids[number % len(ids)]]))
        pairs.take("500 vesicles: reject one, to the screen", running=running, milliseconds=rejected)
        pairs.take("undo, to the screen", running=running, milliseconds=shown(parts.projects.undo))
        wait_for_calm(application)
    set_running(running=True)


def main() -> None:
    rounds, tomograms = int(sys.argv[1]), [Path(name) for name in sys.argv[2:]]
    with shown_window() as (window, application, folder):
        runner, pairs = window.parts.queue.runner, Pairs()
        runner.add(tomograms, folder / "results", SegmentJob("", "", model="default"))
        wait(application, lambda: any(t.stage is Stage.RUNNING for t in runner.queue.tomograms))
        try:
            bench_opening(window, application, big_file(folder), pairs, rounds)
            bench_edits(window, application, pairs, rounds)
        finally:
            set_running(running=True)
        pairs.say()


if __name__ == "__main__":
    main()
