"""``cryoves batch`` as users start it: processes that share queues, are killed, and meet bad files."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.storage.temporary import Owner, owner_of, temporary_folders
from tests.cli.program import command, environment, run
from tests.cli.small_queue import BALLS, NAMES, write_small_queue
from tests.storage.processes import kill, left_alone

FLAT = VolumeInfo((48, 52, 56), np.dtype(np.float32), 2.2)
_FILL = "(new.path / 'half').write_text('x')"


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiny tomograms, one that is cut off, and their queue."""
    return write_small_queue(tmp_path_factory.mktemp("study")).parent


def _start(study: Path, out: Path, *more: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command("batch", study / "queue.csv", "-o", out, "--threads", 1, "--progress", "json", *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(out.parent / "data"),
    )


def _events(said: str, kind: str) -> list[dict[str, object]]:
    return [event for event in map(json.loads, said.splitlines()) if event["event"] == kind]


def _summary(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_two_at_once_do_each_tomogram_once_and_both_name_the_bad_one(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    both = [_start(study, out) for _ in range(2)]
    said = [process.communicate(timeout=280) for process in both]
    assert [process.returncode for process in both] == [1, 1], said
    ended = [event for text, _ in said for event in _events(text, "ended")]
    done = sorted(Path(str(e["tomogram"])).stem for e in ended if e["state"] == "done")
    assert done == NAMES
    failed = [e for e in ended if e["state"] == "failed"]
    assert {Path(str(e["tomogram"])).name for e in failed} == {"bad.mrc"}
    assert all("bad.mrc" in str(e["error"]) for e in failed)
    rows = _summary(out)
    assert [(Path(r["tomogram"]).stem, r["condition"]) for r in rows] == [
        ("t0", "control"), ("bad", "control"), ("t1", "treated"), ("t2", "treated"),
    ]  # fmt: skip
    assert sorted(p.name for p in out.iterdir()) == ["summary.csv", *NAMES]
    for name in NAMES:
        assert json.loads((out / name / "run.json").read_text(encoding="utf-8"))["job"]["threads"] == 1


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_what_killed_processes_left_goes_also_where_all_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beside the results, among finished ones, and in the folder for temporary files; what a live one uses stays."""
    write_map(tmp_path / "a.mrc", np.full((48, 52, 56), 7, np.float32), FLAT)
    (tmp_path / "queue.txt").write_text("a.mrc\n", encoding="utf-8")
    out, places = tmp_path / "out", [tmp_path / "out", tmp_path / "out" / "a", tmp_path / "tmp"]
    places[2].mkdir()
    monkeypatch.setenv("TMPDIR", str(places[2]))
    words = ("batch", tmp_path / "queue.txt", "-o", out, "--threads", 1)
    assert run(*words, data=tmp_path / "data").returncode == 0
    both = [[left_alone("TemporaryFolder(path)", _FILL, path=place) for place in places] for _ in range(2)]
    for process in both[0]:
        kill(process)
    assert [len(temporary_folders(place)) for place in places] == [2, 2, 2]
    try:
        assert run(*words, data=tmp_path / "data").returncode == 0
        left = [temporary_folders(place) for place in places]
        assert [[owner_of(folder) for folder in folders] for folders in left] == [[Owner.ALIVE]] * 3
        assert all((folder / "half").is_file() for folders in left for folder in folders)
    finally:
        for process in both[1]:
            kill(process)


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_what_a_killed_batch_had_begun_is_done_by_the_next(study: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    process = _start(study, out)
    assert process.stdout is not None
    begun = []
    for line in process.stdout:
        event = json.loads(line)
        begun += [event] if event["event"] == "begun" else []
        if len(begun) == 3 and event["event"] == "progress":  # t0, the bad one, and in the middle of t1
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=60)
    assert (out / ".t1.cryoves-claim").is_file()
    assert not (out / "t1").exists()
    while any(owner_of(folder) is Owner.ALIVE for folder in temporary_folders(out)):
        time.sleep(0.05)  # its worker notices that it is alone, and ends
    again = run("batch", study / "queue.csv", "-o", out, "--threads", 1, "--json", data=tmp_path / "data")
    states = {Path(r["tomogram"]).stem: r["state"] for r in json.loads(again.stdout)}
    assert states == {"t0": "skipped", "bad": "failed", "t1": "done", "t2": "done"}
    assert sorted(p.name for p in out.iterdir()) == ["summary.csv", *NAMES]


def test_one_and_two_jobs_find_the_same(study: Path, tmp_path: Path) -> None:
    for jobs in (1, 2):
        done = run(
            "batch", study / "queue.csv", "-o", tmp_path / str(jobs), "--threads", 2, "--jobs", jobs, "--json",
            data=tmp_path / "data",
        )  # fmt: skip
        assert [row["state"] for row in json.loads(done.stdout)] == ["done", "failed", "done", "done"]
    for name in NAMES:
        table = (tmp_path / "1" / name / "vesicles.csv").read_bytes()
        assert table.count(b"\n") == 1 + len(BALLS)
        assert (tmp_path / "2" / name / "vesicles.csv").read_bytes() == table
