"""The wheel: what it carries, and that it works on a machine without the checkout, Qt or TensorFlow."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONSTRAINTS = ROOT / "packaging" / "constraints.txt"

#: Makes every library that the base installation lacks fail to import, in the worker process too.
BLOCKER = """
import sys

class Absent:
    names = {"PySide6", "shiboken6", "pyqtgraph", "vispy", "superqt", "qtawesome",
             "tensorflow", "keras", "csbdeep", "onnxruntime", "pytest"}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Absent())
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    _succeeds([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def unpacked(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def _succeeds(command: list[str], **options: object) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    assert answer.returncode == 0, f"{command}\n{answer.stdout}\n{answer.stderr}"
    return str(answer.stdout)


def _base_environment(unpacked: Path, tmp_path: Path) -> dict[str, str]:
    blocker = tmp_path / "blocker"
    blocker.mkdir()
    (blocker / "sitecustomize.py").write_text(BLOCKER, encoding="utf-8")
    path = os.pathsep.join([str(blocker), str(unpacked)])
    return {**os.environ, "PYTHONPATH": path, "CRYOVES_DATA": str(tmp_path / "data")}


@pytest.mark.parametrize(
    "name",
    [
        "cryoves_app/resources/sample/sample.mrc",
        "cryoves_app/resources/sample/sample_truth.csv",
        "cryoves_app/resources/models/default/card.json",
        "cryoves_app/resources/region_models/terminal-inside/card.json",
        "cryoves_app/resources/region_models/terminal-inside/model.weights.h5",
        "cryoves_app/resources/icons/cryoves.svg",
        "cryoves_app/ui/__init__.py",
    ],
)
def test_wheel_carries(unpacked, name):
    assert (unpacked / name).is_file()


def test_wheel_carries_nothing_else_at_its_top(unpacked):
    tops = {path.name for path in unpacked.iterdir()}
    assert {name for name in tops if not name.endswith(".dist-info")} == {"cryoves_app"}


def test_command_line_starts_without_qt_and_tensorflow(unpacked, tmp_path):
    env = _base_environment(unpacked, tmp_path)
    where = _succeeds(
        [sys.executable, "-c", "import cryoves_app; print(cryoves_app.__file__)"], env=env, cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(unpacked)
    assert "segment" in _succeeds([sys.executable, "-m", "cryoves_app", "--help"], env=env, cwd=tmp_path)
    assert "default" in _succeeds(
        [sys.executable, "-m", "cryoves_app", "model", "list"], env=env, cwd=tmp_path
    )


@pytest.mark.long
def test_wheel_in_an_empty_environment_segments_the_sample_offline(wheel, tmp_path):
    venv = tmp_path / "venv"
    _succeeds([sys.executable, "-m", "venv", str(venv)])
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    pip = [str(programs / "python"), "-m", "pip", "install", "--quiet", "-c", str(CONSTRAINTS)]
    _succeeds([*pip, str(wheel)])
    env = {**os.environ, "CRYOVES_DATA": str(tmp_path / "data"), "PYTHONPATH": "", "DISPLAY": ""}
    sample = next(venv.rglob("resources/sample/sample.mrc"))
    command = [str(programs / "cryoves"), "segment", str(sample), "-o", str(tmp_path / "out")]
    _succeeds([*_offline(), *command], env=env, cwd=tmp_path)
    with (tmp_path / "out" / "sample" / "vesicles.csv").open(encoding="utf-8") as table:
        accepted = [row for row in csv.DictReader(table) if row["status"] == "accepted"]
    assert len(accepted) >= 50
    assert not list(venv.rglob("PySide6"))


def _offline() -> list[str]:
    """Words before a command that take the network away, where the system lets us."""
    unshare = ["unshare", "--map-root-user", "--net"]
    try:
        works = subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return []
    return unshare if works else []
