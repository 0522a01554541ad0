"""How much memory a run takes, measured from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mrcfile
import numpy as np
import pytest

from cryoves_app.domain.recipe import Recipe
from cryoves_app.domain.resources import resource_path
from cryoves_app.workflow.segment.estimate import estimate
from tests.cli.program import command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the system's count of memory")

SAMPLE = resource_path("sample") / "sample.mrc"
BOX = (0, 64, 64, 64, 192, 192)
#: Runs a command; the largest memory that it or one of its processes ever held, in bytes.
_MEASURE = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], capture_output=True, text=True)
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps([done.returncode, done.stderr, used]))
"""


def _peak_bytes(tomogram: Path, out: Path) -> int:
    box = ",".join(map(str, BOX))
    words = command("segment", tomogram, "-o", out, "--box", box, "--threads", "1")
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *words],
        capture_output=True,
        text=True,
        env=environment(out / "data"),
        check=True,
    )
    code, errors, used = json.loads(done.stdout)
    assert code == 0, errors
    return int(used)


def _in_a_large_one(path: Path, edge: int) -> tuple[int, int, int]:
    """The sample in the corner of a cube that is empty otherwise, and takes no place on the disk."""
    with mrcfile.mmap(SAMPLE) as stored, mrcfile.new(path) as file:
        file.set_data(np.zeros((1, edge, edge), np.int8))
        file.header.nz = file.header.mz = edge
        file.voxel_size = 22.0
        grey = np.array(stored.data)
    with path.open("r+b") as stream:
        stream.truncate(1024 + edge**3)
        for z, plane in enumerate(grey):
            for y, row in enumerate(plane):
                stream.seek(1024 + (z * edge + y) * edge)
                stream.write(row.tobytes())
    return edge, edge, edge


def test_a_box_takes_the_memory_of_the_box_and_no_more_than_was_said(tmp_path: Path) -> None:
    small = _peak_bytes(SAMPLE, tmp_path / "small")
    shape = _in_a_large_one(tmp_path / "large.mrc", 640)
    large = _peak_bytes(tmp_path / "large.mrc", tmp_path / "out")
    # the box brings more surroundings than the sample has; the whole takes 1.2 GB in the fits' 4.5 bytes a voxel alone
    assert large < small + 250e6
    box = tuple(high - low for low, high in zip(BOX[:3], BOX[3:], strict=True))
    said = estimate(shape, 2.2, Recipe(), threads=1, box_shape=box).memory_bytes
    assert 0.3 * said < large < said
