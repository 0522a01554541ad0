"""Standard streams that are closed, full or no longer read, and signals to the whole group: the program ends."""

from __future__ import annotations

import json
import os
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

from cryoves_app.domain.resources import resource_path
from cryoves_app.workflow.batch.summary import read_summary
from tests.cli.program import command, environment, run
from tests.formats.mrc_bytes import write_mrc_bytes

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="shells and signals of Unix")

SAMPLE = resource_path("sample") / "sample.mrc"
FILES = ["flat.cryoves", "labels.mrc", "overview.png", "run.json", "vesicles.csv", "vesicles.mod"]
LOST = "Standard output could not be written"


@pytest.fixture
def flat(tmp_path: Path) -> Path:
    """A tomogram in which there is nothing to find, so that its segmentation takes a second."""
    return write_mrc_bytes(tmp_path / "flat.mrc", np.full((60, 70, 80), 7, "f4"))


def in_shell(redirection: str, *arguments: object, data: Path) -> tuple[int, str, str]:
    """Run the program with redirected streams; its own exit code, and what reached the test."""
    code = data.with_suffix(".code")
    words = shlex.join(command(*arguments))
    script = f"{{ {words}; echo $? > {shlex.quote(str(code))}; }} {redirection}"
    done = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, env=environment(data), timeout=100, check=False
    )
    return int(code.read_text()), done.stdout, done.stderr


@pytest.mark.parametrize(
    ("redirection", "code", "words"),
    [
        ("2>&1 | head -n 1", 0, ""),
        ("2>/dev/full", 0, "No vesicle was found"),
        (">/dev/full", 0, LOST),
        (">&-", 0, LOST),
        (">&- 2>&- <&-", 0, ""),
    ],
)
def test_a_segmentation_ends_with_whole_results_whatever_becomes_of_its_words(
    tmp_path: Path, flat: Path, redirection: str, code: int, words: str
) -> None:
    ended, out, err = in_shell(redirection, "segment", flat, "-o", tmp_path / "out", data=tmp_path / "data")
    assert ended == code, err
    assert words in out + err
    assert "Traceback" not in out + err
    assert "rror" not in err.replace("standard error", "")
    assert sorted(p.name for p in (tmp_path / "out" / "flat").iterdir()) == FILES
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["flat"]


def test_a_batch_works_its_queue_off_whatever_becomes_of_its_words(tmp_path: Path, flat: Path) -> None:
    (tmp_path / "queue.txt").write_text("flat.mrc\ngone.mrc\n")
    ended, _, _ = in_shell(
        ">/dev/full 2>/dev/full",
        "batch",
        tmp_path / "queue.txt",
        "-o",
        tmp_path / "out",
        data=tmp_path / "data",
    )
    assert ended == 1  # one tomogram is not there
    rows = read_summary(tmp_path / "out" / "summary.csv")
    assert [row["state"] for row in rows] == ["done", "failed"]


@pytest.mark.parametrize(
    ("redirection", "arguments", "words"),
    [
        (">/dev/full", ["model", "list"], LOST),
        (">&-", ["model", "list", "--json"], LOST),
        (">/dev/full", ["--help"], LOST),
        ("| true", ["model", "list"], ""),
    ],
)
def test_a_result_that_is_only_told_and_gets_lost_is_a_failure(
    tmp_path: Path, redirection: str, arguments: list[str], words: str
) -> None:
    ended, out, err = in_shell(redirection, *arguments, data=tmp_path / "data")
    assert (ended, out) == (1, "")
    assert len(err.splitlines()) == (1 if words else 0), err
    assert words in err


def test_words_for_a_closed_stream_do_not_get_into_a_file(tmp_path: Path) -> None:
    """The first file that is opened would get the closed stream's number."""
    code = (
        "import os, sys\nfrom cryoves_app.cli import console\n"
        "console.open_streams()\n"
        f"file = open({str(tmp_path / 'file')!r}, 'wb', buffering=0)\n"
        "assert file.fileno() > 2, file.fileno()\n"
        "console.note('for nobody')\nos.write(2, b'nor this')\n"
    )
    done = subprocess.run(
        ["sh", "-c", f"exec {shlex.quote(sys.executable)} -c {shlex.quote(code)} <&- >&- 2>&-"],
        env=environment(),
        timeout=60,
        check=False,
    )
    assert done.returncode == 0
    assert (tmp_path / "file").read_bytes() == b""


