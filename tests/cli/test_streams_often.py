"""What ``test_streams`` tries once, twenty times each: whatever the moment, the program ends and nothing is left."""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import mrcfile
import numpy as np
import psutil
import pytest

from cryoves_app.storage.temporary import temporary_folders
from tests.cli.program import command, environment
from tests.needs import needs_window
from tests.phantoms import phantom

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform == "win32", reason="shells and signals of Unix"),
]

TIMES = 20
FILES = {"labels.mrc", "overview.png", "run.json", "vesicles.csv", "vesicles.mod"}
_STREAMS = ("<&-", ">&-", "2>&-")
CLOSED = [" ".join(some) for number in (1, 2, 3) for some in itertools.combinations(_STREAMS, number)]
REDIRECTIONS = ["2>&1 | head -n 1", "2>/dev/full", ">/dev/full", ">/dev/full 2>/dev/full", *CLOSED]


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """There is nothing to find in it, so that its segmentation takes two seconds."""
    return _written(tmp_path / "flat.mrc", np.full((60, 70, 80), 7, "f4"))


@pytest.fixture
def one(tmp_path: Path) -> Path:
    """With a vesicle, so that every step has its turn."""
    return _written(tmp_path / "one.mrc", phantom([(53, 53, 53, 20)], (48, 48, 48), seed=1).grey.astype("f4"))


def _written(path: Path, grey: np.ndarray) -> Path:
    with mrcfile.new(path) as file:
        file.set_data(grey)
        file.voxel_size = 22.0
    return path


def _environment(tmp_path: Path) -> dict[str, str]:
    """A folder for temporary files that nobody else uses."""
    (tmp_path / "tmp").mkdir(exist_ok=True)
    return {**environment(tmp_path / "data"), "TMPDIR": str(tmp_path / "tmp")}


def _start(words: list[str], tmp_path: Path) -> subprocess.Popen[str]:
    """In a session of its own, by which what it leaves running can be told."""
    return subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=_environment(tmp_path),
        start_new_session=True,
    )


def _segment(tmp_path: Path, tomogram: Path, *more: str) -> list[str]:
    return command("segment", tomogram, "-o", tmp_path / "out", "--threads", "1", *more)


def _nothing_runs(session: int) -> bool:
    """Wait for the last process of a session, but no longer than its worker may take to give up."""
    gone_by = time.monotonic() + 60
    while (left := _running(session)) and time.monotonic() < gone_by:
        time.sleep(0.05)
    return not left


def _running(session: int) -> list[int]:
    found = []
    for process in psutil.process_iter(["pid", "status"]):
        try:
            if os.getsid(process.pid) == session and process.info["status"] != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except ProcessLookupError:
            continue
    return found


def _is_whole(tmp_path: Path, tomogram: Path) -> bool:
    """Whether all results stand, and beside them nothing."""
    name = tomogram.stem
    files = {p.name for p in (tmp_path / "out" / name).iterdir()}
    return files == {*FILES, f"{name}.cryoves"} and [p.name for p in (tmp_path / "out").iterdir()] == [name]


def _next_run_is_right(tmp_path: Path, tomogram: Path) -> None:
    process = _start(_segment(tmp_path, tomogram, "--skip-done"), tmp_path)
    said, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    assert "Traceback" not in said + errors
    assert _is_whole(tmp_path, tomogram)
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("redirection", REDIRECTIONS)
def test_a_run_with_broken_streams_ends_well(tmp_path: Path, flat: Path, redirection: str) -> None:
    code = tmp_path / "code"
    words = shlex.join(_segment(tmp_path, flat, "--force"))
    script = f"{{ {words}; echo $? > {shlex.quote(str(code))}; }} {redirection}"
    for _ in range(TIMES):
        code.unlink(missing_ok=True)
        process = _start(["sh", "-c", script], tmp_path)
        said, errors = process.communicate(timeout=100)
        assert code.read_text() == "0\n", errors
        assert "Traceback" not in said + errors
        assert _nothing_runs(process.pid)
        assert _is_whole(tmp_path, flat)
        assert list((tmp_path / "tmp").iterdir()) == []
    _next_run_is_right(tmp_path, flat)


@pytest.mark.parametrize(("name", "times", "longest_s"), [("flat", 15, 2.5), ("one", 5, 15.0)])
@pytest.mark.parametrize("number", ["SIGHUP", "SIGTERM", "SIGINT", "SIGKILL"])
def test_a_signal_to_the_group_at_any_moment_leaves_nothing(
    tmp_path: Path, number: str, name: str, times: int, longest_s: float, request: pytest.FixtureRequest
) -> None:
    tomogram: Path = request.getfixturevalue(name)
    moments = random.Random(f"{number}{name}")
    for _ in range(times):
        process = _start(_segment(tmp_path, tomogram, "--force"), tmp_path)
        time.sleep(moments.uniform(0.05, longest_s))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, getattr(signal, number))
        _, errors = process.communicate(timeout=100)
        assert "Traceback" not in errors
        assert _nothing_runs(process.pid)
        if number != "SIGKILL":  # which clears up after itself
            assert process.returncode in (0, 1, -getattr(signal, number)), errors
            assert temporary_folders(tmp_path / "out") == temporary_folders(tmp_path / "tmp") == []
        _next_run_is_right(tmp_path, tomogram)


@needs_window
@pytest.mark.parametrize("number", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_window_that_is_told_to_end_at_any_moment_ends(tmp_path: Path, one: Path, number: str) -> None:
    moments = random.Random(number)
    for _ in range(TIMES):
        process = _start(command(one), tmp_path)
        time.sleep(moments.uniform(0.3, 3.0))
        os.killpg(process.pid, getattr(signal, number))
        _, errors = process.communicate(timeout=60)
        # while libraries are imported Python ends as after Ctrl-C
        assert process.returncode in (0, 1, -signal.SIGINT, -getattr(signal, number)), errors
        assert "Traceback" not in errors
        assert _nothing_runs(process.pid)
        log = tmp_path / "data" / "cryoves.log"
        assert not log.exists() or "ERROR" not in log.read_text(encoding="utf-8")
        assert list((tmp_path / "tmp").iterdir()) == []
