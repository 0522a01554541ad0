"""A segmentation that takes a second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cryoves_app.workflow.segment.order import SegmentJob
from tests.formats.mrc_bytes import write_mrc_bytes
from tests.workflow.segment.flat import SHAPE


@pytest.fixture
def job(tmp_path: Path) -> SegmentJob:
    """A tomogram of one grey value, which takes a second."""
    path = write_mrc_bytes(tmp_path / "flat.mrc", np.full(SHAPE, 7, "f4"))
    return SegmentJob(str(path), str(tmp_path / "out" / "flat"))
