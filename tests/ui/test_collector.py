"""Widgets are deleted in the window's thread only, whichever thread happens to allocate or to let go last."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

from PySide6.QtCore import QObject
from shiboken6 import delete

from cryoves_app.ui.base.background import ignore, is_busy, run_in_background
from cryoves_app.ui.base.bridge import JobBridge
from cryoves_app.ui.base.mailbox import open_mailbox
from cryoves_app.workflow.jobs.supervisor import Callbacks

from .helpers import PATIENCE_MS


class Holder:
    """Stands for a widget: it may be part of a cycle, and tells which thread deleted it."""

    def __init__(self, deleted_in: list[threading.Thread]) -> None:
        self.itself: Holder | None = None
        weakref.finalize(self, lambda: deleted_in.append(threading.current_thread()))

    def wait(self, may_go_on: threading.Event) -> None:
        assert may_go_on.wait(PATIENCE_MS / 1000)


def allocate_much() -> list[list[int]]:
    """So much that Python would collect several times."""
    return [[number] for number in range(20 * gc.get_threshold()[0])]


def test_cycles_are_collected_in_the_windows_thread_though_another_one_allocates(qtbot: Any) -> None:
    deleted_in: list[threading.Thread] = []
    holder = Holder(deleted_in)
    holder.itself = holder
    del holder
    allocated: list[object] = []
    allocating = threading.Thread(target=lambda: allocated.append(allocate_much()))
    allocating.start()
    allocating.join()
    assert (len(allocated), deleted_in) == (1, [])
    qtbot.waitUntil(lambda: bool(deleted_in), timeout=PATIENCE_MS)
    assert deleted_in == [threading.main_thread()]


def test_work_of_a_widget_that_is_gone_is_let_go_in_the_windows_thread(qtbot: Any) -> None:
    deleted_in: list[threading.Thread] = []
    may_go_on = threading.Event()
    holder = Holder(deleted_in)
    run_in_background(lambda holder=holder: holder.wait(may_go_on), ignore)
    del holder
    may_go_on.set()
    qtbot.waitUntil(lambda: bool(deleted_in), timeout=PATIENCE_MS)
    assert deleted_in == [threading.main_thread()]


class FakeProcess:
    """Stands for the worker: a thread that still holds what it has to tell when nobody wants to hear it."""

    pid = None

    def __init__(self) -> None:
        self.given: list[Callbacks[Any]] = []

    def submit(self, _order: object, callbacks: Callbacks[Any]) -> int:
        self.given.append(callbacks)
        return 1


def test_a_thread_that_listens_to_a_worker_does_not_keep_who_asked_alive(qtbot: Any) -> None:
    deleted_in: list[threading.Thread] = []
    worker = FakeProcess()
    bridge = JobBridge(worker)  # type: ignore[arg-type]
    weakref.finalize(bridge, lambda: deleted_in.append(threading.current_thread()))
    bridge.submit(None)  # type: ignore[arg-type]
    qtbot.waitUntil(lambda: bool(worker.given) and not is_busy(), timeout=PATIENCE_MS)
    del bridge
    qtbot.waitUntil(lambda: bool(deleted_in), timeout=PATIENCE_MS)
    assert deleted_in == [threading.main_thread()]
    late = threading.Thread(target=lambda: worker.given[0].on_progress("step", 0.5, "too late"))
    late.start()
    late.join()


class Hearer(QObject):
    def __init__(self) -> None:
        super().__init__()
        self.heard: list[int] = []
        self.threads: set[threading.Thread] = set()

    def hear(self, number: int) -> None:
        self.heard.append(number)
        self.threads.add(threading.current_thread())


def test_what_a_thread_sends_arrives_in_its_order_in_the_windows_thread(qtbot: Any) -> None:
    hearer = Hearer()
    box = open_mailbox(hearer.hear)
    sending = threading.Thread(target=lambda: [box.send(number) for number in range(50)])
    sending.start()
    qtbot.waitUntil(lambda: len(hearer.heard) == 50, timeout=PATIENCE_MS)
    sending.join()
    assert (hearer.heard, hearer.threads) == (list(range(50)), {threading.main_thread()})


def test_what_is_sent_to_a_deleted_object_is_lost_in_silence(qtbot: Any) -> None:
    hearer = Hearer()
    box = open_mailbox(hearer.hear)
    delete(hearer)
    box.send(1)
    assert hearer.heard == []
