"""Work in threads: what is waited for, what is dropped, and that no failure is lost."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QObject
from shiboken6 import isValid

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.volume import Volume, VolumeInfo
from cryoves_app.ui.base import background
from cryoves_app.ui.base.background import ignore, in_turn, is_busy, run_in_background, silent
from cryoves_app.ui.base.item_job import ItemJob
from cryoves_app.ui.base.preferences import PreferenceFile
from cryoves_app.ui.base.recompute import Newest, Recompute, stop_everything
from cryoves_app.ui.panels.gallery.presenter import GalleryPresenter
from cryoves_app.ui.project.workspace import Workspace

from .conftest import SHAPE, some_vesicles
from .helpers import PATIENCE_MS

LOGGER = "cryoves_app.ui.base.background"


def broken() -> None:
    raise CryoVesError("The disk is gone.")


def surprising() -> None:
    raise ZeroDivisionError("by zero")


def cancelled() -> None:
    raise Cancelled


@pytest.fixture
def workspace(qapp: object, tmp_path: Path) -> Workspace:
    return Workspace(PreferenceFile(tmp_path))


@pytest.fixture
def told(workspace: Workspace) -> list[tuple[str, str]]:
    """What the user is told."""
    sentences: list[tuple[str, str]] = []
    workspace.told.connect(lambda kind, sentence: sentences.append((kind, sentence)))
    return sentences


@pytest.fixture
def owner(workspace: Workspace) -> QObject:
    return workspace


@pytest.fixture
def settle(qtbot: Any) -> Callable[[], None]:
    """Until all threads are done and what they gave has arrived."""

    def wait() -> None:
        qtbot.waitUntil(lambda: not is_busy(), timeout=PATIENCE_MS)
        arrived: list[None] = []
        run_in_background(lambda: None, arrived.append)
        qtbot.waitUntil(lambda: bool(arrived), timeout=PATIENCE_MS)

    return wait


class Work:
    """Numbers that are computed one after the other, each when it may go on."""

    def __init__(self) -> None:
        self.wanted = 0
        self.begun: list[int] = []
        self.taken: list[int] = []
        self.may_go_on = threading.Event()
        self.fails = False

    def prepare(self) -> Callable[[], int] | None:
        number = self.wanted
        if not number:
            return None
        self.begun.append(number)
        return lambda: self.compute(number)

    def compute(self, number: int) -> int:
        assert self.may_go_on.wait(10)
        if self.fails:
            broken()
        return number

    def ask(self, recompute: Recompute, number: int) -> None:
        self.wanted = number
        recompute.ask()


def test_a_failure_is_shown_and_logged_unless_silence_is_asked_for(
    owner: QObject, told: list[Any], settle: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    run_in_background(broken, ignore, owner=owner)
    settle()
    assert told == [("error", "The disk is gone.")]
    run_in_background(surprising, ignore, owner=owner)
    settle()
    kind, sentence = told[1]
    assert (kind, "by zero" in sentence, "log file" in sentence) == ("error", True, True)
    run_in_background(broken, ignore, silent("the picture is only nice to have"), owner)
    run_in_background(cancelled, ignore, owner=owner)
    settle()
    assert len(told) == 2
    assert "Not shown, since the picture is only nice to have: The disk is gone." in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_want_of_memory_is_told_as_that(owner: QObject, told: list[Any], settle: Any) -> None:
    def starved() -> None:
        raise MemoryError

    run_in_background(starved, ignore, owner=owner)
    settle()
    needs = "There is not enough memory for this; close other programs or use a smaller part."
    assert told == [("error", needs)]


def test_what_computes_takes_turns_and_a_failure_ends_its_turn(settle: Any) -> None:
    at_once: list[int] = []
    running: list[int] = []

    def compute() -> None:
        running.append(1)
        threading.Event().wait(0.02)
        at_once.append(len(running))
        running.pop()

    failures: list[str] = []
    run_in_background(in_turn(broken), ignore, failures.append)
    for _ in range(3):
        run_in_background(in_turn(compute), ignore)
    settle()
    assert failures == ["The disk is gone."]
    assert at_once == [1, 1, 1]


def test_what_takes_long_begins_after_what_the_user_waits_for(settle: Any) -> None:
    begun: list[str] = []
    slices_read = threading.Event()

    def read_slice() -> None:
        slices_read.wait(0.3)
        begun.append("slice")

    run_in_background(in_turn(lambda: begun.append("whole tomogram")), ignore)
    time.sleep(3 * background.CALM_SECONDS)  # the window's thread draws what was opened
    for _ in range(3):
        run_in_background(read_slice, ignore)  # asked for later
    settle()
    assert begun == ["slice"] * 3 + ["whole tomogram"]


def test_what_the_user_asks_for_again_and_again_holds_nothing_up_for_ever(
    settle: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background, "LONGEST_WAIT_SECONDS", 0.05)
    begun: list[str] = []
    computed = threading.Event()
    run_in_background(in_turn(computed.set), ignore)
    run_in_background(lambda: begun.append(f"computed: {computed.wait(20)}"), ignore)
    settle()
    assert begun == ["computed: True"]


def test_what_waits_its_turn_is_let_go_when_the_window_closes_however_often_that_is_said(settle: Any) -> None:
    begun: list[int] = []
    for number in range(3):
        run_in_background(in_turn(partial(begun.append, number)), ignore)
    stop_everything()
    stop_everything()
    settle()
    assert 2 not in begun
    assert not is_busy()


def test_a_failed_item_ends_its_list_and_is_shown(owner: QObject, told: list[Any], settle: Any) -> None:
    job, done = ItemJob(owner), []
    ended: list[None] = []
    job.ended.connect(lambda: ended.append(None))
    assert job.start("Trying", [1, 2], lambda _item: broken(), done.append)
    settle()
    assert (job.running, done, len(ended)) == (False, [], 1)
    assert told == [("error", "The disk is gone.")]


def test_of_many_changes_the_last_is_computed_once_after_a_pause(
    owner: QObject, settle: Any, qtbot: Any
) -> None:
    work = Work()
    work.may_go_on.set()
    recompute = Recompute(owner, work.prepare, work.taken.append, pause_ms=20)
    for number in range(1, 8):
        work.ask(recompute, number)
    assert work.begun == []
    assert not recompute.idle
    qtbot.waitUntil(lambda: recompute.idle, timeout=PATIENCE_MS)
    assert (work.begun, work.taken) == ([7], [7])


@pytest.mark.parametrize(("takes_older", "taken"), [(False, [3]), (True, [1, 3])])
def test_one_is_computed_at_a_time_and_what_is_out_of_date_is_dropped(
    owner: QObject, qtbot: Any, takes_older: bool, taken: list[int]
) -> None:
    work = Work()
    recompute = Recompute(owner, work.prepare, work.taken.append, takes_older=takes_older)
    for number in (1, 2, 3):
        work.ask(recompute, number)
    assert work.begun == [1]
    work.may_go_on.set()
    qtbot.waitUntil(lambda: recompute.idle, timeout=PATIENCE_MS)
    assert (work.begun, work.taken) == ([1, 3], taken)


def test_what_cannot_be_prepared_is_told_and_can_be_asked_for_again(owner: QObject) -> None:
    told: list[str] = []

    def prepare() -> None:
        raise CryoVesError("The tomogram was cut short.")

    recompute = Recompute(owner, prepare, pytest.fail, on_failed=told.append)
    recompute.ask()
    recompute.ask()
    assert told == ["The tomogram was cut short."] * 2
    assert recompute.idle


@pytest.mark.parametrize("takes_older", [False, True])
def test_what_is_forgotten_never_arrives(owner: QObject, settle: Any, takes_older: bool) -> None:
    work = Work()
    recompute = Recompute(owner, work.prepare, work.taken.append, takes_older=takes_older)
    work.ask(recompute, 1)
    recompute.forget()
    work.may_go_on.set()
    settle()
    assert (work.taken, recompute.idle) == ([], True)
    work.ask(recompute, 2)
    settle()
    assert work.taken == [2]


def test_what_is_stopped_can_be_asked_for_again(owner: QObject, settle: Any, qtbot: Any) -> None:
    work, gone = Work(), QObject()
    recompute = Recompute(owner, work.prepare, work.taken.append)
    of_what_is_gone = Recompute(gone, work.prepare, work.taken.append, pause_ms=1)
    of_what_is_gone.ask()
    gone.deleteLater()
    qtbot.waitUntil(lambda: not isValid(gone), timeout=PATIENCE_MS)
    work.ask(recompute, 1)
    work.may_go_on.set()
    stop_everything()
    settle()
    assert (work.taken, recompute.idle) == ([], True)
    work.ask(recompute, 2)
    settle()
    assert work.taken == [2]


def test_with_nothing_to_do_nothing_is_begun(owner: QObject) -> None:
    work = Work()
    recompute = Recompute(owner, work.prepare, work.taken.append)
    recompute.ask()
    assert (work.begun, recompute.idle) == ([], True)


def test_a_failed_computation_is_shown_and_the_next_one_is_computed(
    owner: QObject, told: list[Any], settle: Any
) -> None:
    work = Work()
    recompute = Recompute(owner, work.prepare, work.taken.append)
    work.fails = True
    work.may_go_on.set()
    work.ask(recompute, 1)
    settle()
    assert (told, recompute.idle) == ([("error", "The disk is gone.")], True)
    work.may_go_on.clear()
    work.ask(recompute, 2)
    work.ask(recompute, 3)  # now the second one is out of date, and so is its failure
    work.may_go_on.set()
    settle()
    settle()
    assert work.begun == [1, 2, 3]
    assert len(told) == 2  # of the first and the third


def test_of_several_tasks_the_newest_counts(owner: QObject, told: list[Any], settle: Any) -> None:
    newest, go_on = Newest(owner), threading.Event()
    taken: list[str] = []
    dropped: list[str | None] = []

    def wait_and(give: Callable[[], Any]) -> Callable[[], Any]:
        def work() -> Any:
            assert go_on.wait(10)
            return give()

        return work

    newest.run(wait_and(lambda: "first"), taken.append, on_dropped=dropped.append)
    newest.run(wait_and(broken), taken.append, on_dropped=dropped.append)
    newest.run(wait_and(lambda: "last"), taken.append)
    go_on.set()
    settle()
    assert (taken, set(dropped), told) == (["last"], {None, "first"}, [])
    newest.run(lambda: "late", taken.append)
    newest.forget()
    settle()
    assert taken == ["last"]
    newest.run(broken, taken.append)
    settle()
    assert told == [("error", "The disk is gone.")]


class LostDisk:
    """Grey values on a disk that was pulled out."""

    shape, dtype, ndim = SHAPE, np.dtype(np.float32), 3

    def __getitem__(self, _key: object) -> Any:
        raise OSError("Input/output error")


def test_a_panel_that_cannot_read_the_tomogram_says_so(
    workspace: Workspace, told: list[Any], settle: Any, qtbot: Any
) -> None:
    gallery = GalleryPresenter(workspace)
    qtbot.addWidget(gallery.view)
    gallery.view.show()
    lost: Any = LostDisk()
    workspace.document.set_volume(Volume(VolumeInfo(SHAPE, lost.dtype, 2.0), lost))
    workspace.document.set_vesicles(some_vesicles())
    qtbot.waitUntil(lambda: bool(told), timeout=PATIENCE_MS)
    settle()
    assert {kind for kind, _ in told} == {"error"}
    assert "Input/output error" in told[0][1]
