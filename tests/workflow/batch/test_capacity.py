"""How many tomograms are at work at a time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from cryoves_app.workflow.batch.capacity import limit_workers, threads_each
from cryoves_app.workflow.segment.order import SegmentJob
from tests.formats.mrc_bytes import mrc_bytes


def _huge(folder: Path, edge: int) -> SegmentJob:
    """A tomogram whose file has no content on the disk."""
    path = folder / f"t{edge}.mrc"
    with path.open("wb") as stream:
        size = dict.fromkeys(("nx", "ny", "nz", "mx", "my", "mz"), edge)
        length = dict.fromkeys(("cella_x", "cella_y", "cella_z"), 20.0 * edge)
        stream.write(mrc_bytes(np.zeros((1, 1, 1), "f4"), **size, **length))
        stream.truncate(1024 + 4 * edge**3)
    return SegmentJob(str(path), str(folder / "out"))


def test_threads_are_shared_and_everybody_has_one() -> None:
    assert [threads_each(8, n) for n in (1, 2, 3, 16)] == [8, 4, 2, 1]


def test_no_more_than_there_are_tomograms_and_memory(tmp_path: Path) -> None:
    small, huge = _huge(tmp_path, 64), _huge(tmp_path, 2048)
    assert limit_workers([small], 4) == (1, "")
    available = psutil.virtual_memory().available
    if available > 4e9:
        assert limit_workers([small, small], 4) == (2, "")
    workers, sentence = limit_workers([small, huge, small] * 200, 500)
    assert 1 <= workers < 500
    assert f"{workers} instead of 500 are segmented at a time" in sentence


@pytest.mark.parametrize("name", ["gone.mrc", "text.mrc", "a\0b.mrc"])
def test_what_cannot_be_looked_at_limits_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.mrc").write_text("nothing", encoding="utf-8")
    job = SegmentJob(str(tmp_path / name), str(tmp_path / "out"))
    assert limit_workers([job, replace(job, folder="b")], 2) == (2, "")
