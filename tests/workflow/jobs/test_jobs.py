"""The worker process and its supervisor, with real processes and the real main job."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from cryoves_app.domain.errors import Cancelled, CryoVesError
from cryoves_app.domain.resources import resource_path
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.workflow.health.order import CheckOrder
from cryoves_app.workflow.jobs import supervisor
from cryoves_app.workflow.jobs.codec import NotUnderstood, Parcel, decode, encode
from cryoves_app.workflow.jobs.leftovers import Leftovers
from cryoves_app.workflow.jobs.messages import FROM_WORKER, Cancel, Failed, Order, Ready, Run
from cryoves_app.workflow.jobs.protocol import JobContext
from cryoves_app.workflow.jobs.supervisor import Callbacks, WorkerProcess, worker_command
from cryoves_app.workflow.segment.order import SegmentJob
from cryoves_app.workflow.worker import LOADERS

LONG = 120.0


@pytest.fixture
def worker() -> Iterator[WorkerProcess]:
    with WorkerProcess(threads=1) as process:
        yield process


def _sample_job(folder: Path) -> SegmentJob:
    return SegmentJob(str(resource_path("sample") / "sample.mrc"), str(folder), threads=1)


def _flat(path: Path) -> Path:
    """A tomogram in which there is nothing to find."""
    write_map(path, np.full((60, 70, 80), 7, "f4"), VolumeInfo((60, 70, 80), np.dtype("f4"), 2.0))
    return path


def _start_and_wait_for_the_network(worker: WorkerProcess, folder: Path, ended: list[Failed]) -> None:
    """Returns when the network computes."""
    computing = threading.Event()

    def on_progress(step: str, fraction: float, message: str) -> None:
        if step == "network" and fraction > 0:
            computing.set()

    worker.submit(_sample_job(folder), Callbacks(on_progress, on_failed=ended.append))
    assert computing.wait(LONG)


def test_a_failure_comes_as_a_sentence_and_the_worker_lives_on(worker: WorkerProcess, tmp_path: Path) -> None:
    job = SegmentJob(str(tmp_path / "gone.mrc"), str(tmp_path / "out"))
    with pytest.raises(CryoVesError, match=r"gone\.mrc"):
        worker.run(job)
    pid = worker.pid
    with pytest.raises(CryoVesError, match=r"gone\.mrc"):
        worker.run(job)
    assert worker.pid == pid is not None


def test_cancel_stops_the_work_within_a_second_and_leaves_nothing(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    ended: list[Failed] = []
    _start_and_wait_for_the_network(worker, tmp_path / "out" / "sample", ended)
    worker.cancel()
    assert worker.wait(10)
    assert [f.cancelled for f in ended] == [True]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal that stops a process")
def test_a_worker_that_does_not_heed_a_cancel_is_killed(worker: WorkerProcess, tmp_path: Path) -> None:
    ended: list[Failed] = []
    _start_and_wait_for_the_network(worker, tmp_path / "out" / "sample", ended)
    deaf = worker.pid
    assert deaf is not None
    os.kill(deaf, signal.SIGSTOP)
    worker.cancel()
    assert worker.wait(10)
    assert [f.cancelled for f in ended] == [True]
    assert not psutil.pid_exists(deaf)
    assert not (tmp_path / "out").exists()
    with pytest.raises(CryoVesError, match=r"gone\.mrc"):  # the next job finds a new worker
        worker.run(SegmentJob(str(tmp_path / "gone.mrc"), str(tmp_path / "x")))
    assert worker.pid not in (None, deaf)


@pytest.mark.skipif(sys.platform == "win32", reason="killed in another way there")
@pytest.mark.parametrize(
    ("number", "words"),
    [
        (
            "SIGKILL",
            "killed by the system, most likely because memory ran out; close other programs, use a smaller part",
        ),
        ("SIGBUS", "cut short by another program while it was read, or a disk is full"),
    ],
)
def test_a_killed_worker_gives_a_sentence_and_leaves_nothing(
    worker: WorkerProcess, tmp_path: Path, number: str, words: str
) -> None:
    ended: list[Failed] = []
    _start_and_wait_for_the_network(worker, tmp_path / "out" / "sample", ended)
    assert worker.pid is not None
    os.kill(worker.pid, getattr(signal, number))
    assert worker.wait(10)
    assert [f.cancelled for f in ended] == [False]
    assert words in ended[0].sentence
    assert not (tmp_path / "out").exists()


def test_mistakes_of_those_who_are_told_stop_neither_the_job_nor_its_end(
    worker: WorkerProcess, tmp_path: Path
) -> None:
    def fail(*_values: object) -> None:
        raise OSError("nobody can be told")

    everything = Callbacks(*[fail] * len(dataclasses.fields(Callbacks)))
    flat = _flat(tmp_path / "flat.mrc")
    worker.submit(SegmentJob(str(flat), str(tmp_path / "out")), everything)
    assert worker.wait(LONG)
    assert (tmp_path / "out" / "vesicles.csv").is_file()
    worker.submit(SegmentJob(str(tmp_path / "gone.mrc"), str(tmp_path / "x")), everything)
    assert worker.wait(LONG)
    assert not worker.busy


@pytest.mark.parametrize(
    "words",
    [
        '{"type": "Progressed", "job": 1, "body": {"step": "fit"}}',
        '{"type": "Done", "job": 1, "body": {}}',
        '{"type": "Done", "job": 1, "body": {"result": {"engines": "all"}}}',
        '{"type": "Failed", "job": 1, "body": {"sentence": 5}}',
        '{"type": "ScratchMade", "job": 1, "body": {"path": ["no", "path"]}}',
        '{"type": "Unheard", "job": 1, "body": {}}',
        '{"id": 1, "event": "done"}',
        "{",
    ],
)
def test_a_worker_that_speaks_nonsense_ends_the_job_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    # it answers an order, as a worker does: before one, what it says of a job is of none that is known
    speech = f"import sys, time\nsys.stdin.readline()\nprint({words!r}, flush=True)\ntime.sleep(60)"
    stand_in = [sys.executable, "-c", speech]
    monkeypatch.setattr(supervisor, "worker_command", lambda: stand_in)
    ended: list[Failed] = []
    with WorkerProcess() as worker:
        worker.submit(CheckOrder(), Callbacks(on_failed=ended.append))
        assert worker.wait(LONG)
        assert [f.cancelled for f in ended] == [False]
        assert "does not understand" in ended[0].sentence
        assert worker.pid is None


@pytest.mark.parametrize(
    ("last_words", "sentence"),
    [
        ("terminate called after throwing an instance of 'std::bad_alloc'", "ran out of memory"),
        ("an assertion failed", "crashed (signal 6)"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="ends in another way there")
def test_a_worker_that_ends_itself_for_want_of_memory_is_told_as_that(
    monkeypatch: pytest.MonkeyPatch, last_words: str, sentence: str
) -> None:
    end = f"import os, sys\nsys.stdin.readline()\nsys.stderr.write({last_words!r})\nsys.stderr.flush()\nos.abort()"
    monkeypatch.setattr(supervisor, "worker_command", lambda: [sys.executable, "-c", end])
    ended: list[Failed] = []
    with WorkerProcess() as worker:
        worker.submit(CheckOrder(), Callbacks(on_failed=ended.append))
        assert worker.wait(LONG)
    assert sentence in ended[0].sentence


def test_leftovers_that_cannot_be_removed_do_not_stop_the_end(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    Leftovers([tmp_path / "file" / "below", tmp_path / "gone"], [tmp_path]).remove()
    assert (tmp_path / "file").exists()


def test_one_job_at_a_time(worker: WorkerProcess, tmp_path: Path) -> None:
    worker.submit(_sample_job(tmp_path / "out" / "sample"))
    with pytest.raises(CryoVesError, match="busy"):
        worker.submit(_sample_job(tmp_path / "out" / "other"))
    worker.cancel()
    assert worker.wait(10)


def test_the_worker_ends_with_its_parent(tmp_path: Path) -> None:
    child = subprocess.Popen(worker_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdin is not None
    assert child.stdout is not None
    assert decode(child.stdout.readline(), FROM_WORKER) == (0, Ready())
    child.stdin.write(encode(Run("segment", Parcel.of(_sample_job(tmp_path / "o" / "s"))), 1))
    child.stdin.flush()
    assert decode(child.stdout.readline(), FROM_WORKER)[0] == 1
    child.stdin.close()
    assert child.wait(30) in (0, 1)
    child.stdout.close()
    assert not list(tmp_path.rglob("*.*"))


def test_what_the_worker_does_not_understand_is_answered_where_a_job_waits_for_it() -> None:
    lines = [
        "nonsense\n",
        "[1]\n",
        encode(Cancel(), 77),
        '{"type": "Run", "job": 3, "body": {"kind": "check"}}\n',
        encode(Run("nonsense", Parcel.of(CheckOrder())), 4),
        encode(Run("check", Parcel({"threads": "two"})), 5),
    ]
    done = subprocess.run(
        worker_command(), input="".join(lines), capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0
    first, *answers = (decode(line, FROM_WORKER) for line in done.stdout.splitlines())
    assert first == (0, Ready())
    failed = {number for number, answer in answers if isinstance(answer, Failed) and answer.sentence}
    assert {3} <= failed <= {0, 3, 4, 5}


def test_an_order_that_cannot_be_done_is_a_failure_not_a_crash(worker: WorkerProcess) -> None:
    @dataclasses.dataclass(frozen=True)
    class Nonsense(Order[int], kind="nonsense"):
        pass

    with pytest.raises(CryoVesError, match="did not expect"):
        worker.run(Nonsense())
    pid = worker.pid
    with pytest.raises(CryoVesError, match="did not expect"):
        worker.run(CheckOrder(threads="two"))  # type: ignore[arg-type]
    assert worker.pid == pid is not None


@pytest.mark.parametrize("kind", LOADERS)
def test_every_task_knows_its_order(kind: str) -> None:
    """An order of another kind is not understood, which shows that the loader works and checks."""
    with pytest.raises(NotUnderstood):
        LOADERS[kind]()(Parcel("no order"), JobContext())


def test_cancelled_is_told_apart_from_failed() -> None:
    assert isinstance(Failed("x", cancelled=True).as_error(), Cancelled)
    assert not isinstance(Failed("x").as_error(), Cancelled)


def test_closing_ends_the_process(tmp_path: Path) -> None:
    worker = WorkerProcess(threads=1)
    worker.start()
    pid = worker.pid
    assert pid is not None
    worker.close()
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not psutil.pid_exists(pid)
    assert worker.pid is None


@pytest.mark.parametrize(
    ("platform", "started", "worker"),
    [
        ("win32", "cryoves-window.exe", "cryoves.exe"),
        ("win32", "cryoves.exe", "cryoves.exe"),
        ("linux", "cryoves", "cryoves"),
        ("darwin", "cryoves", "cryoves"),
    ],
)
def test_the_frozen_program_is_its_own_worker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, platform: str, started: str, worker: str
) -> None:
    """On Windows the window has no standard streams, so the program with a console works for it."""
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(sys, "executable", str(tmp_path / started))
    assert worker_command() == [str(tmp_path / worker), "--worker"]
