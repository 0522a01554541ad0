"""Nothing goes online, and nothing is written outside the program's folders: in every kind of process."""

from __future__ import annotations

import importlib.util
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cryoves_app.domain.vesicle import Vesicle
from cryoves_app.domain.volume import VolumeInfo
from cryoves_app.formats.mrc import write_map
from cryoves_app.formats.tables.table import write_vesicles
from tests.needs import needs_onnxruntime
from tests.offline.watched import Watched
from tests.phantoms import phantom

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the folders are named as on Linux")

needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None, reason="training needs TensorFlow"
)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two small tomograms with a vesicle each, so that every step and every library has its turn."""
    folder = tmp_path_factory.mktemp("tomograms")
    for name, seed in (("a", 1), ("b", 2)):
        small = phantom([(53, 53, 53, 20)], (48, 48, 48), seed=seed)
        grey = small.grey.astype(np.float32)
        write_map(folder / f"{name}.mrc", grey, VolumeInfo(grey.shape, grey.dtype, small.voxel_nm))
        write_vesicles(folder / f"{name}_truth.csv", [Vesicle(1, 53, 53, 53, 20)], small.voxel_nm)
    return folder


def _keeps_to_itself(watched: Watched) -> None:
    assert watched.talks == set()
    assert watched.strangers() == set()


@pytest.mark.parametrize("engine", ["openvino", pytest.param("onnx", marks=needs_onnxruntime)])
def test_segment(watched: Watched, dataset: Path, engine: str) -> None:
    out = watched.folder / "out"
    watched.end(watched.start("segment", dataset / "a.mrc", "-o", out, "--engine", engine))
    _keeps_to_itself(watched)
    assert out / "a" in watched.written  # the watch does see what is written


def test_check(watched: Watched) -> None:
    told = watched.end(watched.start("check"), codes=(0, 1))
    _keeps_to_itself(watched)
    troubles = {line.split()[1] for line in told.splitlines() if line.startswith("!")}
    # a full computer is told, and is none of this test's business
    assert troubles <= {"Memory", "Disk"}, told
    assert all(str(folder) in told for folder in watched.own if folder.name == "cryoves")


@needs_tensorflow
def test_train(watched: Watched, dataset: Path) -> None:
    model = watched.folder / "out" / "model"
    short = ("--epochs", 1, "--patches", 2, "--patch-size", 16, "--batch", 1, "--filters", 2)
    watched.end(watched.start("train", dataset, "-o", model, *short))
    _keeps_to_itself(watched)
    assert (model / "card.json").is_file()


def test_window(watched: Watched, dataset: Path) -> None:
    pytest.importorskip("PySide6")
    process = watched.start(dataset / "a.mrc")
    working = watched.home / ".local" / "share" / "cryoves" / "working"
    while process.poll() is None and not list(working.glob("untitled-*.cryoves")):
        time.sleep(0.1)
    watched.terminate(process)
    watched.end(process)
    _keeps_to_itself(watched)
    assert (watched.home / ".config" / "cryoves" / "window.json").is_file()
