"""Tomograms that another program cuts short or takes away while they are segmented: a sentence, never a signal."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import mrcfile
import numpy as np
import pytest
import tifffile

from cryoves_app.domain.resources import resource_path
from tests.cli.program import command, environment

SAMPLE = resource_path("sample") / "sample.mrc"


def _mrc(path: Path, grey: np.ndarray) -> None:
    with mrcfile.new(path) as file:
        file.set_data(grey)
        file.voxel_size = 22.0


def _ome(path: Path, grey: np.ndarray, compression: str | None = None) -> None:
    size = {f"PhysicalSize{axis}": 2.2 for axis in "XYZ"} | {
        f"PhysicalSize{axis}Unit": "nm" for axis in "XYZ"
    }
    tifffile.imwrite(path, grey, compression=compression, metadata={"axes": "ZYX", **size})


KINDS: dict[str, Callable[[Path, np.ndarray], None]] = {
    "cut.mrc": _mrc,
    "cut.ome.tif": _ome,
    "packed.ome.tif": lambda path, grey: _ome(path, grey, "zlib"),
}


@pytest.fixture(scope="module")
def grey() -> np.ndarray:
    with mrcfile.mmap(SAMPLE) as whole:
        return np.array(whole.data[:64])


def _cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 3)


@pytest.mark.parametrize("change", [_cut, Path.unlink])
@pytest.mark.parametrize("name", KINDS)
def test_a_tomogram_that_is_changed_during_its_segmentation(
    tmp_path: Path, grey: np.ndarray, name: str, change: Callable[[Path], None]
) -> None:
    if os.name == "nt" and change is not _cut:
        pytest.skip("an open file cannot be removed there")
    path = tmp_path / name
    KINDS[name](path, grey)
    words = command("segment", path, "-o", tmp_path / "out", "--threads", "1")
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=environment(tmp_path / "data"),
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("rescale"):
                break
        change(path)
        errors = process.stderr.read()
        assert process.wait(120) == 1
    assert str(path) in errors.splitlines()[-1]
    assert "signal" not in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "out").exists()
