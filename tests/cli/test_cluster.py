"""``cryoves batch`` on a Dask cluster: the same results, lost workers, and clear sentences."""

from __future__ import annotations

import ast
import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.cli.local_cluster import Cluster, two_workers
from tests.cli.program import command, environment, run
from tests.cli.small_queue import NAMES, write_small_queue
from tests.offline.watched import GUARD

pytest.importorskip("distributed")


@pytest.fixture(scope="module")
def queue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three tiny tomograms and one that is cut off."""
    return write_small_queue(tmp_path_factory.mktemp("queue"))


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:  # type: ignore[misc]
    with two_workers(tmp_path / "cluster") as running:
        yield running


def rows(out: Path) -> list[dict[str, str]]:
    with (out / "summary.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def content(path: Path) -> bytes:
    """Of a map without its header, which tells when it was written."""
    return path.read_bytes()[1024 if path.suffix == ".mrc" else 0 :]


def test_a_cluster_gives_what_two_jobs_give(queue: Path, tmp_path: Path, cluster: Cluster) -> None:
    data = tmp_path / "data"
    asked = ("batch", queue.name, "-o", "local", "--threads", 1, "--json")
    here = run(*asked, "--jobs", 2, data=data, cwd=queue.parent)
    asked = ("batch", queue.name, "-o", "far", "--threads", 1, "--progress", "json")
    there = run(*asked, "--scheduler", cluster.address, data=data, cwd=queue.parent)
    assert (here.returncode, there.returncode) == (1, 1), there.stderr
    events = [json.loads(line) for line in there.stdout.splitlines()]
    ended = {Path(e["tomogram"]).stem: e for e in events if e["event"] == "ended"}
    assert {name: e["state"] for name, e in ended.items()} == {
        **dict.fromkeys(NAMES, "done"),
        "bad": "failed",
    }
    assert "bad.mrc" in ended["bad"]["error"]
    begun = [Path(e["tomogram"]).stem for e in events if e["event"] == "begun"]
    assert sorted(begun) == sorted(ended)
    assert {e["step"] for e in events if e["event"] == "progress"} >= {"network", "fit"}
    local, far = queue.parent / "local", queue.parent / "far"
    assert sorted(p.name for p in far.iterdir()) == ["summary.csv", *NAMES]
    for name in NAMES:
        for file in ("vesicles.csv", "labels.mrc", "vesicles.mod"):
            assert content(far / name / file) == content(local / name / file)
    kept = ("tomogram", "state", "accepted", "mean_radius_nm", "condition")
    assert [[r[k] for k in kept] for r in rows(far)] == [[r[k] for k in kept] for r in rows(local)]


@contextmanager
def started(queue: Path, out: Path, data: Path, *more: object) -> Iterator[subprocess.Popen[str]]:
    """The batch in the middle of the network's work."""
    with subprocess.Popen(
        command("batch", queue, "-o", out, "--threads", 1, "--progress", "json", *more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(data),
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            event = json.loads(line)
            if event["event"] == "progress" and event["step"] == "network":
                break
        yield process


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_what_a_lost_worker_had_begun_is_done_again(queue: Path, tmp_path: Path, cluster: Cluster) -> None:
    out = tmp_path / "out"
    with started(queue, out, tmp_path / "data", "--scheduler", cluster.address) as process:
        for number in cluster.worker_numbers:
            os.kill(number, signal.SIGKILL)  # new ones are started in their place
        process.communicate(timeout=280)
    assert process.returncode == 1
    assert {Path(r["tomogram"]).stem: r["state"] for r in rows(out)} == {
        **dict.fromkeys(NAMES, "done"),
        "bad": "failed",
    }
    assert sorted(p.name for p in out.iterdir()) == ["summary.csv", *NAMES]


@pytest.mark.skipif(sys.platform == "win32", reason="no such signal there")
def test_stopping_the_batch_stops_what_is_at_work(queue: Path, tmp_path: Path, cluster: Cluster) -> None:
    out = tmp_path / "out"
    with started(queue, out, tmp_path / "data", "--scheduler", cluster.address) as process:
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "Stopped; nothing was left half-written." in said
    # the cluster is free for the next
    one = queue.with_name("one.txt")
    one.write_text("t0.mrc\n")
    asked = ("batch", one, "-o", tmp_path / "again", "--threads", 1, "--json")
    again = run(*asked, "--scheduler", cluster.address, data=tmp_path / "data")
    assert [r["state"] for r in json.loads(again.stdout)] == ["done"]
    assert not [p for p in out.glob("*") if p.name not in ("summary.csv", *NAMES)]


def addresses_in(notes: Path) -> set[str]:
    """Whom processes connected to, by what the guard noted in each."""
    lines = [line for path in notes.iterdir() for line in path.read_text(encoding="utf-8").splitlines()]
    talks = [ast.literal_eval(line.removeprefix("talk ")) for line in lines if line.startswith("talk ")]
    return {str(talk[0] if isinstance(talk, tuple) else talk) for talk in talks if talk is not None}


#: Programs with the names of SLURM's, which run a job's script here; each job is a session of its own.
SLURM = {
    "sbatch": 'cp "$1" "$SCRIPTS/job.sh"; setsid bash "$SCRIPTS/job.sh" >"$SCRIPTS/log" 2>&1 </dev/null &\n'
    'echo "Submitted batch job $!"',
    "scancel": 'kill -TERM -- "-$1"',
    "squeue": "",
}


@pytest.mark.skipif(not shutil.which("setsid"), reason="no setsid here")
def test_jobs_of_slurm_do_the_queue_and_end_with_it(queue: Path, tmp_path: Path) -> None:
    scripts = tmp_path / "scripts"
    scripts.mkdir()
    for name, text in SLURM.items():
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f"#!/bin/bash\n{text}\n")
        program.chmod(0o755)
    one = queue.with_name("one.txt")
    one.write_text("t0.mrc\n")
    asked = command(
        "batch", one, "-o", tmp_path / "out", "--threads", 1, "--json", "--slurm", 1,
        "--slurm-option", "memory=3GB", "--slurm-option", "queue=short",
        "--slurm-option", "job_extra_directives=--nice", "--slurm-option", "job_extra_directives=--exclusive",
    )  # fmt: skip
    path = os.pathsep.join([str(tmp_path / "bin"), os.environ["PATH"]])
    notes = tmp_path / "notes"
    notes.mkdir()
    surroundings = {**environment(tmp_path / "data"), "PATH": path, "SCRIPTS": str(scripts)}
    surroundings["CRYOVES_GUARD"] = str(notes)
    surroundings["PYTHONPATH"] = os.pathsep.join([str(GUARD), surroundings["PYTHONPATH"]])
    done = subprocess.run(
        asked, capture_output=True, text=True, env=surroundings, cwd=tmp_path, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert [r["state"] for r in json.loads(done.stdout)] == ["done"]
    script = (scripts / "job.sh").read_text()
    assert "#SBATCH -p short" in script
    assert "#SBATCH --mem=3G" in script
    assert "#SBATCH --cpus-per-task=1" in script
    assert "--no-dashboard" in script
    assert "#SBATCH --nice\n#SBATCH --exclusive\n" in script
    own = {address.address for found in psutil.net_if_addrs().values() for address in found}
    assert addresses_in(notes) <= own | {"198.51.100.1"}  # which nobody has


def fake_slurm(folder: Path, sbatch: str) -> str:
    """A search path with a program ``sbatch`` of one line."""
    folder.mkdir()
    (folder / "sbatch").write_text(f"#!/bin/bash\n{sbatch}\n")
    (folder / "sbatch").chmod(0o755)
    return os.pathsep.join([str(folder), os.environ["PATH"]])


@pytest.mark.skipif(sys.platform == "win32", reason="no SLURM there")
def test_what_slurm_refuses_is_one_sentence(
    queue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ("batch", queue, "-o", tmp_path / "out", "--slurm", 2)
    for path, more, words in (
        (os.environ["PATH"], (), "There is no SLURM here"),
        (fake_slurm(tmp_path / "1", "echo invalid account >&2; exit 1"), (), "invalid account"),
        (fake_slurm(tmp_path / "2", "echo nonsense"), (), "SLURM took no job"),
        (fake_slurm(tmp_path / "3", "exit 0"), ("--slurm-option", "colour=red"), "could not be made"),
    ):
        monkeypatch.setenv("PATH", path)
        done = run(*asked, *more, data=tmp_path / "data")
        assert done.returncode == 1
        assert words in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="no SLURM there")
def test_a_jobs_script_can_be_looked_at_where_there_is_no_slurm(queue: Path, tmp_path: Path) -> None:
    asked = ("batch", queue, "-o", tmp_path / "out", "--slurm", 2, "--threads", 3, "--slurm-script")
    shown = run(*asked, "--slurm-option", "queue=cpu", data=tmp_path / "data")
    assert (shown.returncode, shown.stderr) == (0, "")
    script = tmp_path / "job.sh"
    script.write_text(shown.stdout)
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    lines = shown.stdout.splitlines()
    assert {"#SBATCH -p cpu", "#SBATCH --cpus-per-task=3", "#SBATCH --mem=8G"} <= set(lines)
    assert not (tmp_path / "out").exists()
    wrong = run(*asked, "--slurm-option", "memory=lots", data=tmp_path / "data")
    assert (wrong.returncode, wrong.stdout) == (1, "")
    assert "could not be made" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1


def test_options_that_would_be_lost_are_refused(queue: Path, tmp_path: Path) -> None:
    for more, code in (
        (("--slurm", 1, "--slurm-option", "red"), 2),
        (("--slurm-option", "memory=3GB"), 1),
        (("--slurm-script",), 1),
        (("--scheduler", "x:1", "--jobs", 2), 1),
        (("--scheduler", "x:1", "--slurm", 2), 2),
    ):
        assert run("batch", queue, "-o", tmp_path / "out", *more, data=tmp_path / "data").returncode == code


def test_where_the_packages_are_missing_it_is_said(queue: Path, tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['distributed'] = sys.modules['dask'] = None\n"
        "from cryoves_app.cli.main import main\n"
        f"sys.exit(main(['batch', {str(queue)!r}, '-o', {str(tmp_path / 'out')!r}, *sys.argv[1:]]))"
    )
    for more in (["--scheduler", "localhost:8786"], ["--slurm", "2"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *more], capture_output=True, text=True, env=environment(tmp_path / "data"),
            timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 1
        assert "pip install 'cryoves-app[cluster]'" in done.stderr


def test_nobody_at_the_address_is_one_sentence(queue: Path, tmp_path: Path) -> None:
    (tmp_path / "scheduler.json").write_text('{"address": "tcp://127.0.0.1:1"}')
    (tmp_path / "other.json").write_text("{}")
    for address, words in (
        ("127.0.0.1:1", "No Dask scheduler answers at 127.0.0.1:1"),
        ("nonsense://x", "No Dask scheduler answers at nonsense://x"),
        (str(tmp_path / "scheduler.json"), "scheduler.json: "),
        (str(tmp_path / "other.json"), "it holds no address."),
    ):
        done = run("batch", queue, "-o", tmp_path / "out", "--scheduler", address, data=tmp_path / "data")
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
