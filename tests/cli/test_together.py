"""Two of the program at once on the same results, as processes."""

from __future__ import annotations

import csv
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest

from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.storage.temporary import temporary_folders
from tests.cli.program import command, environment, run


@pytest.fixture(scope="module")
def tomograms(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Noise, in which nothing is found within seconds."""
    folder = tmp_path_factory.mktemp("[2024] tomograms")
    grey = np.random.default_rng(3).normal(0, 10, (48, 56, 64)).astype(np.float32)
    paths = [folder / f"t{number}.mrc" for number in range(3)]
    for path in paths:
        write_map(path, grey, VolumeInfo(grey.shape, grey.dtype, 2.2))
    (folder / "queue.txt").write_text("t*.mrc\n")
    return paths


def _begun(out: Path, data: Path, *arguments: object) -> subprocess.Popen[str]:
    """A process that is at work on the first tomogram."""
    process = subprocess.Popen(
        command(*arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(data),
    )
    while process.poll() is None and not any((new / "t0").is_dir() for new in temporary_folders(out)):
        time.sleep(0.02)
    return process


@contextmanager
def _paused(process: subprocess.Popen[str]) -> Iterator[None]:
    """What it has begun stays so, however fast it is and however slow the other."""
    main = psutil.Process(process.pid)
    stopped = [main, *main.children(recursive=True)]
    for one in stopped:
        one.suspend()
    try:
        yield
    finally:
        for one in stopped:
            one.resume()


def test_the_second_run_into_a_folder_is_refused(tomograms: list[Path], tmp_path: Path) -> None:
    out, data = tmp_path / "out", tmp_path / "data"
    arguments = ("segment", tomograms[0], "-o", out)
    first = _begun(out, data, *arguments)
    with _paused(first):
        second = run(*arguments, "--recipe", "paper", "--force", data=data)
    _said, errors = first.communicate(timeout=200)
    assert first.returncode == 0, errors
    assert (second.returncode, second.stdout) == (1, "")
    assert "Another run is writing" in second.stderr.splitlines()[-1]
    assert sorted(p.name for p in out.iterdir()) == ["t0"]
    assert '"name": "default"' in (out / "t0" / "run.json").read_text(encoding="utf-8")


def test_two_batches_of_one_queue_share_the_work(tomograms: list[Path], tmp_path: Path) -> None:
    out, data = tmp_path / "out", tmp_path / "data"
    queue = tomograms[0].parent / "queue.txt"
    first = _begun(out, data, "batch", queue, "-o", out)
    with _paused(first):
        second = run("batch", queue, "-o", out, data=data)
    said, errors = first.communicate(timeout=280)
    assert (first.returncode, second.returncode) == (0, 0), errors + second.stderr
    everything = said + second.stdout
    for name in ("t0", "t1", "t2"):
        assert everything.count(f"{out / name}: ") - everything.count(f"{out / name}: finished before") == 1
    assert "Another run is writing" in second.stdout
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["state"] for row in rows} <= {"done", "skipped"}
    assert sorted(p.name for p in out.iterdir()) == ["summary.csv", "t0", "t1", "t2"]