def start(tmp_path: Path, tomogram: Path, *more: object) -> subprocess.Popen[str]:
    """A run in a group of its own, at its network step."""
    process = subprocess.Popen(
        command("segment", tomogram, "-o", tmp_path / "out", "--threads", "1", *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(tmp_path / "data"),
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("network"):
            break
    time.sleep(0.2)
    return process


@pytest.fixture
def piece(tmp_path: Path) -> Path:
    """A piece of the sample, whose run takes seconds."""
    with mrcfile.mmap(SAMPLE) as whole:
        grey, voxel_size = np.array(whole.data[16:80, 64:160, 64:160]), whole.voxel_size.copy()
    with mrcfile.new(tmp_path / "piece.mrc") as file:
        file.set_data(grey)
        file.voxel_size = voxel_size
    return tmp_path / "piece.mrc"


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_whole_group_stops_it_and_leaves_nothing(
    tmp_path: Path, number: signal.Signals
) -> None:
    """A terminal that is closed, and Ctrl-C."""
    process = start(tmp_path, SAMPLE)
    (worker,) = psutil.Process(process.pid).children()
    os.killpg(process.pid, number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == "Stopped; nothing was left half-written."
    worker.wait(30)
    assert not (tmp_path / "out").exists()


def test_a_closed_terminal_is_nothing_to_who_was_told_to_ignore_it(tmp_path: Path, flat: Path) -> None:
    script = 'trap "" HUP; exec "$@"'
    process = subprocess.Popen(
        ["sh", "-c", script, "sh", *command("segment", flat, "-o", tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path / "data"),
        start_new_session=True,
    )
    assert process.stderr is not None
    process.stderr.readline()
    os.killpg(process.pid, signal.SIGHUP)
    out, _ = process.communicate(timeout=100)
    assert process.returncode == 0
    assert "No vesicle was found" in out


def test_after_a_kill_of_the_group_the_next_run_is_right(tmp_path: Path, piece: Path) -> None:
    process = start(tmp_path, piece)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    arguments = ("segment", piece, "--skip-done", "--json", "-o", tmp_path / "out")
    (again,) = json.loads(run(*arguments, data=tmp_path / "data").stdout)
    assert again["state"] == "done"
    assert again["counts"]["accepted"] >= 3
    assert sorted(Path(f).name for f in again["files"]) == sorted(
        {*FILES, "piece.cryoves"} - {"flat.cryoves"}
    )


def test_a_worker_that_the_system_killed_is_told_with_what_helps(tmp_path: Path) -> None:
    process = start(tmp_path, SAMPLE)
    (worker,) = psutil.Process(process.pid).children()
    os.kill(worker.pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "memory ran out; close other programs, use a smaller part" in errors.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_worker_whose_program_was_killed_ends_and_leaves_nothing(tmp_path: Path) -> None:
    process = start(tmp_path, SAMPLE)
    (worker,) = psutil.Process(process.pid).children()
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    worker.wait(30)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_a_batch_stops_its_workers(tmp_path: Path, number: signal.Signals) -> None:
    for name in ("a.mrc", "b.mrc", "c.mrc"):
        (tmp_path / name).symlink_to(SAMPLE)
    (tmp_path / "queue.txt").write_text("a.mrc\nb.mrc\nc.mrc\n")
    words = command("batch", tmp_path / "queue.txt", "-o", tmp_path / "out", "--jobs", "2")
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(tmp_path / "data"),
        start_new_session=True,
    ) as process:
        while not (workers := psutil.Process(process.pid).children()):  # one where memory is short
            assert process.poll() is None
            time.sleep(0.05)
        os.killpg(process.pid, number)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 1
        assert errors.splitlines()[-1] == "Stopped; nothing was left half-written."
        assert psutil.wait_procs(workers, 30)[1] == []
    left = list((tmp_path / "out").rglob("*"))
    assert [p.name for p in left] in ([], ["summary.csv"])  # which tells from the start what is to come
    assert all(row["state"] == "waiting" for path in left for row in read_summary(path))
