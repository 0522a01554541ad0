"""The program under a limit of memory, as by ``ulimit -v`` and some queues, in real processes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from cryoves_app.domain.project import Project
from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.vesicle_set import VesicleSet
from cryoves_app.formats.project.project_file import write_project
from cryoves_app.formats.tables.table import write_vesicles
from cryoves_app.formats.tomogram_reference import reference_to
from cryoves_app.formats.volume_file import open_volume
from tests.cli.program import command, environment
from tests.faults.works import write_one
from tests.needs import needs_training

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")

_LIMIT = "import os, resource, sys; n = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_AS, (n, n)); "
_START = "os.execv(sys.argv[2], sys.argv[2:])"


def _told_under(megabytes: int, folder: Path, *words: object) -> str:
    """The last line of a command that fails for want of memory, and leaves nothing but its log."""
    limited = [sys.executable, "-c", _LIMIT + _START, str(megabytes << 20), *command(*words)]
    known = set(folder.iterdir())
    env = environment(folder / "data")
    done = subprocess.run(limited, capture_output=True, text=True, env=env, timeout=100, check=False)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert set(folder.iterdir()) - known <= {folder / "data"}
    return done.stderr.splitlines()[-1]


def _is_told(line: str) -> bool:
    return line.startswith("There is not enough memory for this; raise the limit of ")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    path = tmp_path / "one.cryoves"
    volume = open_volume(write_one(tmp_path / "one.mrc"))
    found = VesicleSet.of([Vesicle(1, 53, 53, 53, 20)])
    write_project(path, Project(reference_to(volume, path), vesicles=found))
    return path


@pytest.mark.parametrize("megabytes", [80, 120, 160, 180])
def test_libraries_that_do_not_fit_are_told_as_that_and_nobody_waits_for_them(
    project: Path, megabytes: int
) -> None:
    """SciPy's OpenBLAS waited for ever for its buffer at 160 to 190 MB, NumPy's ended the process at 80."""
    assert _is_told(_told_under(megabytes, project.parent, "export", project, "-o", project.parent / "out"))


@pytest.mark.parametrize("megabytes", [330, 550, 600])
def test_a_worker_whose_libraries_do_not_fit(tmp_path: Path, megabytes: int) -> None:
    """OpenVINO and ONNX Runtime need more than 600 MB; SciPy waited for ever at 330."""
    words = ("segment", write_one(tmp_path / "one.mrc"), "-o", tmp_path / "out", "--threads", "1")
    assert _is_told(_told_under(megabytes, tmp_path, *words))


@needs_training
@pytest.mark.parametrize("megabytes", [900, 1500])
def test_tensorflow_that_does_not_fit(tmp_path: Path, megabytes: int) -> None:
    """At 900 MB its libraries have no room; at 1500 it ends the process, since its threads have none."""
    dataset = tmp_path / "dataset"
    dataset.mkdir()
    for name, seed in (("a", 1), ("b", 2)):
        write_one(dataset / f"{name}.mrc", seed)
        write_vesicles(dataset / f"{name}_truth.csv", [Vesicle(1, 53, 53, 53, 20)], 2.2)
    short = ("--epochs", "2", "--patches", "2", "--patch-size", "16", "--batch", "1", "--filters", "2")
    line = _told_under(
        megabytes, tmp_path, "train", dataset, "-o", tmp_path / "model", *short, "--threads", "1"
    )
    assert "memory" in line
    assert "raise the limit of" in line
