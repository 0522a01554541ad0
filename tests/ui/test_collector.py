"""Widgets are deleted in the window's thread only, whichever thread happens to allocate or to let go last."""

from __future__ import annotations

import gc
import threading
import weakref
from typing import Any

from cryoves_app.ui.base.background import ignore, run_in_background

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
